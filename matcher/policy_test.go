package matcher

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestPolicyCheck: every refusal names its field and says what was expected.
func TestPolicyCheck(t *testing.T) {
	f := func(p Policy, fields ...string) {
		t.Helper()
		var got []string
		for _, e := range p.Check() {
			got = append(got, e.Field)
			if e.Problem == "" || e.Error() != e.Field+": "+e.Problem || !strings.Contains(e.Problem, "want") && !strings.HasPrefix(e.Field, "weights[") {
				t.Errorf("%+v: %q does not say what was expected", p, e)
			}
		}
		if !slices.Equal(got, fields) {
			t.Errorf("%+v: wrong are %q, want %q", p, got, fields)
		}
	}
	f(Policy{})
	f(new(Policy).Effective())
	f(Policy{RightPerWrong: 1, NoMatchProbability: .51, MinMarginBits: maxMarginBits})
	f(Policy{RightPerWrong: maxRightPerWrong, NoMatchProbability: .999})
	for _, v := range []float64{-1, .5, maxRightPerWrong + 1, math.NaN(), math.Inf(1)} {
		f(Policy{RightPerWrong: v}, "right_per_wrong")
	}
	for _, v := range []float64{-1, .5, 1, math.NaN(), math.Inf(1)} {
		f(Policy{NoMatchProbability: v}, "no_match_probability")
	}
	for _, v := range []float64{-1, maxMarginBits + 1, math.NaN(), math.Inf(1)} {
		f(Policy{MinMarginBits: v}, "min_margin_bits")
	}
	f(Policy{TieBreaks: []string{"has_owner", "coin_toss", "label:", "highest:"}}, "tie_breaks[1]", "tie_breaks[2]", "tie_breaks[3]")
	f(Policy{Filters: []string{"label:tier=", "headquarters", "label:=x"}}, "filters[1]", "filters[2]")
	f(Policy{TieBreaks: slices.Repeat([]string{"has_owner"}, maxRungs)})
	f(Policy{TieBreaks: slices.Repeat([]string{"has_owner"}, maxRungs+1)}, "tie_breaks")
	f(Policy{Filters: slices.Repeat([]string{"has_owner"}, maxRungs+1)}, "filters")
	f(Policy{SharedDomains: []string{"example.com", "no domain", ""}}, "shared_domains[1]", "shared_domains[2]")
	f(Policy{SharedDomains: slices.Repeat([]string{"example.com"}, maxShared+1)}, "shared_domains")
	f(Policy{Weights: map[string]float64{"prior": -maxPolicyWeight, "name.exact": maxPolicyWeight}})
	f(Policy{Weights: map[string]float64{"a": 1, "name.exact": math.NaN(), "prior": 65}}, "weights[a]", "weights[name.exact]", "weights[prior]")
	curve := func(evidence string, points ...CalibrationPoint) Policy {
		return Policy{Calibration: []Calibration{{evidence, points}}}
	}
	f(curve("name", CalibrationPoint{-64, -13}, CalibrationPoint{-64, -13}, CalibrationPoint{64, 13}))
	f(curve("name", slices.Repeat([]CalibrationPoint{{1, 1}}, maxCurvePoints)...))
	f(curve("name", slices.Repeat([]CalibrationPoint{{1, 1}}, maxCurvePoints+1)...), "calibration[0].points")
	f(curve("name"), "calibration[0].points")
	f(curve("fame", CalibrationPoint{}), "calibration[0].evidence")
	f(curve("name", CalibrationPoint{65, 0}), "calibration[0].points[0]")
	f(curve("name", CalibrationPoint{math.NaN(), 0}), "calibration[0].points[0]")
	f(curve("name", CalibrationPoint{}, CalibrationPoint{1, 13.1}), "calibration[0].points[1]")
	f(curve("name", CalibrationPoint{}, CalibrationPoint{1, math.NaN()}), "calibration[0].points[1]")
	f(curve("name", CalibrationPoint{}, CalibrationPoint{-1, 0}), "calibration[0].points[1]")
	f(curve("name", CalibrationPoint{}, CalibrationPoint{1, -1}, CalibrationPoint{0, -2}), "calibration[0].points[1]")
	twice := curve("part", CalibrationPoint{})
	twice.Calibration = slices.Repeat(twice.Calibration, 2)
	f(twice, "calibration[1].evidence")
	twice.Calibration = slices.Repeat(twice.Calibration, maxCurvePoints)
	f(twice, "calibration")
	f(Policy{RightPerWrong: -1, MinMarginBits: -1, Filters: []string{"x"}}, "right_per_wrong", "min_margin_bits", "filters[0]")
}

