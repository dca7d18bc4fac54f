package main

import (
	"context"
	"fmt"
	"iter"
	"regexp"
	"strconv"
	"strings"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

// impact is what it takes to decide only what changes may tell in.
type impact struct {
	read, kept, all *job // decided with what was read, then after the changes: only some, and all
	share           float64
}

// impacted changes some accounts, and holds what is written when only some leads are decided again to what is written when
// all are.
func (m *measurement) impacted(ctx context.Context) (err error) {
	read, kept, all := m.path("read.jsonl"), m.path("kept.jsonl"), m.path("all.jsonl")
	if m.impact.read, err = m.all(ctx, "--reads", "-o", read); err != nil {
		return err
	}
	if err := m.changeAccounts(ctx); err != nil {
		return err
	}
	if m.impact.kept, err = m.all(ctx, "--reads", "--impacted-only", "--previous", read, "-o", kept); err != nil {
		return err
	}
	if m.impact.all, err = m.all(ctx, "--reads", "-o", all); err != nil {
		return err
	}
	m.impact.share = float64(keptOf(m.impact.kept.said.String())) / float64(m.config.leads)
	return sameFiles(kept, all)
}

// changeAccounts makes other companies of some accounts, evenly spread.
func (m *measurement) changeAccounts(ctx context.Context) error {
	const name = "changed.jsonl"
	if err := m.writeAccounts(name, m.changedAccounts()); err != nil {
		return err
	}
	_, _, err := m.server.Leadmatch(ctx, m.programs, "accounts", "import", m.path(name))
	return err
}

func (m *measurement) changedAccounts() iter.Seq2[*matcher.Account, error] {
	return func(yield func(*matcher.Account, error) bool) {
		c := corpus.New(seed, m.accounts)
		for i := range m.changed {
			was, is := c.Account(i*m.accounts/m.changed), c.Account(c.Len()+i)
			if is.ID = was.ID; !yield(&is, nil) {
				return
			}
		}
	}
}

var keptLine = regexp.MustCompile(`(?m)^([\d,]+) of [\d,]+ leads were kept from before`)

// keptOf is how many outcomes were kept, by what was said; 0 when none were.
func keptOf(said string) int {
	m := keptLine.FindStringSubmatch(said)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.ReplaceAll(m[1], ",", ""))
	return n
}

func (i *impact) describe(changed int) string {
	return fmt.Sprintf("%d accounts changed: only what that may tell in (`--impacted-only`), %.1f %% kept; the output is the same", changed, 100*i.share)
}
