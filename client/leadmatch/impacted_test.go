package main

import (
	"context"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestRematchImpactedOnly changes some accounts and holds what is written when only some leads are decided again to what
// is written when all are, byte for byte, also after kills.
func TestRematchImpactedOnly(t *testing.T) {
	s := startService(t)
	leads, before := s.path("leads.csv.gz"), s.path("before.jsonl")
	s.writeLeads("leads.csv.gz", 9000)
	s.partly("rematch", leads, "--reads", "-o", before)
	s.leadmatch("accounts", "delete", "acc-0014")
	s.write("more.csv", "id,name,domains,owner_id\nacc-0020,Another Name AG,another-name.example,zoe\n")
	s.leadmatch("accounts", "import", s.path("more.csv"))

	rematch := func(args ...string) []string {
		return append([]string{"rematch", leads, "--previous", before}, args...)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for name, args := range map[string][]string{
		"reads.jsonl.gz": {"--reads"},
		"outcomes.csv":   nil,
		"changes.jsonl":  {"--changed-only"},
	} {
		want, got := "want-"+name, "got-"+name
		begin := time.Now()
		s.partly(rematch(append(args, "-o", s.path(want))...)...)
		whole := time.Since(begin)
		args = append(args, "--impacted-only", "-o", s.path(got))
		said, _ := s.command(context.Background(), rematch(args...)...).CombinedOutput() // rows could not be read
		if n := keptOf(string(said)); n <= 8192 || n >= 9000 {
			t.Fatalf("%s: %d were kept, want most and not all:\n%s", name, n, said)
		}
		if s.read(got) != s.read(want) {
			t.Fatalf("%s: they differ from byte %d on", name, firstDifference(s.read(got), s.read(want)))
		}
		if name != "reads.jsonl.gz" {
			continue
		}
		s.write(got, "")
		kills := s.killUntilDone(r, whole, rematch(append(args, "--checkpoint", s.path("state"), "--checkpoint-every", "20ms")...))
		if s.read(got) != s.read(want) {
			t.Fatalf("%s: after %d kills they differ from byte %d on", name, kills, firstDifference(s.read(got), s.read(want)))
		}
	}
}

var kept = regexp.MustCompile(`(?m)^([\d,]+) of 9,000 leads were kept`)

// keptOf is how many leads the summary says were kept.
func keptOf(said string) int {
	m := kept.FindStringSubmatch(said)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	return n
}
