package main

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"os"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/rows"
	"github.com/leadmatch/leadmatch/client/tune"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type tuneCmd struct {
	Leads         string  `arg:"" optional:"" help:"Labelled leads, as of eval." placeholder:"LEADS"`
	FromAccounts  bool    `help:"Without labels: to leads that are made up from the accounts."`
	Output        string  `help:"Write the policy to a file, in the form that 'policy set' reads; '-' is standard output." short:"o" placeholder:"FILE"`
	Apply         bool    `help:"Set the policy on the server."`
	RightPerWrong float64 `help:"The dial: how many right assignments a wrong one is worth. Otherwise the policy's own, or more where more than before would be wrong." placeholder:"N"`
	MaxWrong      float64 `help:"Turn the dial so that at most this share of what is MATCHED is wrong: 0.01." placeholder:"SHARE"`
	Seed          uint64  `help:"Draw folds by another seed." default:"1"`
	readFlags
}

// Validate is called by the parser.
func (cmd *tuneCmd) Validate() error {
	switch {
	case (cmd.Leads == "") != cmd.FromAccounts:
		return errors.New("expected a file of labelled leads, or --from-accounts")
	case cmd.FromAccounts && (cmd.RightPerWrong != 0 || cmd.MaxWrong != 0):
		return errors.New("--from-accounts: made-up leads are no measure for a threshold: leave out --right-per-wrong and --max-wrong")
	case cmd.RightPerWrong != 0 && !(cmd.RightPerWrong >= 1 && cmd.RightPerWrong <= 100_000):
		return fmt.Errorf("--right-per-wrong: expected 1 to 100,000, not %v", cmd.RightPerWrong)
	case cmd.MaxWrong != 0 && !(cmd.MaxWrong > 0 && cmd.MaxWrong < 1):
		return fmt.Errorf("--max-wrong: expected a share above 0 and below 1, not %v", cmd.MaxWrong)
	case cmd.RightPerWrong != 0 && cmd.MaxWrong != 0:
		return errors.New("--max-wrong turns the dial that --right-per-wrong sets: give one of them")
	}
	return nil
}

// errNotBetter says that nothing that was fitted is better than the policy in force.
var errNotBetter = errors.New("not tuned: the policy in force stays")

func (cmd *tuneCmd) Run(a *app) error {
	return a.withServer(func(c *client.Client) error {
		policy, err := c.Policy(a.ctx)
		if err != nil {
			return err
		}
		t := tune.New(policy, tune.Options{RightPerWrong: cmd.RightPerWrong, MaxWrong: cmd.MaxWrong, Seed: cmd.Seed})
		add := cmd.addLeads
		if cmd.FromAccounts {
			add = cmd.addMadeUp
		}
		if err := add(a, c, t); err != nil {
			return err
		}
		result, err := t.Run()
		if err != nil {
			return err
		}
		return cmd.conclude(a, c, result, policy.GetVersion())
	})
}

// addLeads decides the labelled leads of the file, and leaves out those that tell nothing.
func (cmd *tuneCmd) addLeads(a *app, c *client.Client, t *tune.Tuner) error {
	leads, err := newIntake(a, []string{cmd.Leads}, &cmd.readFlags, rows.Options{Extra: true}, rows.NewLeads)
	if err != nil {
		return err
	}
	e := &evaluation{leads: leads}
	p := newProgress(a, "lead", leads.position)
	known, silent, strangers := accountsOf(a, c), 0, 0
	n := 0
	for r, err := range c.MatchAll(a.ctx, e.label(), cmd.matching(a)) {
		if err != nil {
			return err
		}
		p.add(1)
		truth := e.truth(n)
		n++
		if r.Err != nil {
			if err := leads.Refuse(leads.Settle(r.Lead), r.Err); err != nil {
				return err
			}
			continue
		}
		leads.Settle(r.Lead)
		if has, err := known(truth, r.Outcome); err != nil {
			return err
		} else if !has {
			strangers++
			continue
		}
		tells, err := t.Add(truth, r.Lead.GetCompany(), r.Outcome)
		if err != nil {
			return err
		}
		if !tells {
			silent++
		}
	}
	p.end()
	if silent > 0 {
		a.note("%s left out: nothing usable was given, or an override decided", count(silent, "lead"))
	}
	if strangers > 0 {
		a.note("%s left out: the server has no account of the expected id", count(strangers, "lead"))
	}
	return leads.close()
}

