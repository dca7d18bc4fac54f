package matcher

import (
	"fmt"
	"math"
	"slices"

	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// scratch is what one match works with. It is used by one goroutine at a time and kept for the next match.
type scratch struct {
	snap        *Snapshot
	query       query
	finder      finder
	comparer    comparer
	scored      []scored
	unscored    []float32 // what candidates that were not worth scoring may be expected to have, in bits
	ranked      []int32   // scored, best first
	said        []Override
	left        []int // of tied candidates, those that no rung has ruled out
	acct        Account
	ownDomain   float32 // leadOwnsDomain
	provider    bool    // the lead's domain is one of unrelated companies
	sharerWords []wordCount
	none        float64 // probability that it is none of them
	unscoredSum float64 // odds of those in unscored, against none of them
	opts        MatchOptions
	reads       *ReadSet // what is read of the book; nil: nobody asked
}

const (
	defaultLimit = 5
	maxLimit     = 50
)

// match decides a lead: is it usable, do overrides hold, which accounts are candidates, what do they score, which do
// filters rule out, how probable is each, and is that enough.
func (x *scratch) match(s *Snapshot, out *Outcome, lead *Lead, opts MatchOptions) {
	x.snap, x.opts = s, opts
	if !opts.Reads {
		x.answer(s, out, lead)
		return
	}
	x.note(&out.Reads)
	x.answer(s, out, lead)
	out.Reads.finish()
	x.note(nil)
}

// note has what is read of the book noted in a set, or no more.
func (x *scratch) note(reads *ReadSet) { x.reads, x.query.reads, x.finder.reads = reads, reads, reads }

func (x *scratch) answer(s *Snapshot, out *Outcome, lead *Lead) {
	out.reset(lead, s.Versions())
	x.scored, x.ranked = x.scored[:0], x.ranked[:0]
	x.finder.reset(s)
	x.query.read(s, lead)
	if x.insufficient(out) {
		return
	}
	if x.forced(out) {
		return
	}
	x.find()
	x.score(x.finder.choose(&x.query))
	x.interplay()
	x.probabilities()
	x.decide(out)
	x.fill(out)
}

// find collects the candidates: what exact keys give first, and then, if there is time, what words give.
func (x *scratch) find() {
	f, q := &x.finder, &x.query
	f.start(q)
	f.keys(q)
	q.readTerms(x.snap, f.keyed.name == 0 && !x.late())
	f.owned(q)
	if !x.late() && !f.settled(q) {
		f.terms(q)
	}
}

// late reports whether the deadline has passed, and notes that it cut the search.
func (x *scratch) late() bool {
	select {
	case <-x.opts.Done: // nil: never
		x.finder.cuts |= cutDeadline
		x.reads.everything()
		return true
	default:
		return false
	}
}

func (out *Outcome) reset(lead *Lead, v Versions) {
	*out = Outcome{
		LeadID: lead.ID, DecidedBy: ByModel, Versions: v, Reasons: out.Reasons[:0], Candidates: out.Candidates[:0],
		Retrieval: Retrieval{Keys: out.Retrieval.Keys[:0], Cuts: out.Retrieval.Cuts[:0]}, Reads: ReadSet{Cells: out.Reads.Cells[:0]},
	}
}

func (out *Outcome) because(r Reason) {
	for _, have := range out.Reasons {
		if have == r {
			return
		}
	}
	out.Reasons = append(out.Reasons, r)
}

// insufficient decides leads that give nothing to look up.
func (x *scratch) insufficient(out *Outcome) bool {
	q := &x.query
	if len(q.readings) > 0 || len(q.domains) > 0 || q.phone.Hash != 0 {
		return false
	}
	out.Decision, out.NoMatchProbability = Insufficient, 1
	x.nameReasons(out)
	return true
}

// nameReasons says what is the matter with the name and the domain as such.
func (x *scratch) nameReasons(out *Outcome) {
	q := &x.query
	if q.name.Status == normalize.Placeholder {
		out.because(PlaceholderName)
	}
	if len(q.domains) == 0 && (anonymous(&q.email) || anonymous(&q.website)) {
		out.because(FreemailOnly)
	}
	if q.person {
		out.because(PersonName)
	}
}

func anonymous(d *normalize.Domain) bool {
	return d.Class == normalize.Free || d.Class == normalize.Disposable || d.Class == normalize.Hosted && d.Hash == 0
}

// forced decides leads for which a person named the account.
func (x *scratch) forced(out *Outcome) bool {
	q := &x.query
	x.reads.overridden(q.domains, q.nameKey())
	x.said = x.snap.overrides.lookup(x.said[:0], q.domains, q.nameKey())
	for i := range x.said {
		o := &x.said[i]
		if o.Action != Force {
			continue
		}
		x.reads.record(o.AccountID)
		seg, a, ok := x.snap.find(o.AccountID)
		if !ok {
			continue // the account was deleted since: the word has nowhere to send the lead
		}
		id, owner, name, _ := x.snap.segs[seg].record(a).head()
		out.Decision, out.DecidedBy, out.OverrideID = Matched, ByOverride, o.ID
		out.AccountID, out.OwnerID, out.Probability = id, owner, 1
		out.Candidates = append(out.Candidates, Candidate{AccountID: id, AccountName: name, OwnerID: owner, Probability: 1})
		out.because(OverrideForced)
		return true
	}
	return false
}

func (q *query) nameKey() uint64 {
	if !q.named() {
		return 0
	}
	return q.readings[0].key
}

// exclude marks the candidate if overrides or filters rule it out. It stays in the ranking, for the explanation.
func (x *scratch) exclude(c *scored) {
	for i := range x.said {
		if x.said[i].Action == Forbid && c.excluded == "" && x.snap.segs[c.seg].record(c.account).id() == x.said[i].AccountID {
			c.excluded = x.said[i].ID
		}
	}
	if len(x.snap.policy.filters) == 0 {
		return
	}
	in := x.ruleInput(c)
	for _, f := range x.snap.policy.filters {
		if c.excluded == "" && f.grade(in) <= 0 {
			c.excluded = f.text
		}
	}
}

func (x *scratch) ruleInput(c *scored) ruleInput {
	x.snap.segs[c.seg].record(c.account).account(&x.acct)
	x.reads.record(x.acct.ID)
	return ruleInput{
		account:     &x.acct,
		sameCountry: x.query.place.country == 0 || c.at.country == x.query.place.country,
		sameDomain:  c.hits&hitDomain != 0,
	}
}

// probabilities ranks the candidates and gives each its probability over {candidates, none of them}. The first one's is
// moved to what it has turned out to be worth for its kind of evidence, though never above what its lead over the others
// allows, so that a tie stays a tie; they share the rest as their bits would have it, with what those that were not scored may be
// worth.
func (x *scratch) probabilities() {
	x.rank(max(x.opts.Limit, rankedAtLeast))
	first := x.first()
	if first == nil {
		x.none, x.unscoredSum = 1, 0
		return
	}
	sum, squares, unscored := x.shares(first)
	accounts := float64(first.total) + math.Log2(sum)
	all := max(accounts, 0) + math.Log2(1+math.Exp2(-math.Abs(accounts)))
	raw := math.Exp2(float64(first.total) - all)
	curve := x.snap.policy.curves[first.stratum(&x.query)]
	p := probability(float64(curve.at(float32(math.Log2(raw) - math.Log2(1-min(raw, 1-1e-9))))))
	p = min(p, 1/squares)
	x.unscoredSum = unscored * math.Exp2(float64(first.total))
	rest := (1 - p) / max(math.Exp2(-all)+raw*max(0, sum-1-unscored), 1e-300) // of none and the others that are scored
	x.none = rest * math.Exp2(-all)
	for i := range x.scored {
		if c := &x.scored[i]; c.excluded == "" {
			c.p = float32(rest * raw * c.share)
		}
	}
	first.p = float32(p)
}

// shares fills in how probable each candidate is by its bits, as a share of the first, and returns the sum of the shares,
// of their squares, and of those that were not scored, which are in the sum. In squares a bit counts twice, which is what one
// between two accounts may be worth at the most. The sums do not depend on the order of the candidates.
func (x *scratch) shares(first *scored) (sum, squares, unscored float64) {
	var ones, twos, rest uint64
	for i := range x.scored {
		if c := &x.scored[i]; c.excluded == "" {
			c.share = math.Exp2(float64(c.total - first.total))
			ones += fixed(c.share)
			twos += fixed(c.share * c.share)
		}
	}
	for _, bits := range x.unscored {
		rest += fixed(math.Exp2(min(0, float64(bits-first.total))))
	}
	return float64(ones+rest) / fixedOne, float64(twos) / fixedOne, float64(rest) / fixedOne
}

// probability turns log-odds in bits into a probability.
func probability(bits float64) float64 { return 1 / (1 + math.Exp2(-bits)) }

// rankedAtLeast is how many candidates are put in order whatever is asked for: among them ties are looked for.
const rankedAtLeast = 8

// fixed is a share in fixed point: sums of it do not depend on the order of the summands.
func fixed(share float64) uint64 { return uint64(share * fixedOne) }

const fixedOne = 1 << 56

// stratum says what the candidate's evidence is made of.
func (c *scored) stratum(q *query) stratum {
	f := &c.feat
	local := f[featCitySame]+f[featPostalSame]+f[featAreaSame] > 0
	switch {
	case f[featDomainSame] > 0 && !q.named():
		return stratumDomainOnly
	case f[featDomainSame] > 0 && c.name.matched == 0:
		return stratumDomainAlone
	case f[featDomainSame] > 0:
		return stratumDomainName
	case f[featPhoneSame] > 0:
		return stratumPhone
	case !q.named() && c.name.exact:
		return stratumNamedDomain
	case !q.named():
		return stratumFromDomain
	case c.name.exact && local:
		return stratumExactPlace
	case c.name.exact:
		return stratumExact
	case f[featNameAcronym] > 0:
		return stratumAcronym
	case c.name.matched > 0 && local:
		return stratumPartPlace
	case c.name.matched > 0:
		return stratumPart
	}
	return stratumOther
}

// rank lists the n best candidates, best first: by probability, then those excluded, by bits; ties by account id.
func (x *scratch) rank(n int) {
	x.ranked = x.ranked[:0]
	for i := range x.scored {
		x.ranked = append(x.ranked, int32(i))
		at := len(x.ranked) - 1
		for at > 0 && x.before(int32(i), x.ranked[at-1]) {
			x.ranked[at] = x.ranked[at-1]
			at--
		}
		x.ranked[at] = int32(i)
		x.ranked = x.ranked[:min(n, len(x.ranked))]
	}
}

func (x *scratch) before(a, b int32) bool {
	c, d := &x.scored[a], &x.scored[b]
	if (c.excluded == "") != (d.excluded == "") {
		return c.excluded == ""
	}
	if c.total != d.total {
		return c.total > d.total
	}
	return x.snap.segs[c.seg].record(c.account).id() < x.snap.segs[d.seg].record(d.account).id()
}

// first returns the best candidate that nothing rules out; nil when there is none.
func (x *scratch) first() *scored {
	if len(x.ranked) == 0 || x.scored[x.ranked[0]].excluded != "" {
		return nil
	}
	return &x.scored[x.ranked[0]]
}

// decide chooses one of the four decisions.
func (x *scratch) decide(out *Outcome) {
	p := x.snap.policy
	first := x.first()
	out.NoMatchProbability = x.none
	if first == nil {
		out.Decision = NoMatch
		if len(x.ranked) == 0 {
			out.because(NoCandidates)
		}
		x.reasons(out, nil)
		return
	}
	out.Probability = float64(first.p)
	out.MarginBits = x.margin(first)
	switch {
	case float64(first.p) >= x.least(first) && out.MarginBits >= p.margin:
		out.Decision = Matched
	case x.breakTie(out):
		first = x.first()
	case x.none >= p.noMatch:
		out.Decision = NoMatch
	default:
		out.Decision = Review
	}
	if out.Decision == Matched && x.finder.cuts&cutDeadline != 0 {
		out.Decision, out.DecidedBy, out.TieBreakRung = Review, ByModel, ""
	}
	if out.Decision == Matched {
		out.AccountID, out.OwnerID, _, _ = x.snap.segs[first.seg].record(first.account).head()
		x.reads.record(out.AccountID)
	}
	x.reasons(out, first)
}

// least is the probability that a match takes; more than 1 where a person must look.
//
// A generic or sector word alone ("Construction Ltd") is not enough without anything else that agrees: the
// book may well lack the company that is meant. Nor is a name with another number, or a domain of few letters that was read as a name.
// What speaks for a sister of the company must be ten times surer: a domain that was read as a name for want of one, and places that
// contradict each other. So must initials of few letters, and a part of a name that is but a part of the lead's.
func (x *scratch) least(first *scored) float64 {
	f := &first.feat
	fromDomain := f[featNameFromDomain] > 0
	switch match := x.snap.policy.match; {
	case x.commonNameOnly(first), x.domainsDisagree(first), f[featNumberDiffers] > 0, fromDomain && x.byChance(len(x.query.stemText)):
		return 2
	case fromDomain, x.elsewhere(first), x.slight(first):
		return 1 - (1-match)/10
	default:
		return match
	}
}

// commonNameOnly reports whether the name is all that speaks for the candidate, and has no word of its own.
func (x *scratch) commonNameOnly(c *scored) bool {
	return c.reading >= 0 && x.query.readings[c.reading].common && x.query.readings[c.reading].content == 1 && !c.supported()
}

// slight reports whether all that speaks for the candidate is a part of its name that is a part of the lead's, or initials of few
// letters, in its name or in its domain.
func (x *scratch) slight(c *scored) bool {
	f := &c.feat
	if f[featNameAcronym] > 0 {
		return !c.witnessed() && x.byChance(x.acronymLen(c))
	}
	return f[featNamePartBoth] > 0 && !c.supported()
}

// byChance reports whether an account of the book is to be expected to have initials of so many letters by chance.
func (x *scratch) byChance(letters int) bool {
	return initialBits*float32(letters) <= x.snap.rarity.total
}

// initialBits is what a letter of initials tells: names of two to four words have the same ones as often as if there were 16
// letters, by 700,000 names of organizations.
const initialBits = 4

// supported reports whether anything but the name and the country speaks for the candidate.
func (c *scored) supported() bool {
	f := &c.feat
	return c.witnessed() || f[featDomainStem]+f[featDomainIsName]+f[featDomainInitials] > 0
}

// witnessed reports whether anything does that has not the name's letters, as a domain may.
func (c *scored) witnessed() bool {
	f := &c.feat
	return f[featDomainSame]+f[featPhoneSame]+f[featPhoneBlock]+f[featCitySame]+f[featPostalSame] > 0
}

// elsewhere reports whether the candidate is at another place than the lead, by their names or addresses.
func (x *scratch) elsewhere(c *scored) bool {
	f := &c.feat
	return f[featNamePlaces] > 0 || f[featCountryDiffers]+f[featCityDiffers] > 0 && !c.supported() ||
		f[featDomainShared] > 0 && f[featCountryDiffers]+f[featNameElsewhere] > 0
}

// domainsDisagree reports whether a domain of the lead belongs to accounts, and not to this one, which has another of
// the lead's domains.
func (x *scratch) domainsDisagree(c *scored) bool {
	if c.hits&hitDomain == 0 || len(x.query.domains) < 2 {
		return false
	}
	var buf [1]uint32
	l := &x.snap.segs[c.seg]
	own := l.list(l.heads[c.account].doms, &buf)
	for i, d := range x.query.domains {
		if x.finder.owners[i] > 0 && !slices.Contains(own, low31(d)) {
			return true
		}
	}
	return false
}

// margin is how many bits lie between the first candidate and the next hypothesis.
func (x *scratch) margin(first *scored) float64 {
	next := x.none
	if len(x.ranked) > 1 {
		next = max(next, float64(x.scored[x.ranked[1]].p))
	}
	if next <= 0 {
		return maxMarginBits
	}
	return min(maxMarginBits, math.Log2(float64(first.p)/next))
}

// tieBits is how near to the best candidate one must be for the ladder to choose between them.
const tieBits = 1

// breakTie lets the ladder choose among candidates that the evidence cannot tell apart, if together they are probable
// enough: the best one moves to the front. Without a ladder of the policy's own it chooses among duplicates alone.
func (x *scratch) breakTie(out *Outcome) bool {
	tied, sum := 0, float64(0)
	first := x.first()
	for _, i := range x.ranked {
		c := &x.scored[i]
		if c.excluded != "" || first.total-c.total > tieBits {
			break
		}
		if !x.snap.policy.anyLadder && tied > 0 && !x.duplicates(first, c) {
			return false
		}
		sum += float64(c.p)
		tied++
	}
	if tied < 2 || sum < x.snap.policy.match {
		return false
	}
	best, rung := x.climb(x.ranked[:tied])
	x.ranked[0], x.ranked[best] = x.ranked[best], x.ranked[0]
	out.Decision, out.DecidedBy, out.TieBreakRung = Matched, ByTieBreak, rung
	out.Probability = float64(x.first().p)
	return true
}

// climb returns which of the tied candidates the ladder chooses, and the rung that decided.
func (x *scratch) climb(tied []int32) (best int, rung string) {
	left := x.left[:0]
	for i := range tied {
		left = append(left, i)
	}
	x.left = left
	for _, r := range x.snap.policy.ladder {
		top, keep := math.Inf(-1), 0
		for _, i := range left {
			in := x.ruleInput(&x.scored[tied[i]])
			g := r.grade(in)
			if g > top {
				top, keep = g, 0
			}
			if g == top {
				left[keep] = i // keep never overtakes the reading
				keep++
			}
		}
		if left = left[:keep]; keep == 1 {
			return left[0], r.text
		}
	}
	best = left[0]
	for _, i := range left {
		if x.recordID(tied[i]) < x.recordID(tied[best]) {
			best = i
		}
	}
	return best, "account_id"
}

func (x *scratch) recordID(i int32) string {
	c := &x.scored[i]
	return x.snap.segs[c.seg].record(c.account).id()
}

// duplicates reports whether two candidates look like one company entered twice: equal whole names, and nothing known of both
// that differs, but something that is the same.
func (x *scratch) duplicates(a, b *scored) bool {
	whole := a.feat[featNamePart]+b.feat[featNamePart] == 0
	return whole && a.name.exact && b.name.exact && x.sameCompany(a, b)
}

// sameCompany compares two accounts by domains, phones and places.
func (x *scratch) sameCompany(a, b *scored) bool {
	la, lb := &x.snap.segs[a.seg], &x.snap.segs[b.seg]
	ha, hb := &la.heads[a.account], &lb.heads[b.account]
	doms, phones := overlap(la, ha.doms, lb, hb.doms), overlap(la, ha.phones, lb, hb.phones)
	if doms < 0 || phones < 0 && doms <= 0 || a.at != (place{}) && b.at != (place{}) && conflicting(&a.at, &b.at) {
		return false
	}
	return doms > 0 || phones > 0 || a.at.postal != 0 && a.at.postal == b.at.postal
}

// overlap is 1 when both have a number in common, -1 when both have numbers and none in common, 0 else.
func overlap(la *live, a shortList, lb *live, b shortList) int {
	var bufA, bufB [1]uint32
	na, nb := la.list(a, &bufA), lb.list(b, &bufB)
	if len(na) == 0 || len(nb) == 0 {
		return 0
	}
	for _, v := range na {
		for _, w := range nb {
			if v == w {
				return 1
			}
		}
	}
	return -1
}

func conflicting(a, b *place) bool {
	return a.country != b.country && a.country != 0 && b.country != 0 || a.city != b.city && a.city != 0 && b.city != 0
}

// reasons says what shaped the decision, most important first.
func (x *scratch) reasons(out *Outcome, first *scored) {
	if first != nil {
		x.agreements(out, first)
		x.contradictions(out, first)
		x.rivals(out, first)
	}
	x.nameReasons(out)
	for _, i := range x.ranked {
		c := &x.scored[i]
		if c.excluded == "" || first != nil && c.total < first.total {
			continue
		}
		if x.isOverride(c.excluded) {
			out.because(OverrideForbidden)
		} else {
			out.because(Filtered)
		}
	}
	switch {
	case x.finder.cuts&cutDeadline != 0:
		out.because(DeadlineReached)
	case x.finder.cuts&(cutPostings|cutKeys) != 0:
		out.because(CapReached)
	}
}

func (x *scratch) isOverride(id string) bool {
	for i := range x.said {
		if x.said[i].ID == id {
			return true
		}
	}
	return false
}

func (x *scratch) agreements(out *Outcome, c *scored) {
	f := &c.feat
	switch {
	case f[featDomainSame] > 0 && x.finder.keyed.domain == 1:
		out.because(UniqueDomain)
	case f[featDomainSame]+f[featDomainUnrelated] > 0:
		out.because(SharedDomain)
	}
	switch {
	case c.name.exact:
		out.because(ExactName)
	case f[featNameAcronym] > 0:
		out.because(AcronymName)
	case c.name.matched > 0 && f[featNameBoth] > 0:
		out.because(SimilarName)
	}
	if f[featPhoneSame] > 0 {
		out.because(SamePhone)
	}
	if f[featCitySame]+f[featPostalSame] > 0 {
		out.because(SamePlace)
	}
}

func (x *scratch) contradictions(out *Outcome, c *scored) {
	f := &c.feat
	if f[featNumberDiffers] > 0 {
		out.because(NumberContradiction)
	}
	if f[featCountryDiffers]+f[featCityDiffers]+f[featNamePlaces] > 0 {
		out.because(PlaceContradiction)
	}
	if f[featNameFacing] > .5 {
		out.because(NameContradiction)
	}
	if f[featLegalDiffers]+f[featLegalIncompatible] > 0 {
		out.because(LegalFormContradiction)
	}
	if f[featDomainDiffers] > 0 {
		out.because(DomainContradiction)
	}
	if c.name.matched > 0 && x.query.readings[c.reading].common {
		out.because(GenericName)
	}
}

// rivals says what the runners-up mean for the first.
func (x *scratch) rivals(out *Outcome, first *scored) {
	if len(x.ranked) < 2 || out.Decision == NoMatch {
		return
	}
	second := &x.scored[x.ranked[1]]
	if second.excluded != "" {
		return
	}
	close := first.total-second.total < 6
	switch {
	case close && x.duplicates(first, second):
		out.because(DuplicateAccounts)
	case close && x.siblings(first, second):
		out.because(Siblings)
	case close && out.Decision == Review:
		out.because(Ambiguous)
	}
	if x.domainNameConflict() {
		out.because(DomainNameConflict)
	}
}

// domainNameConflict reports whether the domain speaks for one account and the whole name for another.
func (x *scratch) domainNameConflict() bool {
	byDomain, byName := false, false
	for i := range x.scored {
		c := &x.scored[i]
		if c.feat[featDomainSame] > 0 {
			if c.name.exact {
				return false
			}
			byDomain = byDomain || c.name.matched == 0
		} else if c.name.exact {
			byName = true
		}
	}
	return byDomain && byName
}

// siblings reports whether two candidates are of one family: they share a domain, or an ancestor.
func (x *scratch) siblings(a, b *scored) bool {
	la, lb := &x.snap.segs[a.seg], &x.snap.segs[b.seg]
	return overlap(la, la.heads[a.account].doms, lb, lb.heads[b.account].doms) > 0 || x.ancestor(a) == x.ancestor(b)
}

// maxAncestors bounds the way up, which may be a circle.
const maxAncestors = 8

func (x *scratch) ancestor(c *scored) string {
	id, _, _, parent := x.snap.segs[c.seg].record(c.account).head()
	x.reads.record(id)
	for range maxAncestors {
		if parent == "" {
			break
		}
		id = parent
		x.reads.record(id)
		seg, a, ok := x.snap.find(parent)
		if !ok {
			break
		}
		_, _, _, parent = x.snap.segs[seg].record(a).head()
	}
	return id
}

// fill writes the ranked candidates and how they were found.
func (x *scratch) fill(out *Outcome) {
	limit := x.opts.Limit
	if limit <= 0 {
		limit = defaultLimit
	}
	for _, i := range x.ranked[:min(len(x.ranked), limit, maxLimit)] {
		c := &x.scored[i]
		id, owner, name, _ := x.snap.segs[c.seg].record(c.account).head()
		x.reads.record(id)
		k := len(out.Candidates)
		if k < cap(out.Candidates) {
			out.Candidates = out.Candidates[:k+1]
		} else {
			out.Candidates = append(out.Candidates, Candidate{})
		}
		o := &out.Candidates[k]
		*o = Candidate{
			AccountID: id, AccountName: name, OwnerID: owner, Probability: float64(c.p), Bits: float64(c.total),
			ExcludedBy: c.excluded, Evidence: o.Evidence[:0], Features: o.Features[:0],
		}
		if x.opts.Explain {
			o.Evidence = x.explain(o.Evidence, c)
		}
		if x.opts.Features {
			x.weighed(o, c)
		}
	}
	if x.opts.Features {
		out.UnscoredOdds = x.unscoredSum
	}
	out.Retrieval.Seen, out.Retrieval.Scored = x.finder.seen(), len(x.scored)
	for i, name := range cutNames {
		if x.finder.cuts>>i&1 != 0 {
			out.Retrieval.Cuts = append(out.Retrieval.Cuts, name)
		}
	}
	if x.opts.Explain {
		out.Retrieval.Keys = x.keyHits(out.Retrieval.Keys)
	}
}

var cutNames = [...]string{
	fmt.Sprintf("accounts of one key: %d", maxKeyed), fmt.Sprintf("rows read from word lists: %d", maxPostings),
	fmt.Sprintf("candidates scored: %d", maxScored), "deadline",
}