func TestPolicyEffective(t *testing.T) {
	e := new(Policy).Effective()
	if e.RightPerWrong != DefaultRightPerWrong || e.NoMatchProbability != DefaultNoMatchProbability || e.MinMarginBits != DefaultMinMarginBits {
		t.Errorf("defaults: %+v", e)
	}
	if len(e.Weights) != int(numFeatures) {
		t.Errorf("%d weights, want %d", len(e.Weights), numFeatures)
	}
	p := Policy{
		Version: 7, Name: "strict", RightPerWrong: 99, NoMatchProbability: .9, MinMarginBits: 3, TieBreaks: []string{"has_owner"},
		Weights:     map[string]float64{"prior": -9},
		Calibration: []Calibration{{"part", []CalibrationPoint{{1, 2}}}},
	}
	e = p.Effective()
	if e.Version != 7 || e.Name != "strict" || e.RightPerWrong != 99 || e.NoMatchProbability != .9 || e.MinMarginBits != 3 ||
		!slices.Equal(e.TieBreaks, p.TieBreaks) || e.Weights["prior"] != -9 || e.Weights["name.exact"] != float64(defaultModel.weights[featNameExact]) {
		t.Errorf("what was set does not hold: %+v", e)
	}
	for _, c := range e.Calibration {
		kind := slices.Index(stratumNames[:], c.Evidence)
		want := defaultModel.curves[kind].calibration(c.Evidence)
		if c.Evidence == "part" {
			want = p.Calibration[0]
		}
		if !slices.Equal(c.Points, want.Points) {
			t.Errorf("%s is calibrated by %v, want %v", c.Evidence, c.Points, want.Points)
		}
	}
	if len(e.Calibration) < 2 {
		t.Errorf("%d curves", len(e.Calibration))
	}
	if len(p.Weights) != 1 || len(p.Calibration) != 1 {
		t.Error("the policy itself was changed")
	}
	c := compilePolicy(&p)
	if got := c.curves[stratumPart].at(5); got != 6 {
		t.Errorf("5 bits are worth %v, want 6", got)
	}
	if c.match != .99 || c.noMatch != .9 || c.margin != 3 || c.weights[featPrior] != -9 || !c.anyLadder || len(c.ladder) != 1 {
		t.Errorf("made ready: %+v", c)
	}
	again := e.Effective()
	if fmt.Sprint(again) != fmt.Sprint(e) {
		t.Error("the effective policy of an effective policy is another one")
	}
}

// TestPolicyOfAnotherVersion: what a stored policy says of weights and evidence that there are no more changes nothing.
func TestPolicyOfAnotherVersion(t *testing.T) {
	c := compilePolicy(&Policy{
		Weights:     map[string]float64{"name.of_old": 9},
		Calibration: []Calibration{{"of_old", []CalibrationPoint{{1, 2}}}},
	})
	if want := compilePolicy(&Policy{}); c.weights != want.weights || fmt.Sprint(c.curves) != fmt.Sprint(want.curves) {
		t.Errorf("weights %v and curves %v, want %v and %v", c.weights, c.curves, want.weights, want.curves)
	}
}

// TestRules holds the grades of rungs and filters to what each says.
func TestRules(t *testing.T) {
	child := Account{ParentID: "p"}
	owned := Account{OwnerID: "o"}
	gold := Account{Labels: map[string]string{"tier": "gold"}, Numbers: map[string]float64{"arr": 5}}
	f := func(text string, in ruleInput, want float64) {
		t.Helper()
		parsed := 0
		for _, parse := range []func(string) (rule, error){parseRung, parseFilter} {
			r, err := parse(text)
			if err != nil {
				continue
			}
			parsed++
			if got := r.grade(in); got != want || r.text != text {
				t.Errorf("%s (%q) grades %+v at %v, want %v", text, r.text, *in.account, got, want)
			}
		}
		if parsed == 0 {
			t.Errorf("%s is refused", text)
		}
	}
	f("same_country", ruleInput{account: &child, sameCountry: true}, 1)
	f("same_country", ruleInput{account: &child}, 0)
	f("exact_domain", ruleInput{account: &child, sameDomain: true}, 1)
	f("exact_domain", ruleInput{account: &child}, 0)
	f("headquarters", ruleInput{account: &child}, 0)
	f("headquarters", ruleInput{account: &owned}, 1)
	f("has_owner", ruleInput{account: &child}, 0)
	f("has_owner", ruleInput{account: &owned}, 1)
	f("label:tier=gold", ruleInput{account: &gold}, 1)
	f("label:tier=silver", ruleInput{account: &gold}, 0)
	f("label:tier=gold", ruleInput{account: &child}, 0)
	f("label:tier=", ruleInput{account: &child}, 1)
	f("label:tier!=gold", ruleInput{account: &gold}, 0)
	f("label:tier!=gold", ruleInput{account: &child}, 1)
	f("highest:arr", ruleInput{account: &gold}, 5)
	f("newest:arr", ruleInput{account: &gold}, 5)
	f("lowest:arr", ruleInput{account: &gold}, -5)
	f("oldest:arr", ruleInput{account: &gold}, -5)
	f("highest:arr", ruleInput{account: &child}, math.Inf(-1))
	f("oldest:arr", ruleInput{account: &child}, math.Inf(-1))
}
