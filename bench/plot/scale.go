package plot

import (
	"math"
	"slices"
)

// scale maps the values of an axis to places in the picture.
type scale struct {
	low, high float64 // as bend sees them
	from, to  float64
	bend      func(float64) float64
	ticks     []float64
	format    func(float64) string
}

// newScale has about so many ticks, and ends at ticks.
func newScale(a *Axis, ends [2]float64, from, to float64, ticks int) *scale {
	s := &scale{from: from, to: to, bend: func(v float64) float64 { return v }, format: a.Format}
	if s.format == nil {
		s.format = Number
	}
	if a.Log {
		s.bend, s.ticks = math.Log10, logTicks(ends[0], ends[1], ticks)
	} else {
		s.ticks = evenTicks(min(0, ends[0]), ends[1], ticks)
	}
	s.low, s.high = s.bend(s.ticks[0]), s.bend(s.ticks[len(s.ticks)-1])
	return s
}

func (s *scale) at(v float64) float64 {
	return round(s.from + (s.bend(v)-s.low)/(s.high-s.low)*(s.to-s.from))
}

// evenTicks returns multiples of 1, 2 or 5 times a power of ten that enclose low and high.
func evenTicks(low, high float64, about int) (ticks []float64) {
	if high <= low {
		high = low + 1
	}
	rough := (high - low) / float64(about)
	power := math.Pow(10, math.Floor(math.Log10(rough)))
	step := 10 * power
	for _, m := range []float64{1, 2, 5} {
		if m*power >= rough {
			step = m * power
			break
		}
	}
	last := math.Ceil(high/step - 1e-9)
	for i := math.Floor(low/step + 1e-9); i <= last; i++ {
		ticks = append(ticks, i*step)
	}
	return ticks
}

// logTicks returns powers of ten, and their double and fivefold where there are few, that enclose low and high.
func logTicks(low, high float64, about int) []float64 {
	for _, factors := range [][]float64{{1, 2, 5}, {1}} {
		var ticks []float64
		for power := math.Floor(math.Log10(low)); power <= math.Ceil(math.Log10(high)); power++ {
			for _, f := range factors {
				ticks = append(ticks, f*math.Pow(10, power))
			}
		}
		ticks = enclosing(ticks, low, high)
		if len(ticks) <= about+about/2 {
			return ticks
		}
		if len(factors) == 1 {
			return thinned(ticks, 1+(len(ticks)-1)/about)
		}
	}
	return nil
}

// enclosing leaves out the ticks that are not needed.
func enclosing(ticks []float64, low, high float64) []float64 {
	const near = 1 + 1e-9
	for len(ticks) > 2 && ticks[1] <= low*near {
		ticks = ticks[1:]
	}
	for len(ticks) > 2 && ticks[len(ticks)-2] >= high/near {
		ticks = ticks[:len(ticks)-1]
	}
	return ticks
}

// thinned keeps every nth tick and, beyond the last of them, one more.
func thinned(ticks []float64, n int) (kept []float64) {
	for i := 0; i < len(ticks); i += n {
		kept = append(kept, ticks[i])
	}
	if last := ticks[len(ticks)-1]; !slices.Contains(kept, last) {
		kept = append(kept, kept[len(kept)-1]*math.Pow(10, float64(n)))
	}
	return kept
}
