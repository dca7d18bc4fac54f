package matcher_test

import (
	"math"
	"testing"

	"github.com/leadmatch/leadmatch/matcher"
)

// TestTrace: features times the policy's weights are the bits that Match tells, so that what is fitted is what decides.
func TestTrace(t *testing.T) {
	accounts, leads := book(t)
	x := matcher.New(nil)
	x.Apply(matcher.Changes{Revision: 1, Upsert: accounts})
	s := x.Snapshot()
	p := s.Policy()
	names, weights := matcher.FeatureNames(), p.Effective().Weights
	var traced []matcher.Traced
	compared := 0
	for i := range leads {
		var out matcher.Outcome
		s.Match(&out, &leads[i], matcher.MatchOptions{Limit: 50})
		traced = s.Trace(traced[:0], &leads[i])
		if len(traced) != out.Retrieval.Scored && out.Decision != matcher.Insufficient {
			t.Fatalf("%+v: %d candidates traced, %d scored", leads[i], len(traced), out.Retrieval.Scored)
		}
		bits := map[string]float64{}
		for _, c := range traced {
			if len(c.Features) != len(names) || c.Stratum == "" {
				t.Fatalf("%d features for %d names, stratum %q", len(c.Features), len(names), c.Stratum)
			}
			for k, v := range c.Features {
				bits[c.AccountID] += float64(v) * weights[names[k]]
			}
		}
		for _, c := range out.Candidates {
			if compared++; math.Abs(bits[c.AccountID]-c.Bits) > 1e-3 {
				t.Fatalf("%+v: %s has %.4f bits by its features, %.4f in the answer", leads[i], c.AccountID, bits[c.AccountID], c.Bits)
			}
		}
	}
	if compared < 1000 {
		t.Errorf("%d candidates were compared", compared)
	}
}

// TestFeatures: the features that Match returns are those of Trace, and say when a first candidate is matched.
func TestFeatures(t *testing.T) {
	accounts, leads := book(t)
	x := matcher.New(nil)
	x.Apply(matcher.Changes{Revision: 1, Upsert: accounts})
	s := x.Snapshot()
	var out matcher.Outcome
	compared, matched := 0, 0
	for i := range leads {
		s.Match(&out, &leads[i], matcher.MatchOptions{Limit: 50, Features: true})
		if len(out.Candidates) == 0 || out.DecidedBy != matcher.ByModel {
			continue
		}
		if first := &out.Candidates[0]; (out.Decision == matcher.Matched) != (first.Probability >= first.MatchFrom && out.MarginBits >= matcher.DefaultMinMarginBits) {
			t.Errorf("%+v: decision %d with probability %v, matched from %v, margin %v",
				leads[i], out.Decision, first.Probability, first.MatchFrom, out.MarginBits)
		} else if out.Decision == matcher.Matched {
			matched++
		}
		traced := map[string]matcher.Traced{}
		for _, c := range s.Trace(nil, &leads[i]) {
			traced[c.AccountID] = c
		}
		for _, c := range out.Candidates {
			amounts := map[string]float32{}
			for _, f := range c.Features {
				amounts[f.Name] = f.Amount
			}
			compared++
			for k, name := range matcher.FeatureNames() {
				if want := traced[c.AccountID].Features[k]; amounts[name] != want {
					t.Fatalf("%+v: %s has %v of %s, want %v", leads[i], c.AccountID, amounts[name], name, want)
				}
			}
			if want := traced[c.AccountID].Stratum; c.CalibratedAs != want {
				t.Fatalf("%+v: %s is calibrated as %s, want %s", leads[i], c.AccountID, c.CalibratedAs, want)
			}
		}
	}
	if compared < 1000 || matched < 100 {
		t.Errorf("%d candidates were compared, %d leads matched", compared, matched)
	}
}
