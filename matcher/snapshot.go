package matcher

// Snapshot is the index at one revision; it never changes. Any number of goroutines may use it at once.
type Snapshot struct{}

// MatchOptions says what to return; it never changes the decision.
type MatchOptions struct {
	Limit   int             // candidates to return; 0 means 5, at most 50
	Explain bool            // fill in evidence and look-ups, which allocates
	Done    <-chan struct{} // closed when the deadline has passed; looked at between stages. Nil: no deadline
}

// Stats are sizes of a snapshot.
type Stats struct {
	Accounts  int
	Names     int // name rows: names, aliases and further readings of them
	Domains   int // distinct
	Overrides int
	Segments  int
	Bytes     int // memory held, strings included
}

// Match decides one lead and writes the answer to out, whose slices it reuses. It has no side effect, takes no lock,
// and, unless explaining, allocates nothing in steady state.
func (s *Snapshot) Match(out *Outcome, lead *Lead, opts MatchOptions) {}

// Versions returns what matches against the snapshot are made with.
func (s *Snapshot) Versions() Versions { return Versions{} }

// Policy returns the policy in force, as it was set.
func (s *Snapshot) Policy() Policy { return Policy{} }

// Stats returns the snapshot's sizes.
func (s *Snapshot) Stats() Stats { return Stats{} }
