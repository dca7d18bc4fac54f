package matcher

import (
	_ "embed"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
)

// modelText holds the weights and the calibration, one to a line; its head says how they were fitted.
//
//go:embed model.txt
var modelText string

// ModelVersion changes with every weight, and with everything else that changes probabilities: 6 weighs a misspelled word as the one that was meant.
var ModelVersion = fmt.Sprintf("6-%08x", crc32.ChecksumIEEE([]byte(modelText)))

// defaultModel is the model that policies start from.
var defaultModel = mustParseModel(modelText)

// model is what turns features into bits, and bits into probabilities.
type model struct {
	weights features
	forest  forest
	curves  [numStrata]curve
}

// stratum is a kind of evidence that is calibrated on its own.
type stratum uint8

const (
	stratumDomainName stratum = iota // the domain, and words of the name
	stratumDomainOnly                // the domain, and no name was given
	stratumDomainAlone
	stratumPhone
	stratumExactPlace // the whole name, and the city or postal code
	stratumExact      // the whole name
	stratumPartPlace
	stratumPart
	stratumAcronym
	stratumFromDomain  // no name, and the domain read as one
	stratumNamedDomain // no name, and the domain is the account's whole name
	stratumOther
	numStrata
)

var stratumNames = [numStrata]string{
	"domain_and_name", "domain_only", "domain_without_name", "phone", "name_and_place", "name", "part_and_place", "part",
	"acronym", "domain_as_name", "domain_is_name", "other",
}

// curve maps log-odds in bits to calibrated ones: straight lines between knots in ascending order, and
// parallels to the diagonal beyond the last ones. No knots: nothing changes.
type curve []knot

type knot struct{ raw, calibrated float32 }

func (c curve) at(x float32) float32 {
	if len(c) == 0 {
		return x
	}
	if first := c[0]; x <= first.raw {
		return first.calibrated + x - first.raw
	}
	for i := 1; i < len(c); i++ {
		if a, b := c[i-1], c[i]; x <= b.raw {
			return a.calibrated + (b.calibrated-a.calibrated)*(x-a.raw)/(b.raw-a.raw)
		}
	}
	last := c[len(c)-1]
	return max(last.calibrated, min(maxCalibrated, last.calibrated+x-last.raw))
}

// calibration returns the curve as a policy has it.
func (c curve) calibration(evidence string) Calibration {
	points := make([]CalibrationPoint, len(c))
	for i, k := range c {
		points[i] = CalibrationPoint{float64(k.raw), float64(k.calibrated)}
	}
	return Calibration{evidence, points}
}

// compileCurves makes a policy's curves ready. Those of a kind that is not known were stored by another version.
func compileCurves(list []Calibration) (curves [numStrata]curve) {
	for _, c := range list {
		kind := slices.Index(stratumNames[:], c.Evidence)
		if kind < 0 {
			continue
		}
		curves[kind] = make(curve, len(c.Points))
		for i, at := range c.Points {
			curves[kind][i] = knot{float32(at.Said), float32(at.Worth)}
		}
	}
	return curves
}

// maxCalibrated bounds calibrated bits: no answer is more certain than one error in some 8,000.
const maxCalibrated = 13

func mustParseModel(s string) *model {
	m, err := parseModel(s)
	if err != nil {
		panic("matcher: model.txt: " + err.Error())
	}
	return m
}

// parseModel reads lines of "weight NAME BITS", "tree …" (parseTree) and "calibrate KIND RAW CALIBRATED"; # begins a comment.
func parseModel(s string) (*model, error) {
	m := new(model)
	var seen [numFeatures]bool
	for n, line := range strings.Split(s, "\n") {
		line, _, _ = strings.Cut(line, "#")
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		if err := m.line(f, &seen); err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	for i, ok := range seen {
		if !ok {
			return nil, fmt.Errorf("no weight for %s", featureInfo[i].name)
		}
	}
	return m, nil
}

func (m *model) line(f []string, seen *[numFeatures]bool) error {
	if f[0] == "tree" {
		t, err := parseTree(f[1:])
		m.forest = append(m.forest, t)
		return err
	}
	numbers := make([]float32, 0, 2)
	for _, s := range f[min(2, len(f)):] {
		v, err := parseFloat(s)
		if err != nil {
			return err
		}
		numbers = append(numbers, v)
	}
	switch {
	case f[0] == "weight" && len(numbers) == 1:
		i, ok := featureByName[f[1]]
		if !ok || seen[i] {
			return fmt.Errorf("%s is unknown or stands twice", f[1])
		}
		seen[i], m.weights[i] = true, numbers[0]
		return nil
	case f[0] == "calibrate" && len(numbers) == 2:
		if i := slices.Index(stratumNames[:], f[1]); i >= 0 {
			m.curves[i] = append(m.curves[i], knot{numbers[0], numbers[1]})
			return nil
		}
	}
	return fmt.Errorf("want \"weight NAME BITS\", \"tree …\" or \"calibrate KIND RAW CALIBRATED\", got %q", strings.Join(f, " "))
}

var featureByName = func() map[string]feature {
	m := map[string]feature{}
	for i := range featureInfo {
		m[featureInfo[i].name] = feature(i)
	}
	return m
}()
