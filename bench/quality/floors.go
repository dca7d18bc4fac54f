package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/leadmatch/leadmatch/client/eval"
)

// floor is a figure that may not get worse.
type floor struct {
	Set      string  `json:"set"`
	Scenario string  `json:"scenario"` // empty: all of the set's leads
	Measure  string  `json:"measure"`  // a column of the table
	Bound    float64 `json:"bound"`    // most for wrong and ece, least for all others
}

// lowerIsBetter says which way a measure's bound goes.
func lowerIsBetter(measure string) bool { return measure == "wrong" || measure == "ece" }

// rounding is how far a figure may be from a bound and still be equal to it: bounds are written with three digits.
const rounding = 0.0005

// met says whether a figure keeps the floor; a share of nothing never does.
func (f *floor) met(figure float64) bool {
	if lowerIsBetter(f.Measure) {
		return figure <= f.Bound+rounding
	}
	return figure >= f.Bound-rounding
}

var errNothingCompared = errors.New("no floor was compared with anything: a guard that looks at nothing guards nothing")

// checkFloors compares the reports with the floors in a file. Floors of sets that were not measured are left out; a
// floor whose set was measured and whose scenario or measure is unknown, an unmet one, or none at all is an error.
func checkFloors(path string, reports []*report, w io.Writer) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var floors []floor
	if err := json.Unmarshal(text, &floors); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	compared, unmet := 0, 0
	for i := range floors {
		f := &floors[i]
		at := slices.IndexFunc(reports, func(r *report) bool { return r.Set == f.Set })
		if at < 0 {
			continue
		}
		figure, err := reports[at].figure(f)
		if err != nil {
			return fmt.Errorf("%s: floor %d: %w", path, i+1, err)
		}
		compared++
		if !f.met(figure) {
			unmet++
			fmt.Fprintf(w, "below the floor: %s %s: %s is %.4f, the floor %.4f\n", f.Set, f.Scenario, f.Measure, figure, f.Bound)
		}
	}
	switch {
	case compared == 0:
		return errNothingCompared
	case unmet > 0:
		return fmt.Errorf("%d of %d floors are not met", unmet, compared)
	}
	fmt.Fprintf(w, "\nall %d floors are met\n", compared)
	return nil
}

// figure returns what was measured of what the floor is about.
func (r *report) figure(f *floor) (float64, error) {
	name := "all"
	if f.Scenario != "" {
		name = "scenario=" + f.Scenario
	}
	s := slices.IndexFunc(r.Quality.Slices, func(s eval.Slice) bool { return s.Name == name })
	if s < 0 {
		return 0, fmt.Errorf("set %s has no slice %s", f.Set, name)
	}
	return figure(&r.Quality.Slices[s].Metrics, f.Measure)
}

// figure returns a measure by its name in the table. A share of nothing is NaN.
func figure(m *eval.Metrics, name string) (float64, error) {
	text, err := m.MarshalJSON()
	if err != nil {
		return 0, err
	}
	var figures map[string]*float64
	if err := json.Unmarshal(text, &figures); err != nil {
		return 0, err
	}
	value, known := figures[name]
	if !known {
		return 0, fmt.Errorf("no measure is called %q", name)
	}
	if value == nil {
		return math.NaN(), nil
	}
	return *value, nil
}
