package server

import (
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/engine"
)

// maxAnswerBytes bounds the answer to a batch of leads: with fifty candidates explained, a thousand leads would make
// hundreds of megabytes.
const maxAnswerBytes = 16 << 20

// What messages take beside their strings, at most.
const (
	outcomeBytes   = 160
	candidateBytes = 64
	evidenceBytes  = 32
	keyBytes       = 16
	featureBytes   = 9
)

// outcomesSize returns about how much outcomes take on the wire, and rather too much.
func outcomesSize(outcomes []*leadmatchv1.Outcome, o *leadmatchv1.MatchOptions) (size int) {
	if o.GetLimit() <= engine.SlabCandidates && !o.GetExplain() && !o.GetFeatures() && !o.GetReads() {
		return 0 // cannot be too much
	}
	for _, out := range outcomes {
		size += outcomeBytes + len(out.GetReads())
		for _, c := range out.GetCandidates() {
			size += candidateBytes + len(c.GetAccountId()) + len(c.GetAccountName()) + len(c.GetOwnerId()) + len(c.GetExcludedBy()) +
				len(c.GetCalibratedAs())
			for _, f := range c.GetFeatures() {
				size += featureBytes + len(f.GetName())
			}
			for _, e := range c.GetEvidence() {
				size += evidenceBytes + len(e.GetLevel()) + len(e.GetLeadValue()) + len(e.GetAccountValue())
			}
		}
		for _, k := range out.GetRetrieval().GetKeys() {
			size += keyBytes + len(k.GetKind()) + len(k.GetValue())
		}
	}
	return size
}
