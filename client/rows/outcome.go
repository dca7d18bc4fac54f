package rows

import (
	"encoding/base64"
	"math"
	"strconv"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// AppendOutcome appends what AppendJSON does: an outcome without evidence and features in a quarter of the time. Writing outcomes is
// what bulk work spends most on at this end. A test holds the two together.
func AppendOutcome(dst []byte, o *leadmatchv1.Outcome) []byte {
	if o.GetRetrieval() != nil {
		return AppendJSON(dst, o)
	}
	w := objectWriter{append(dst, '{')}
	w.text(`"lead_id":`, o.GetLeadId())
	w.name(`"decision":`, decisionNames, int32(o.GetDecision()))
	w.name(`"decided_by":`, decidedByNames, int32(o.GetDecidedBy()))
	w.text(`"tie_break_rung":`, o.GetTieBreakRung())
	w.text(`"override_id":`, o.GetOverrideId())
	w.reasons(o.GetReasons())
	w.text(`"account_id":`, o.GetAccountId())
	w.text(`"owner_id":`, o.GetOwnerId())
	w.number(`"probability":`, o.GetProbability())
	w.number(`"margin_bits":`, o.GetMarginBits())
	w.candidates(o.GetCandidates())
	w.versions(o.GetVersions())
	w.number(`"no_match_probability":`, o.GetNoMatchProbability())
	if reads := o.GetReads(); len(reads) > 0 {
		w.key(`"reads":`)
		w.dst = append(base64.StdEncoding.AppendEncode(append(w.dst, '"'), reads), '"')
	}
	w.number(`"unscored_odds":`, o.GetUnscoredOdds())
	return w.end()
}

var (
	decisionNames  = namesOf(leadmatchv1.Decision(0).Descriptor())
	decidedByNames = namesOf(leadmatchv1.DecidedBy(0).Descriptor())
	reasonNames    = namesOf(leadmatchv1.Reason(0).Descriptor())
)

// objectWriter writes the members of a JSON object that are not empty.
type objectWriter struct{ dst []byte }

// key appends a member's key, which comes with its quotes and colon.
func (w *objectWriter) key(key string) {
	if last := w.dst[len(w.dst)-1]; last != '{' {
		w.dst = append(w.dst, ',')
	}
	w.dst = append(w.dst, key...)
}

func (w *objectWriter) end() []byte { return append(w.dst, '}') }

func (w *objectWriter) text(key, value string) {
	if value != "" {
		w.key(key)
		w.dst = appendString(w.dst, value)
	}
}

func (w *objectWriter) number(key string, value float64) {
	if value != 0 || math.Signbit(value) { // to protobuf, -0 is not empty
		w.key(key)
		w.dst = appendFloat(w.dst, value)
	}
}

func (w *objectWriter) count(key string, value uint64) {
	if value != 0 {
		w.key(key)
		w.dst = strconv.AppendUint(w.dst, value, 10)
	}
}

func (w *objectWriter) name(key string, names enumNames, value int32) {
	if value != 0 {
		w.key(key)
		w.dst = names.append(w.dst, value)
	}
}

func (w *objectWriter) reasons(reasons []leadmatchv1.Reason) {
	if len(reasons) == 0 {
		return
	}
	w.key(`"reasons":`)
	for i, r := range reasons {
		w.dst = append(w.dst, separator(i))
		w.dst = reasonNames.append(w.dst, int32(r))
	}
	w.dst = append(w.dst, ']')
}

func (w *objectWriter) candidates(candidates []*leadmatchv1.Candidate) {
	if len(candidates) == 0 {
		return
	}
	w.key(`"candidates":`)
	for i, c := range candidates {
		w.dst = append(w.dst, separator(i))
		if len(c.GetEvidence())+len(c.GetFeatures()) > 0 || c.GetCalibratedAs() != "" ||
			math.Float64bits(c.GetMatchFrom()) != 0 { // -0 is written, too
			w.dst = AppendJSON(w.dst, c)
			continue
		}
		o := objectWriter{append(w.dst, '{')}
		o.text(`"account_id":`, c.GetAccountId())
		o.text(`"account_name":`, c.GetAccountName())
		o.text(`"owner_id":`, c.GetOwnerId())
		o.number(`"probability":`, c.GetProbability())
		o.number(`"bits":`, c.GetBits())
		o.text(`"excluded_by":`, c.GetExcludedBy())
		w.dst = o.end()
	}
	w.dst = append(w.dst, ']')
}

func (w *objectWriter) versions(v *leadmatchv1.Versions) {
	if v == nil {
		return
	}
	w.key(`"versions":`)
	o := objectWriter{append(w.dst, '{')}
	o.count(`"revision":`, v.GetRevision())
	o.count(`"policy":`, v.GetPolicy())
	o.text(`"normalizer":`, v.GetNormalizer())
	o.text(`"model":`, v.GetModel())
	o.text(`"proposed_policy":`, v.GetProposedPolicy())
	w.dst = o.end()
}

// separator is what stands before the ith element of a list.
func separator(i int) byte {
	if i == 0 {
		return '['
	}
	return ','
}
