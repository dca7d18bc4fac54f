package main

import (
	"fmt"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rematch"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type impactCmd struct {
	Leads    []string `arg:"" help:"Files of leads, read one after the other; '-' is standard input." placeholder:"LEADS"`
	Previous string   `help:"Outcomes of before: a file that rematch --reads wrote." required:"" placeholder:"FILE"`
	Since    uint64   `help:"What changed after this revision counts; otherwise after the least of the outcomes'." placeholder:"REVISION"`
	readFlags
	writeFlags
}

func (cmd *impactCmd) Run(a *app) error {
	format, err := cmd.writeFlags.options()
	if err != nil {
		return err
	}
	leads, err := newIntake(a, cmd.Leads, &cmd.readFlags, rows.Options{Raw: cmd.Raw}, rows.NewLeads)
	if err != nil {
		return err
	}
	previous, err := readPrevious(a, cmd.Previous, cmd.Raw, false)
	if err != nil {
		return err
	}
	defer previous.Close()
	since, err := impactSince(previous, cmd.Previous, cmd.Since)
	if err != nil {
		return err
	}
	out, err := rows.Create(cmd.Output, a.stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	w, err := rows.NewLeadWriter(out, format)
	if err != nil {
		return err
	}
	s := &sorting{previous: previous, leads: leads, write: w.Write, why: rematch.Counts{}}
	err = a.withServer(func(c *client.Client) (err error) {
		s.impact, err = c.Impact(a.ctx, since)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.sort(a); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := out.Commit(); err != nil {
		return err
	}
	s.sum(a, since)
	return leads.close()
}

// impactSince is the revision that is asked about.
func impactSince(previous *rematch.Previous, path string, since uint64) (uint64, error) {
	least, ok := previous.Revision()
	switch {
	case !ok:
		return 0, usagef("--previous: no outcome in %s says what it has read; rematch --reads keeps that", path)
	case since > least:
		return 0, usagef("--since: expected at most %d, of which the first outcome in %s is, not %d: leads would be missed", least, path, since)
	case since > 0:
		return since, nil
	}
	return least, nil
}

// sorting picks out the leads that may be decided differently.
type sorting struct {
	previous *rematch.Previous
	impact   *client.Impact
	leads    *intake[*leadmatchv1.Lead]
	write    func(*leadmatchv1.Lead) error
	all      int
	why      rematch.Counts // leads that were picked out
	picked   int
}

func (s *sorting) sort(a *app) error {
	p := newProgress(a, "lead", s.leads.position)
	defer p.end()
	for lead, err := range withIDs(s.leads) {
		if err != nil {
			return err
		}
		s.leads.Settle(lead)
		s.all++
		p.add(1)
		why, err := s.whyOf(lead)
		if err != nil {
			return err
		}
		if why == "" {
			continue
		}
		s.picked++
		s.why[why]++
		if err := s.write(lead); err != nil {
			return err
		}
	}
	return nil
}

// whyOf says why a lead may be decided differently; nothing when it is not.
func (s *sorting) whyOf(lead *leadmatchv1.Lead) (string, error) {
	was, err := s.previous.FindOne(lead.GetId())
	if err != nil {
		return "", fmt.Errorf("the previous outcomes: %w", err)
	}
	if was == nil {
		return "not decided before", nil
	}
	why, err := s.impact.On(was)
	if err != nil {
		return "", fmt.Errorf("the previous outcome of lead %q: %w", lead.GetId(), err)
	}
	return why, nil
}

// sum tells how many leads need not be decided again.
func (s *sorting) sum(a *app, since uint64) {
	a.note("%s", describeImpact(s.impact, since))
	saved := 100.0
	if s.all > 0 {
		saved = 100 * float64(s.all-s.picked) / float64(s.all)
	}
	a.note("%s of %s may be decided differently; %.1f %% need not be decided again", thousands(s.picked), count(s.all, "lead"), saved)
	if s.picked > 0 {
		a.note("why: %s", describeCounts(s.why, func(s string) string { return s }))
	}
}

func describeImpact(i *client.Impact, since uint64) string {
	if i.Everything != "" {
		return "any lead may be decided differently: " + i.Everything
	}
	return fmt.Sprintf("%s touched from revision %d to %d", count(i.Cells(), "cell"), since, i.Versions.GetRevision())
}
