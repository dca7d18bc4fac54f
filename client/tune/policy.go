package tune

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/client/fit"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// newDecider reads a policy that has every default filled in.
func newDecider(p *leadmatchv1.Policy, names []string) decider {
	d := decider{
		Model:         fit.Model{Curves: map[string][]fit.Knot{}},
		rightPerWrong: p.GetRightPerWrong(), margin: p.GetMinMarginBits(),
	}
	for _, name := range names {
		d.Weights = append(d.Weights, p.GetWeights()[name])
	}
	for _, c := range p.GetCalibration() {
		for _, at := range c.GetPoints() {
			d.Curves[c.GetEvidence()] = append(d.Curves[c.GetEvidence()], fit.Knot{Raw: at.GetSaid(), Calibrated: at.GetWorth()})
		}
	}
	return d
}

// newPolicy returns the policy as it was set, with what was fitted in place.
func (t *Tuner) newPolicy(m *fit.Model, trial *Trial) *leadmatchv1.Policy {
	p := proto.CloneOf(t.policy)
	p.Name = fmt.Sprintf("%s tuned to %d leads", trial.Part, len(t.examples))
	if trial.RightPerWrong != t.base.rightPerWrong {
		p.RightPerWrong = rounded(trial.RightPerWrong)
	}
	if trial.Part == WeightsAndCalibration {
		p.Weights = map[string]float64{}
		for i, name := range t.weights.names {
			p.Weights[name] = rounded(m.Weights[i])
		}
	}
	p.Calibration = nil
	for _, kind := range slices.Sorted(maps.Keys(m.Curves)) {
		curve := &leadmatchv1.Calibration{Evidence: kind}
		for _, k := range m.Curves[kind] {
			curve.Points = append(curve.Points, &leadmatchv1.CalibrationPoint{Said: rounded(k.Raw), Worth: rounded(k.Calibrated)})
		}
		p.Calibration = append(p.Calibration, curve)
	}
	return p
}

// rounded leaves three digits behind the point: more say nothing.
func rounded(x float64) float64 { return math.Round(1000*x) / 1000 }
