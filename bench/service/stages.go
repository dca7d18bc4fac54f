package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/bench/load"
)

// stages are how long groups of writes took, as the server's metrics tell: until they were on disk, and from then until
// they were visible.
type stages struct{ disk, visible buckets }

// buckets are how often something took at most so many seconds.
type buckets map[float64]float64

// staged runs a plan and says what the server's part of its writes was.
func (m *measurement) staged(ctx context.Context, p *load.Plan) (*load.Result, stages, error) {
	before, err := m.readStages(ctx)
	if err != nil {
		return nil, stages{}, err
	}
	r, _, err := m.run(ctx, p)
	if err != nil {
		return nil, stages{}, err
	}
	after, err := m.readStages(ctx)
	return r, stages{after.disk.since(before.disk), after.visible.since(before.visible)}, err
}

func (m *measurement) readStages(ctx context.Context) (s stages, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+m.server.Web+"/metrics", nil)
	if err != nil {
		return s, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return s, err
	}
	defer resp.Body.Close()
	return parseStages(resp.Body)
}

// parseStages reads two histograms of Prometheus's text.
func parseStages(text io.Reader) (stages, error) {
	s := stages{buckets{}, buckets{}}
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		for name, b := range map[string]buckets{"leadmatch_store_commit": s.disk, "leadmatch_index_apply": s.visible} {
			rest, ok := strings.CutPrefix(lines.Text(), name+`_duration_seconds_bucket{le="`)
			if !ok {
				continue
			}
			le, count, _ := strings.Cut(rest, `"} `)
			most, err := strconv.ParseFloat(le, 64)
			n, wrong := strconv.ParseFloat(count, 64)
			if err := errors.Join(err, wrong); err != nil {
				return s, fmt.Errorf("%s: %w", lines.Text(), err)
			}
			b[most] = n
		}
	}
	if len(s.disk) == 0 || len(s.visible) == 0 {
		return s, errors.Join(lines.Err(), errors.New("the server's metrics do not tell how long writes take"))
	}
	return s, lines.Err()
}

func (b buckets) since(before buckets) buckets {
	out := buckets{}
	for most, n := range b {
		out[most] = n - before[most]
	}
	return out
}

func (b buckets) count() float64 { return b[math.Inf(1)] }

// at returns a bound on what a share of all took; buckets are a third apart.
func (b buckets) at(share float64) time.Duration {
	for _, most := range slices.Sorted(maps.Keys(b)) {
		if b.count() > 0 && b[most] >= share*b.count() && !math.IsInf(most, 1) {
			return time.Duration(most * float64(time.Second))
		}
	}
	return 0
}

// syncs is how often the disk is timed.
const syncs = 500

// timeDisk measures what a write of 512 bytes that is synced takes in a folder, while nobody else writes there.
func timeDisk(ctx context.Context, dir string) (times []float64, err error) {
	f, err := os.CreateTemp(dir, "sync-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	var sector [512]byte
	for range syncs {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		begin := time.Now()
		if _, err := f.WriteAt(sector[:], 0); err != nil {
			return nil, err
		}
		if err := f.Sync(); err != nil {
			return nil, err
		}
		times = append(times, float64(time.Since(begin)))
	}
	slices.Sort(times)
	return times, nil
}

// stagesTable says where the time of writes went.
func (f *writeFigures) stagesTable(b *strings.Builder) {
	fmt.Fprintf(b, "\nOf writes, in ms: to disk is how long a group of them takes until it is synced, thrice\n"+
		"(Badger's log, its other log, which stays empty, and the marker); visible is how long it then takes\n"+
		"until matches see it. The rest is waiting for the group before, and the wire. Beforehand, with nothing else to do, the disk\n"+
		"took %s to sync 512 bytes, %s at the p99 and %s at most, of %d times.\n\n", millis(quantile(f.disk, .5)), millis(quantile(f.disk, .99)),
		millis(quantile(f.disk, 1)), len(f.disk))
	b.WriteString("| writes | p50 | p99 | groups | to disk p50 | p99 | visible p50 | p99 |\n|---|--:|--:|--:|--:|--:|--:|--:|\n")
	for _, row := range []struct {
		what   string
		result *load.Result
		s      stages
	}{
		{fmt.Sprintf("%d accounts/s, each a write", singleRate), f.single, f.singleStages},
		{fmt.Sprintf("%d accounts/s, %d a write", bulkRate, writeBatch), f.bulk, f.bulkStages},
	} {
		w := row.result.Writes.Latency
		fmt.Fprintf(b, "| %s | %s | %s | %.0f | %s | %s | %s | %s |\n", row.what, millis(w.P50), millis(w.P99), row.s.disk.count(),
			millis(row.s.disk.at(.5)), millis(row.s.disk.at(.99)), millis(row.s.visible.at(.5)), millis(row.s.visible.at(.99)))
	}
}

// quantile is of sorted times, in nanoseconds.
func quantile(sorted []float64, q float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return time.Duration(sorted[int(q*float64(len(sorted)-1))])
}
