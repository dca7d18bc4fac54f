package server

import (
	"context"
	"os"
	"slices"
	"time"
)

// reloadEvery is how often it is looked whether files have changed.
const reloadEvery = 2 * time.Second

// reloaded is something that is read from files, and read again when they change.
type reloaded struct {
	what   string
	files  []string
	reload func() error // with an error, all is as it was
}

// follow reloads what has changed, and everything when a signal comes, until the context ends.
func (s *Server) follow(ctx context.Context, all []reloaded) {
	if len(all) == 0 {
		return
	}
	ticks := time.NewTicker(s.cfg.reloadEvery)
	defer ticks.Stop()
	seen := make([][]stamp, len(all))
	for i := range all {
		seen[i] = stampsOf(all[i].files)
	}
	for {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-s.cfg.Reload:
			asked = true
		case <-ticks.C:
		}
		for i, r := range all {
			now := stampsOf(r.files)
			if !asked && slices.Equal(now, seen[i]) {
				continue
			}
			seen[i] = now
			if err := r.reload(); err != nil {
				s.counters.reloads[1].Add(1)
				s.log.Error("what was read before stays in force: the files cannot be read", "what", r.what, "cause", err)
				continue
			}
			s.counters.reloads[0].Add(1)
			s.log.Info("files were read again", "what", r.what)
		}
	}
}

// stamp changes when a file does.
type stamp struct {
	size     int64
	modified time.Time
}

func stampsOf(files []string) []stamp {
	out := make([]stamp, len(files))
	for i, name := range files {
		if info, err := os.Stat(name); err == nil {
			out[i] = stamp{info.Size(), info.ModTime()}
		}
	}
	return out
}