// maxMadeUp is how many accounts leads are made up from.
const maxMadeUp = 5000

// addMadeUp decides leads that are made up from accounts, drawn from all of them.
func (cmd *tuneCmd) addMadeUp(a *app, c *client.Client, t *tune.Tuner) error {
	random := rand.New(rand.NewPCG(cmd.Seed, 0))
	accounts, err := draw(random, c.Accounts(a.ctx), maxMadeUp)
	if err != nil {
		return err
	}
	leads := func(yield func(*leadmatchv1.Lead, error) bool) {
		for _, account := range accounts {
			if lead := tune.MadeUp(random, account); lead != nil && !yield(lead, nil) {
				return
			}
		}
	}
	n := 0
	for r, err := range c.MatchAll(a.ctx, leads, cmd.matching(a)) {
		if err != nil {
			return err
		}
		if r.Err != nil {
			return fmt.Errorf("a lead made up from account %s: %w", r.Lead.GetId(), r.Err)
		}
		if _, err := t.AddMadeUp(r.Lead.GetId(), r.Lead.GetCompany(), r.Outcome, tune.Absent(n)); err != nil {
			return err
		}
		n++
	}
	return nil
}

// draw returns at most n of a sequence, each as likely as any other, in an order of their own.
func draw[T any](random *rand.Rand, all iter.Seq2[T, error], n int) (drawn []T, err error) {
	seen := 0
	for item, err := range all {
		if err != nil {
			return nil, err
		}
		seen++
		if len(drawn) < n {
			drawn = append(drawn, item)
		} else if i := random.IntN(seen); i < n {
			drawn[i] = item
		}
	}
	return drawn, nil
}

func (cmd *tuneCmd) matching(a *app) *client.MatchAllOptions {
	return &client.MatchAllOptions{Match: &leadmatchv1.MatchOptions{Limit: maxCandidates, Features: true}, Waiting: a.noteWaiting()}
}

// maxCandidates is the most that a server returns.
const maxCandidates = 50

// accountsOf returns a function that reports whether the server has a lead's account. It asks for those that it did not
// see among the candidates.
func accountsOf(a *app, c *client.Client) func(*eval.Labelled, *leadmatchv1.Outcome) (bool, error) {
	asked := map[string]bool{"": true}
	return func(truth *eval.Labelled, o *leadmatchv1.Outcome) (bool, error) {
		for _, candidate := range o.GetCandidates() {
			asked[candidate.GetAccountId()] = true
		}
		has, known := asked[truth.Expected]
		if known {
			return has, nil
		}
		_, err := c.GetAccount(a.ctx, truth.Expected)
		if status.Code(err) != codes.NotFound && err != nil {
			return false, err
		}
		asked[truth.Expected] = err == nil
		return err == nil, nil
	}
}

// conclude shows what came of it, and keeps the policy where that was asked for.
func (cmd *tuneCmd) conclude(a *app, c *client.Client, r *tune.Result, version uint64) error {
	table := io.Writer(a.stdout)
	if cmd.Output == "-" {
		table = a.stderr
	}
	if err := r.WriteText(table); err != nil {
		return err
	}
	if r.Policy == nil {
		return errNotBetter
	}
	if cmd.Output != "" {
		if err := writePolicy(a, cmd.Output, r.Policy); err != nil {
			return err
		}
	}
	if cmd.Apply {
		resp, err := c.SetPolicy(a.ctx, &leadmatchv1.SetPolicyRequest{
			Policy: r.Policy, ExpectedVersion: version, Author: os.Getenv("USER"), Note: "leadmatch tune",
		})
		if err != nil {
			return err
		}
		a.note("version %d holds from revision %d", resp.GetVersion(), resp.GetRevision())
	} else if cmd.Output == "" {
		a.note("(-o FILE writes the policy, --apply sets it)")
	}
	return nil
}

func writePolicy(a *app, path string, p *leadmatchv1.Policy) error {
	text, err := policyJSON(p)
	if err != nil {
		return err
	}
	if path == "-" {
		_, err = a.stdout.Write(text)
		return err
	}
	return os.WriteFile(path, text, 0o644)
}

// policyJSON is a policy in the form that people read and 'policy set' reads.
func policyJSON(p *leadmatchv1.Policy) ([]byte, error) {
	text, err := protojson.MarshalOptions{UseProtoNames: true, Multiline: true, Indent: "  "}.Marshal(p)
	return append(text, '\n'), err
}
