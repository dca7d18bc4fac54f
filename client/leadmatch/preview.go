package main

import (
	"fmt"
	"iter"
	"os"
	"sync"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/rematch"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type previewCmd struct {
	Leads       []string `arg:"" help:"Files of leads, read one after the other; '-' is standard input." placeholder:"LEADS"`
	Policy      string   `help:"The proposed policy in YAML or JSON; '-' is standard input." required:"" placeholder:"POLICY"`
	Output      string   `help:"File for the decisions side by side; it appears when it is whole. '-' is standard output." short:"o" placeholder:"FILE"`
	ChangedOnly bool     `help:"Write only leads that would get another decision, account or owner."`
	Format      string   `help:"csv, tsv or jsonl; otherwise told by the file's name, else jsonl." placeholder:"FORMAT"`
	Raw         bool     `help:"In CSV, write text that a spreadsheet would run as a formula as it is."`
	Streams     int      `help:"Streams at once." default:"4"`
	patienceFlags
	readFlags
}

func (cmd *previewCmd) Run(a *app) error {
	output := cmd.Output
	if output == "" {
		output = os.DevNull
	}
	format, err := (&writeFlags{Output: output, Format: cmd.Format, Raw: cmd.Raw}).options()
	if err != nil {
		return err
	}
	proposed, err := readPolicy(cmd.Policy, a.stdin)
	if err != nil {
		return err
	}
	leads, err := newIntake(a, cmd.Leads, &cmd.readFlags, rows.Options{Raw: cmd.Raw, Extra: true}, rows.NewLeads)
	if err != nil {
		return err
	}
	p := &preview{
		leads: leads, running: rematch.NewTally(), labelled: true,
		job: &rematch.Job{
			Source: leads, Changes: true, ChangedOnly: cmd.ChangedOnly, Output: output, Stdout: a.stdout, Format: format,
		},
	}
	err = a.withServer(func(c *client.Client) error {
		return p.run(a, c.PreviewAll(a.ctx, proposed, p.label(), &client.MatchAllOptions{
			Streams: cmd.Streams, Patience: cmd.limit(), Waiting: a.noteWaiting(),
		}))
	})
	if err != nil {
		return err
	}
	return leads.close()
}

// preview is the decisions under two policies, and the right answers where they are known.
type preview struct {
	leads   *intake[*leadmatchv1.Lead]
	job     *rematch.Job
	running *rematch.Tally
	decided int // leads that have a result

	mu       sync.Mutex // guards the rest until matching has ended
	labelled bool       // all leads so far
	truths   []*eval.Labelled
	pairs    [2][]eval.Pair // under the policy in force, and under the proposed one
}

// label yields the leads and keeps what their right answers are, as long as all of them have one.
func (p *preview) label() iter.Seq2[*leadmatchv1.Lead, error] {
	return func(yield func(*leadmatchv1.Lead, error) bool) {
		for lead, err := range withIDs(p.leads) {
			if err == nil {
				p.keep(newLabelled(lead, p.leads.reader.Extra()))
			}
			if !yield(lead, err) {
				return
			}
		}
	}
}

func (p *preview) keep(truth *eval.Labelled, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err != nil {
		p.labelled, p.truths, p.pairs = false, nil, [2][]eval.Pair{}
	}
	if p.labelled {
		p.truths = append(p.truths, truth)
	}
}

// run takes the results and prints what they come to.
func (p *preview) run(a *app, results iter.Seq2[*client.Result, error]) error {
	shown := newProgress(a, "lead", p.leads.position)
	err := p.job.Run(func(yield func(*client.Result, error) bool) {
		for r, err := range results {
			if err == nil {
				p.add(r)
				shown.add(1)
			}
			if !yield(r, err) {
				return
			}
		}
	})
	summary := shown.end()
	if err != nil {
		return err
	}
	a.note("%s", summary)
	return p.print(a)
}

func (p *preview) add(r *client.Result) {
	if r.Err == nil {
		p.running.Add(nil, r.Outcome)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.labelled {
		truth := p.truths[p.decided]
		for i, o := range []*leadmatchv1.Outcome{r.Outcome, r.Proposed} {
			pair := eval.Pair{Lead: truth}
			if o != nil {
				pair.Answer = newAnswer(o)
			}
			p.pairs[i] = append(p.pairs[i], pair)
		}
	}
	p.decided++
}

func (p *preview) print(a *app) error {
	t := newTable(1, 2)
	t.row("DECISION", "IN FORCE", "PROPOSED")
	for _, d := range []string{"MATCHED", "REVIEW", "NO_MATCH", "INSUFFICIENT"} {
		t.row(d, thousands(p.running.Decisions[d]), thousands(p.job.Tally.Decisions[d]))
	}
	t.write(a.stdout, "")
	fmt.Fprintf(a.stdout, "\n%s would change\n", count(p.job.Tally.Changed, "lead"))
	for _, line := range describeFlips(p.job.Tally) {
		fmt.Fprintln(a.stdout, rows.Printable(line))
	}
	if !p.labelled || len(p.truths) == 0 {
		return nil
	}
	fmt.Fprintln(a.stdout)
	return eval.Report{Slices: []eval.Slice{
		{Name: "in force", Metrics: eval.Measure(p.pairs[0])},
		{Name: "proposed", Metrics: eval.Measure(p.pairs[1])},
	}}.WriteText(a.stdout)
}
