package main

import (
	"io"
	"iter"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/eval/page"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// maxWorst bounds the mistakes of each kind that are explained.
const maxWorst = 1000

// writePage asks why the worst mistakes were made, and writes the page.
func (cmd *evalCmd) writePage(a *app, c *client.Client, e *evaluation, report eval.Report, w io.Writer) error {
	policy, err := c.Policy(a.ctx)
	if err != nil {
		return err
	}
	p := &page.Evaluation{
		Source: e.leads.in.Name, Report: report, Pairs: e.pairs(), Policy: policy.GetEffective(), Versions: e.versions,
	}
	if len(cmd.By) > 0 {
		p.Label = cmd.By[0]
	}
	x := &explainer{app: a, client: c, evaluation: e, accounts: map[string]*leadmatchv1.Account{}}
	worst := eval.Worst(p.Pairs, cmd.Worst)
	for _, kind := range []struct {
		title, about string
		eval.MistakeKind
	}{
		{"Assigned wrongly", "Leads that were MATCHED to a wrong account, with the probability that it was given; the highest first.", worst.Wrong},
		{"Missed", "Leads whose account was found, but that were not MATCHED to it, with the probability that there is " +
			"none. Those come first after which nobody looks again (NO_MATCH), and of them the surest.", worst.Missed},
		{"Not found", "Leads that have an account, which is not among the candidates of the answer; with the same figure, in the same order.", worst.Unfound},
	} {
		leads, err := x.explain(kind.Worst)
		if err != nil {
			return err
		}
		p.Mistakes = append(p.Mistakes, page.Mistakes{Title: kind.title, About: kind.about, Total: kind.Leads, Leads: leads})
	}
	return page.Write(w, p)
}

// explainer asks again about leads that were decided wrongly.
type explainer struct {
	*app
	client *client.Client
	*evaluation
	accounts map[string]*leadmatchv1.Account // by id; nil for one that the server does not have
}

// explainedCandidates is how many candidates are asked for: as many as a server gives.
const explainedCandidates = 50

func (x *explainer) explain(mistakes []eval.Mistake) ([]page.Explained, error) {
	var explained []page.Explained
	opts := &client.MatchAllOptions{Match: &leadmatchv1.MatchOptions{Limit: explainedCandidates, Explain: true}, Waiting: x.noteWaiting()}
	for r, err := range x.client.MatchAll(x.ctx, x.again(mistakes), opts) {
		if err != nil {
			return nil, err
		}
		if r.Err != nil {
			return nil, r.Err
		}
		m := mistakes[len(explained)]
		truth := x.truths[m.Pair]
		expected, err := x.account(truth.Expected)
		if err != nil {
			return nil, err
		}
		explained = append(explained, page.Explained{
			Lead: r.Lead, Truth: truth, Answer: x.answers[m.Pair], Outcome: r.Outcome, Expected: expected, Alike: m.Alike,
		})
	}
	return explained, nil
}

// again yields the leads that were decided wrongly.
func (x *explainer) again(mistakes []eval.Mistake) iter.Seq2[*leadmatchv1.Lead, error] {
	return func(yield func(*leadmatchv1.Lead, error) bool) {
		for _, m := range mistakes {
			if !yield(x.kept[m.Pair], nil) {
				return
			}
		}
	}
}

// account returns the account as it is stored; nil when there is none with the id.
func (x *explainer) account(id string) (*leadmatchv1.Account, error) {
	if id == "" {
		return nil, nil
	}
	if a, known := x.accounts[id]; known {
		return a, nil
	}
	resp, err := x.client.GetAccount(x.ctx, id)
	if err != nil && status.Code(err) != codes.NotFound {
		return nil, err
	}
	x.accounts[id] = resp.GetAccount()
	return resp.GetAccount(), nil
}
