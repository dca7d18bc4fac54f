package main

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/rematch"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type rematchCmd struct {
	Leads           []string      `arg:"" help:"Files of leads, read one after the other; '-' is standard input." placeholder:"LEADS"`
	Previous        string        `help:"Outcomes of before, to compare with: a file that this command wrote." placeholder:"FILE"`
	ChangedOnly     bool          `help:"Write only leads that have another decision, account or owner than in --previous, or were not there: what was and what is."`
	ImpactedOnly    bool          `help:"Decide only leads that may be decided differently than in --previous, which rematch --reads wrote with the same --limit; the others' outcomes are taken from there. A lead is known by its id alone."`
	Since           uint64        `help:"With --impacted-only: what changed after this revision counts; otherwise after the least of the outcomes'." placeholder:"REVISION"`
	Checkpoint      string        `help:"File that remembers how far it has come: after a kill, the same command goes on. Removed at the end." placeholder:"FILE"`
	CheckpointEvery time.Duration `help:"How often that is." default:"5s"`
	Reads           bool          `help:"With what each decision has read of the accounts, for leadmatch impact; in JSON Lines only."`
	Streams         int           `help:"Streams at once." default:"4"`
	patienceFlags
	readFlags
	writeFlags
	optionFlags
}

func (cmd *rematchCmd) Run(a *app) error {
	format, err := cmd.writeFlags.options()
	if err != nil {
		return err
	}
	if err := cmd.check(format); err != nil {
		return err
	}
	leads, err := newIntake(a, cmd.Leads, &cmd.readFlags, rows.Options{Raw: cmd.Raw}, rows.NewLeads)
	if err != nil {
		return err
	}
	job := &rematch.Job{
		Source: leads, Changes: cmd.ChangedOnly, ChangedOnly: cmd.ChangedOnly, Output: cmd.Output, Stdout: a.stdout, Format: format,
		Every: cmd.CheckpointEvery,
	}
	var previous *rematch.Previous
	if cmd.Previous != "" {
		if previous, err = readPrevious(a, cmd.Previous, cmd.Raw, cmd.ImpactedOnly); err != nil {
			return err
		}
		defer previous.Close()
		job.Was = func(r *client.Result) (*leadmatchv1.Outcome, error) { return previous.Find(r.Outcome.GetLeadId()) }
	}
	if cmd.ImpactedOnly {
		if cmd.Since, err = impactSince(previous, cmd.Previous, cmd.Since); err != nil {
			return err
		}
	}
	if err := cmd.goOn(a, leads, job, previous); err != nil {
		return err
	}
	if err := a.withServer(func(c *client.Client) error { return cmd.run(a, c, leads, job, previous) }); err != nil {
		return cmd.hint(job, err)
	}
	return leads.close()
}

func (cmd *rematchCmd) check(format rows.WriterOptions) error {
	switch {
	case cmd.Reads && format.Format == rows.CSV:
		return usagef("--reads needs JSON Lines: CSV has no room for it")
	case cmd.Reads && cmd.ChangedOnly:
		return usagef("--reads needs whole outcomes, without --changed-only")
	case cmd.ChangedOnly && cmd.Previous == "":
		return usagef("--changed-only needs --previous: outcomes to compare with")
	case cmd.ImpactedOnly && cmd.Previous == "":
		return usagef("--impacted-only needs --previous: outcomes to keep")
	case cmd.ImpactedOnly && cmd.Explain:
		return usagef("--impacted-only keeps no evidence, --explain asks for it")
	case cmd.Since > 0 && !cmd.ImpactedOnly:
		return usagef("--since says something only with --impacted-only")
	case cmd.Checkpoint != "" && cmd.Output == "-":
		return usagef("--checkpoint needs --output: what went to standard output cannot be gone on with")
	case cmd.Checkpoint != "" && cmd.CheckpointEvery <= 0:
		return usagef("--checkpoint-every: expected more than 0, not %v", cmd.CheckpointEvery)
	}
	return nil
}

// hint says what can be done after an error.
func (cmd *rematchCmd) hint(job *rematch.Job, err error) error {
	if job.Checkpoint == nil || errors.Is(err, rematch.ErrOtherPlan) || !job.Checkpoint.Begun() {
		return err
	}
	return fmt.Errorf("%w (what was decided is kept, %s; the same command goes on)", err, count(job.Checkpoint.At.Leads, "lead"))
}

