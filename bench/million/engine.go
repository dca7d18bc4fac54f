package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/book"
	"github.com/leadmatch/leadmatch/bench/timing"
	"github.com/leadmatch/leadmatch/matcher"
)

// timeEngine builds an index of the accounts in this process and times every lead on it.
func (m *measurement) timeEngine(ctx context.Context) error {
	x := matcher.New(nil)
	defer x.Close()
	start := time.Now()
	if err := x.Replace(1, book.Read(m.path)); err != nil {
		return err
	}
	s := x.Snapshot()
	m.engine.stats = s.Stats()
	m.engine.built = timed{m.engine.stats.Accounts, time.Since(start)}
	for i := range m.leadSet {
		if err := ctx.Err(); err != nil {
			return err
		}
		k := &m.leadSet[i]
		k.times = timing.Summarize(timing.Leads(s, k.leads))
	}
	return nil
}

// markdown returns the figures as tables.
func (m *measurement) markdown() string {
	var b strings.Builder
	line := func(what, format string, args ...any) {
		fmt.Fprintf(&b, "| %s | %s |\n", what, fmt.Sprintf(format, args...))
	}
	b.WriteString("| what | figure |\n|---|---|\n")
	line("accounts", "%d", m.imported.n)
	line("import by the command line, acknowledged and visible", "%.1f s, %.0f accounts/s", m.imported.took.Seconds(),
		m.imported.perSecond())
	line("start with all of them on disk, until SERVING", "%.1f s", m.restarted.took.Seconds())
	line("server's memory then", "%s resident, %s at most", megabytes(m.server.resident), megabytes(m.server.peak))
	line("index", "%s, %d bytes an account", megabytes(int(m.server.indexBytes)), m.server.indexBytes/max(1, m.server.accounts))
	line("store on disk", "%s", megabytes(m.storeBytes))
	line("leads by the command line, read, matched and written", "%.0f leads/s", m.matched.perSecond())
	line("index built from a file in-process", "%.1f s, %.0f accounts/s", m.engine.built.took.Seconds(), m.engine.built.perSecond())
	b.WriteString("\nThe engine alone, one lead at a time on one thread:\n\n")
	b.WriteString("| lead | µs median | µs p99 | µs max | leads |\n|---|--:|--:|--:|--:|\n")
	for _, k := range m.leadSet {
		t := k.times
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %d |\n", k.kind, timing.Micros(t.Median), timing.Micros(t.P99), timing.Micros(t.Max), t.Leads)
	}
	return b.String()
}

func megabytes(n int) string {
	if n == 0 {
		return "unknown"
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}

// folderSize returns how many bytes the files in a folder take.
func folderSize(dir string) (bytes int, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += int(info.Size())
		}
		return err
	})
	return bytes, err
}

// memory returns what a process has in memory and had at most, in bytes; 0 where there is no /proc.
func memory(pid int) (resident, peak int) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(line, ":")
		kilobytes, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		switch key {
		case "VmRSS":
			resident = kilobytes * 1024
		case "VmHWM":
			peak = kilobytes * 1024
		}
	}
	return resident, peak
}
