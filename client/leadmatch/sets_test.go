package main

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

var sameData = flag.String("same.data", "", "folder of SET.accounts.jsonl.gz and SET.leads.jsonl.gz for TestSameAnswerOnSets, beside the sample")

// TestSameAnswerOnSets rematches whole sets, and compares the bytes of the outcomes with those of a Match for each lead.
func TestSameAnswerOnSets(t *testing.T) {
	sets := map[string][2]string{"sample": {"../../bench/sample/accounts.csv", "../../bench/sample/leads.csv"}}
	if *sameData != "" {
		const suffix = ".leads.jsonl.gz"
		files, err := filepath.Glob(filepath.Join(*sameData, "*"+suffix))
		if err != nil || len(files) == 0 {
			t.Fatalf("no SET%s in %s (%v)", suffix, *sameData, err)
		}
		for _, leads := range files {
			set := strings.TrimSuffix(leads, suffix)
			sets[filepath.Base(set)] = [2]string{set + ".accounts.jsonl.gz", leads}
		}
	}
	for set, files := range sets {
		t.Run(set, func(t *testing.T) { sameOnSet(t, files[0], files[1]) })
	}
}

func sameOnSet(t *testing.T, accounts, file string) {
	s := startService(t)
	s.leadmatch("accounts", "import", "--replace", accounts)
	s.kill()
	s.start() // with one segment, which nothing builds anew in between
	s.leadmatch("rematch", file, "-o", s.path("rematch.jsonl"))
	want := s.read("rematch.jsonl")

	c, err := client.Dial(s.addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	leads := readLeads(t, file)
	decided := make([]*leadmatchv1.Outcome, len(leads))
	var calls errgroup.Group
	calls.SetLimit(16)
	for i, lead := range leads {
		calls.Go(func() (err error) {
			decided[i], err = c.Match(t.Context(), lead, nil)
			return err
		})
	}
	if err := calls.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(decided) == 0 {
		t.Fatal("there are no leads")
	}
	s.same("Match", s.lines(func(yield func(*leadmatchv1.Outcome, error) bool) {
		for _, o := range decided {
			yield(o, nil)
		}
	}), want)
	t.Logf("%d leads: `leadmatch rematch` and Match decide all the same, byte for byte (%d bytes)", len(leads), len(want))
}
