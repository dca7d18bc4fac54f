package matcher

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// TestCurve: straight between knots, parallel to the diagonal beyond them, never more certain than maxCalibrated.
func TestCurve(t *testing.T) {
	f := func(c curve, x, want float32) {
		t.Helper()
		if got := c.at(x); math.Abs(float64(got-want)) > 1e-5 {
			t.Errorf("%v at %v is %v, want %v", c, x, got, want)
		}
	}
	f(nil, -20, -20)
	f(nil, 20, 20)
	c := curve{{-2, -4}, {0, 0}, {4, 2}}
	f(c, -5, -7)
	f(c, -2, -4)
	f(c, -1, -2)
	f(c, 0, 0)
	f(c, 2, 1)
	f(c, 4, 2)
	f(c, 7, 5)
	f(c, 1000, maxCalibrated)
	f(curve{{0, 20}}, 5, 20)
	f(curve{{1, 1}, {1, 2}, {2, 3}}, 1, 1)
	f(curve{{1, 1}, {1, 2}, {2, 3}}, 1.5, 2.5)
}

// TestCurvesAscend: more evidence of a kind must never make the engine's own model less sure.
func TestCurvesAscend(t *testing.T) {
	for i, c := range defaultModel.curves {
		if len(c) == 0 {
			continue
		}
		last := c.at(-40)
		for x := float32(-40); x < 40; x += .1 {
			y := c.at(x)
			if y < last || math.IsNaN(float64(y)) {
				t.Errorf("%s descends from %v to %v at %v", stratumNames[i], last, y, x)
				break
			}
			last = y
		}
	}
}

// TestFeatureNames: policies and model.txt name each weight once, under the name of its kind of evidence.
func TestFeatureNames(t *testing.T) {
	if len(featureByName) != int(numFeatures) {
		t.Errorf("%d names for %d features", len(featureByName), numFeatures)
	}
	kinds := map[string]Kind{}
	for _, info := range featureInfo {
		group, _, _ := strings.Cut(info.name, ".")
		if have, ok := kinds[group]; info.kind == 0 || ok && have != info.kind {
			t.Errorf("%s is of kind %d, others of its group of %d", info.name, info.kind, have)
		}
		kinds[group] = info.kind
	}
}

// TestParseModel: a model that is not whole is refused, with the line.
func TestParseModel(t *testing.T) {
	var whole strings.Builder
	whole.WriteString("# a comment\n\n")
	for i := range featureInfo {
		whole.WriteString("weight " + featureInfo[i].name + " 0.5 # prior\n")
	}
	lines := strings.Count(whole.String(), "\n")
	m, err := parseModel(whole.String() + "calibrate phone -1 -2\ncalibrate phone 1 2\n")
	if err != nil {
		t.Fatal(err)
	}
	if m.weights[featPrior] != .5 || m.weights[numFeatures-1] != .5 || len(m.curves[stratumPhone]) != 2 || m.curves[stratumPhone].at(0) != 0 {
		t.Errorf("read as %+v", m)
	}
	f := func(more string, want ...string) {
		t.Helper()
		_, err := parseModel(whole.String() + more)
		if err == nil {
			t.Errorf("%q is accepted", more)
			return
		}
		for _, w := range want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%q: error %q does not say %q", more, err, w)
			}
		}
	}
	line := fmt.Sprintf("line %d", lines+1)
	f("weight prior 1", line, "prior", "twice")
	f("weight unknown 1", line, "unknown")
	f("weight prior", line, "want")
	f("weight prior one", line, "one")
	f("weight prior 1 2", line, "want")
	f("calibrate phone 1", line, "want")
	f("calibrate smell 1 2", line, "want")
	f("calibrate", line, "want")
	f("heavy prior 1", line, "want")
	if _, err := parseModel(strings.Replace(whole.String(), "weight name.typo ", "# ", 1)); err == nil || !strings.Contains(err.Error(), "name.typo") {
		t.Errorf("a model without name.typo: error %v", err)
	}
}
