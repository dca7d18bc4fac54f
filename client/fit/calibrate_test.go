package fit

import (
	"math"
	"math/rand/v2"
	"testing"
)

// said makes n points whose true log-odds are what truth makes of what was said.
func said(n int, seed uint64, truth func(raw float64) float64) []Point {
	random := rand.New(rand.NewPCG(seed, 0))
	points := make([]Point, n)
	for i := range points {
		raw := 16*random.Float64() - 8
		points[i] = Point{Raw: raw, Right: random.Float64() < 1/(1+math.Exp2(-truth(raw))), Weight: 1}
	}
	return points
}

// TestCalibrate: the curve ascends and finds out what was said with too much, or too little, certainty.
func TestCalibrate(t *testing.T) {
	f := func(name string, truth func(float64) float64) {
		t.Helper()
		knots := Calibrate(said(20_000, 1, truth))
		if len(knots) < 5 {
			t.Fatalf("%s: %d knots", name, len(knots))
		}
		for i, k := range knots {
			if i > 0 && (k.Raw <= knots[i-1].Raw || k.Calibrated <= knots[i-1].Calibrated) {
				t.Errorf("%s: %v after %v", name, k, knots[i-1])
			}
			// A bin's share lies between those of its ends; one bit is what bins this wide and chance leave.
			if want := truth(k.Raw); math.Abs(want) < 5 && math.Abs(k.Calibrated-want) > 1 {
				t.Errorf("%s: %.2f bits are worth %.2f, want %.2f", name, k.Raw, k.Calibrated, want)
			}
		}
	}
	f("as it is", func(raw float64) float64 { return raw })
	f("too sure", func(raw float64) float64 { return raw / 2 })
	f("too high", func(raw float64) float64 { return raw - 2 })
}

// TestCalibratePools: where more that was said is worth less, neighbours are taken together.
func TestCalibratePools(t *testing.T) {
	knots := Calibrate(said(5000, 2, func(raw float64) float64 { return -raw }))
	if len(knots) != 1 {
		t.Errorf("%v, want one knot", knots)
	}
}

// TestCalibrateKeepsWithin: points that are all right are as certain as may be, and a handful say nothing.
func TestCalibrateKeepsWithin(t *testing.T) {
	for _, k := range Calibrate(said(1000, 3, func(float64) float64 { return 1000 })) {
		if k.Calibrated > MaxCalibrated || math.IsNaN(k.Calibrated) {
			t.Errorf("%v is beyond %v", k, MaxCalibrated)
		}
	}
	if knots := Calibrate(said(2*minBin-1, 4, func(raw float64) float64 { return raw })); knots != nil {
		t.Errorf("%d points give %v, want none", 2*minBin-1, knots)
	}
}

// TestWeightedPoints: a point of weight three is as good as three points.
func TestWeightedPoints(t *testing.T) {
	points := said(2000, 5, func(raw float64) float64 { return raw })
	heavy := make([]Point, len(points))
	for i, p := range points {
		p.Weight = 3
		heavy[i] = p
	}
	a, b := Calibrate(points), Calibrate(heavy)
	if len(a) != len(b) || len(a) == 0 {
		t.Fatalf("%d and %d knots", len(a), len(b))
	}
	for i := range a {
		if math.Abs(a[i].Raw-b[i].Raw) > 1e-9 || math.Abs(a[i].Calibrated-b[i].Calibrated) > 1e-9 {
			t.Errorf("knot %d is %v, and %v with every point three times as heavy", i, a[i], b[i])
		}
	}
}