// readPrevious reads the outcomes of before, whole so that they can be written again.
func readPrevious(a *app, path string, raw, whole bool) (*rematch.Previous, error) {
	flags, open := &readFlags{FailFast: true}, rows.NewOutcomes
	if whole {
		flags.Strict, open = true, rows.NewWholeOutcomes
	}
	outcomes, err := newIntake(a, []string{path}, flags, rows.Options{Raw: raw, Extra: !whole}, open)
	if err != nil {
		return nil, err
	}
	previous, err := rematch.ReadPrevious(func(yield func(*leadmatchv1.Outcome, error) bool) {
		for o, err := range outcomes.all() {
			outcomes.Settle(o)
			if !yield(o, err) {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return previous, outcomes.close()
}

// goOn finds out whether there is something to go on with, and brings the leads to that place.
func (cmd *rematchCmd) goOn(a *app, leads *intake[*leadmatchv1.Lead], job *rematch.Job, previous *rematch.Previous) (err error) {
	if cmd.Checkpoint == "" {
		return nil
	}
	leads.digest = true
	if job.Checkpoint, err = rematch.OpenCheckpoint(cmd.Checkpoint, cmd.plan(leads, job, previous)); err != nil {
		return err
	}
	c := job.Checkpoint
	if !c.Begun() {
		return nil
	}
	leads.refused = c.Tally.Refused
	if err = leads.skipTo(c.At); err == nil && c.Done {
		err = leads.skipRest() // rows that cannot be read
	}
	if err != nil {
		return fmt.Errorf("%s: %w", cmd.Checkpoint, err)
	}
	a.note("going on after %s, %s:%d", count(c.At.Leads, "lead"), cmd.Leads[c.At.File], c.At.Line)
	return nil
}

// plan is all that has to be the same for a job to go on.
func (cmd *rematchCmd) plan(leads *intake[*leadmatchv1.Lead], job *rematch.Job, previous *rematch.Previous) rematch.Plan {
	p := rematch.Plan{Inputs: leads.inputs, Output: cmd.Output, Options: map[string]string{
		"--limit": fmt.Sprint(cmd.Limit), "--explain": fmt.Sprint(cmd.Explain), "--changed-only": fmt.Sprint(cmd.ChangedOnly),
		"--format": fmt.Sprintf("%v, tabs: %t", job.Format.Format, job.Format.Tab), "--raw": fmt.Sprint(cmd.Raw),
		"--input-format": cmd.InputFormat, "--encoding": cmd.Encoding, "--strict": fmt.Sprint(cmd.Strict),
	}}
	if cmd.Reads {
		p.Options["--reads"] = "true"
	}
	if cmd.ImpactedOnly {
		p.Options["--impacted-only"] = fmt.Sprintf("since %d", cmd.Since)
	}
	for column, field := range cmd.Map {
		p.Options["--map "+column] = field
	}
	if previous != nil {
		p.Options["what --previous holds"] = fmt.Sprintf("%d outcomes of digest %016x", previous.Len(), previous.Digest())
	}
	return p
}

// run decides the leads and sums up.
func (cmd *rematchCmd) run(a *app, c *client.Client, leads *intake[*leadmatchv1.Lead], job *rematch.Job, previous *rematch.Previous) error {
	results, err := cmd.results(a, c, withIDs(leads), job, previous)
	if err != nil {
		return err
	}
	p := newProgress(a, "lead", leads.position)
	p.also = func() string { return describeDecisions(job.Tally.Decisions) }
	job.Added = func(*rematch.Tally) { p.add(1) }
	before := time.Duration(0)
	if job.Checkpoint != nil {
		before = job.Checkpoint.Took
	}
	err = job.Run(results)
	if summary := p.end(); err == nil {
		a.note("%s%s", summary, describeDecisions(job.Tally.Decisions))
		if all := job.Tally.Leads + job.Tally.Refused; before > 0 {
			a.note("with what was done before: %s in %s", count(all, "lead"), roundTime(job.Took))
		}
		for _, line := range describeTally(job) {
			a.note("%s", line)
		}
	}
	return err
}

// results decides the leads, or those that may be decided differently.
func (cmd *rematchCmd) results(a *app, c *client.Client, leads iter.Seq2[*leadmatchv1.Lead, error], job *rematch.Job,
	previous *rematch.Previous,
) (iter.Seq2[*client.Result, error], error) {
	options := &client.MatchAllOptions{
		Match: cmd.optionFlags.options(), Streams: cmd.Streams, Patience: cmd.limit(), Waiting: a.noteWaiting(),
	}
	options.Match.Reads = cmd.Reads
	decide := func(leads iter.Seq2[*leadmatchv1.Lead, error]) iter.Seq2[*client.Result, error] {
		return c.MatchAll(a.ctx, leads, options)
	}
	if !cmd.ImpactedOnly {
		return decide(leads), nil
	}
	impact, err := c.Impact(a.ctx, cmd.Since)
	if err != nil {
		return nil, err
	}
	a.note("%s", describeImpact(impact, cmd.Since))
	options.Match.MinRevision = max(options.Match.MinRevision, impact.Versions.GetRevision())
	keeper := &rematch.Keeper{Previous: previous, Impact: impact, Reads: cmd.Reads, Kept: func() { job.Tally.Kept++ }}
	job.Was = keeper.Was
	return keeper.Results(leads, decide), nil
}

// withIDs gives leads that have no id the line they stand in for one, so that their outcomes can be told apart.
func withIDs(leads *intake[*leadmatchv1.Lead]) iter.Seq2[*leadmatchv1.Lead, error] {
	return func(yield func(*leadmatchv1.Lead, error) bool) {
		for lead, err := range leads.all() {
			if err == nil && lead.Id == "" {
				lead.Id = fmt.Sprintf("line:%d", leads.reader.Line())
				if file := leads.at.File; file > 0 {
					lead.Id = fmt.Sprintf("file:%d:%s", file+1, lead.Id)
				}
			}
			if !yield(lead, err) {
				return
			}
		}
	}
}

func describeDecisions(n rematch.Counts) string {
	var parts []string
	for _, d := range []string{"MATCHED", "REVIEW", "NO_MATCH", "INSUFFICIENT"} {
		if n[d] > 0 {
			parts = append(parts, thousands(n[d])+" "+d)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return ": " + strings.Join(parts, ", ")
}

// describeTally sums up by reason and owner, and what changed.
func describeTally(job *rematch.Job) (lines []string) {
	t := job.Tally
	add := func(what string, counts rematch.Counts, name func(string) string) {
		if len(counts) > 0 {
			lines = append(lines, what+": "+describeCounts(counts, name))
		}
	}
	add("reasons", t.Reasons, words)
	add("owners of MATCHED leads", t.Owners, ownerName)
	if t.FirstRevision != t.LastRevision {
		lines = append(lines, fmt.Sprintf("the accounts changed meanwhile, from revision %d to %d", t.FirstRevision, t.LastRevision))
	}
	if t.Kept > 0 {
		lines = append(lines, fmt.Sprintf("%s of %s were kept from before: %.1f %% had not to be decided again", thousands(t.Kept),
			count(t.Leads+t.Refused, "lead"), 100*float64(t.Kept)/float64(t.Leads+t.Refused)))
	}
	if job.Was == nil {
		return lines
	}
	line := fmt.Sprintf("%s changed of %s that %s before", thousands(t.Changed), thousands(t.Compared), wereDecided(t.Compared))
	if fresh := t.Leads - t.Compared; fresh > 0 {
		line += fmt.Sprintf("; %s had not been", count(fresh, "lead"))
	}
	return append(append(lines, line), describeFlips(t)...)
}

// describeFlips sums up what changed.
func describeFlips(t *rematch.Tally) (lines []string) {
	if len(t.Flips) == 0 {
		return nil
	}
	return []string{
		"changes: " + describeCounts(t.Flips, func(s string) string { return s }),
		"first reasons of what changed: " + describeCounts(t.FlipReasons, words),
	}
}

func wereDecided(n int) string {
	if n == 1 {
		return "was decided"
	}
	return "were decided"
}

func ownerName(id string) string {
	if id == "" {
		return "nobody"
	}
	return id
}

// maxTold is how many counts of a kind are told.
const maxTold = 12

func describeCounts(counts rematch.Counts, name func(string) string) string {
	list := counts.Sorted()
	var parts []string
	for _, c := range list[:min(maxTold, len(list))] {
		parts = append(parts, thousands(c.N)+" "+name(c.What))
	}
	if more := len(list) - maxTold; more > 0 {
		parts = append(parts, fmt.Sprintf("and of %d more", more))
	}
	return strings.Join(parts, ", ")
}

// writeOutcomes makes the file of outcomes that f writes. It appears when f has succeeded.
func writeOutcomes(a *app, flags *writeFlags, f func(w *rows.OutcomeWriter) error) error {
	opts, err := flags.options()
	if err != nil {
		return err
	}
	out, err := rows.Create(flags.Output, a.stdout)
	if err != nil {
		return err
	}
	defer out.Discard()
	w, err := rows.NewOutcomeWriter(out, opts)
	if err != nil {
		return err
	}
	if err := f(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return out.Commit()
}
