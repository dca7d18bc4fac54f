// Package matcher finds the account of a CRM that a sales lead belongs to, and says how sure it is and why.
//
// An [Index] holds the accounts. Its [Snapshot] decides leads: [Snapshot.Match] answers that a lead is an account's
// ([Matched]), that a person should look ([Review]), that it is a new company ([NoMatch]), or that nothing usable was
// given ([Insufficient]), each with the probability of every candidate and of "none of them".
//
//	index := matcher.New(nil)
//	index.Apply(matcher.Changes{Revision: 1, Upsert: accounts})
//	var out matcher.Outcome
//	index.Snapshot().Match(&out, &lead, matcher.MatchOptions{})
//
// The package knows no network, disk, log, clock or environment. It takes any text: what it cannot read it ignores, and
// how much it reads of a lead, looks up and scores is bounded, so the worst lead costs little more than a hard one.
//
// # How an answer comes about
//
//  1. The lead is read: its company into up to four names of classified words, its e-mail address and website into
//     business domains, its phone and place into comparable form (package normalize). A lead without a name is read by its
//     domain, unless an account has that domain: people name domains after companies.
//  2. A lead with no name, no business domain and no phone is Insufficient.
//  3. If an [Override] forces the lead's domain or name to an account, that is the answer.
//  4. Candidates are collected: first by exact keys (domain, name, initials, phone), then by words, rarest first, with
//     typos, split and joined words, within a fixed budget; of those the ones that look best at a glance.
//  5. Up to 64 candidates are compared with the lead in full: those found by keys, the best at a glance, and those that may come
//     near to the best of these. What is found becomes features; features times weights are bits of evidence, added up: one
//     bit more is twice as likely.
//  6. Forbidding overrides and the policy's filters rule accounts out. They stay in the answer, marked.
//  7. Bits become probabilities over the candidates and "none of them", which together are 1. The first candidate's is
//     then corrected to how often such evidence was right on labelled leads.
//  8. The policy's thresholds make the decision. Where the evidence cannot tell the first candidates apart the
//     tie-break ladder chooses, and last of all the smaller account id.
//
// DESIGN.md, beside this file, explains each mechanism by an example and says what else was tried.
//
// # Concurrency
//
// Any number of goroutines may use an Index and its Snapshots at once. Changes are applied one after the other and become
// visible as a whole. A Snapshot never changes: it is one atomic load to get, no lock is taken to read it, and it may be
// kept for as long as answers of one revision are wanted. An [Outcome] is for one goroutine at a time; its slices are
// reused by the next Match into it, its strings stay valid.
//
// # Memory
//
// An account takes 200 to 300 bytes, its own texts included, in books of 200,000 and more; in small ones, whose words
// repeat less, 400 ([Snapshot.Stats]; BenchmarkBuild in bench says what goes where). The columns hold no pointers, so the garbage
// collector has nothing to follow. A Match allocates nothing in steady state unless it explains. [Index.Replace], [Index.Load] and the
// rebuilds in the background hold the old book and the new one at once. Strings in an Outcome point into the snapshot's
// memory: keeping one keeps it alive.
//
// # Determinism
//
// The same revision, policy, lead and versions ([Versions]) give the same answer, whichever way and in whatever order the
// accounts came, on any number of goroutines. Two things are left out of this promise: a deadline ([MatchOptions].Done)
// may cut a search short, and which rows of an over-long word list are read may depend on accounts deleted since the last
// rebuild where these are more than half of what has a word. Both are told in Reasons: [DeadlineReached], [CapReached].
//
// # What changes mean for leads
//
// With [MatchOptions].Reads an Outcome says what it has read of the book, in some hundred bytes, and [Snapshot.Touched] says what
// changes have touched. A lead that has read nothing of that is decided as it was, so that only the others need be decided
// again.
//
// # Explaining
//
// With [MatchOptions].Explain each candidate lists its [Evidence]: what was compared, how well it agrees and for how many
// bits. These are the scorer's own numbers and add up to the candidate's Bits. Retrieval says what was looked up and
// which bounds cut the search. Explaining allocates, and never changes the decision.
//
// # Changing the metric
//
// Words that are equal, mean the same or are one typo apart are told by tables. What is left is paired by
// [Options].Metric, which may be any strutil.StringMetric (github.com/adrg/strutil): those of package similarity, which
// do not allocate, those of strutil itself, or your own. Grades from 0.85 on count, and count for less the less they are.
//
//	matcher.New(&matcher.Options{Metric: similarity.JaroWinkler{}})
//
// # Fitting weights
//
// model.txt, built in, holds a weight for each feature and a calibration curve for each kind of evidence. To fit them to
// other labelled leads, ask [Snapshot.Trace] for the features of their candidates and give those to package fit; the
// program bench/quality does both and writes a new model.txt. A [Policy] can also replace single weights at run time.
package matcher
