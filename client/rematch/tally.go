package rematch

import (
	"cmp"
	"slices"

	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Counts are numbers of leads by what they have in common.
type Counts map[string]int

// maxCounted bounds the things that are counted one by one, as owners are.
const maxCounted = 10_000

// others is what is counted together when there is too much to count one by one.
const others = "(others)"

func (c Counts) add(what string) {
	if _, ok := c[what]; !ok && len(c) >= maxCounted {
		what = others
	}
	c[what]++
}

// Count is one of Counts.
type Count struct {
	What string
	N    int
}

// Sorted returns the counts, the highest first.
func (c Counts) Sorted() []Count {
	list := make([]Count, 0, len(c))
	for what, n := range c {
		list = append(list, Count{what, n})
	}
	slices.SortFunc(list, func(a, b Count) int { return cmp.Or(b.N-a.N, cmp.Compare(a.What, b.What)) })
	return list
}

// Tally counts outcomes, and what became of those of before.
type Tally struct {
	Leads     int    `json:"leads"`
	Refused   int    `json:"refused"` // leads that the server did not take
	Kept      int    `json:"kept"`    // leads whose outcome is that of before: see Keeper
	Decisions Counts `json:"decisions"`
	Reasons   Counts `json:"reasons"` // leads with the reason; one has several
	Owners    Counts `json:"owners"`  // of leads that were MATCHED; "" is an account without one
	// FirstRevision and LastRevision are the lowest and highest that outcomes were made at.
	FirstRevision uint64 `json:"first_revision"`
	LastRevision  uint64 `json:"last_revision"`

	Compared    int    `json:"compared"`     // leads that had an outcome before
	Changed     int    `json:"changed"`      // of them, those with another decision, account or owner
	Flips       Counts `json:"flips"`        // these by kind: "MATCHED → REVIEW", "another account", "another owner"
	FlipReasons Counts `json:"flip_reasons"` // and by the first reason of the new outcome
}

// NewTally returns one that has counted nothing.
func NewTally() *Tally {
	return &Tally{Decisions: Counts{}, Reasons: Counts{}, Owners: Counts{}, Flips: Counts{}, FlipReasons: Counts{}}
}

// Add counts an outcome. A nil was is a lead that had none.
func (t *Tally) Add(was, now *leadmatchv1.Outcome) {
	t.Leads++
	t.Decisions.add(rows.EnumName(now.GetDecision()))
	for _, r := range now.GetReasons() {
		t.Reasons.add(rows.EnumName(r))
	}
	if now.GetDecision() == leadmatchv1.Decision_DECISION_MATCHED {
		t.Owners.add(now.GetOwnerId())
	}
	revision := now.GetVersions().GetRevision()
	if t.Leads == 1 {
		t.FirstRevision = revision
	}
	t.FirstRevision, t.LastRevision = min(t.FirstRevision, revision), max(t.LastRevision, revision)
	if was == nil {
		return
	}
	t.Compared++
	flip := Flip(was, now)
	if flip == "" {
		return
	}
	t.Changed++
	t.Flips.add(flip)
	reason := "no reason"
	if len(now.GetReasons()) > 0 {
		reason = rows.EnumName(now.GetReasons()[0])
	}
	t.FlipReasons.add(reason)
}

// Flip says in what way a lead has to be acted on differently now: another decision ("MATCHED → REVIEW"), "another
// account", "another owner"; nothing when all of these are the same.
func Flip(was, now *leadmatchv1.Outcome) string {
	switch {
	case was.GetDecision() != now.GetDecision():
		return rows.EnumName(was.GetDecision()) + " → " + rows.EnumName(now.GetDecision())
	case was.GetAccountId() != now.GetAccountId():
		return "another account"
	case was.GetOwnerId() != now.GetOwnerId():
		return "another owner"
	}
	return ""
}
