package plot

import (
	"math"
	"strconv"
	"strings"
)

const noBreak = "\u00a0"

// Number writes a tick without needless digits, its thousands apart: 12,000.
func Number(v float64) string {
	s := strconv.FormatFloat(tidy(v), 'f', -1, 64)
	whole, _, _ := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	at := strings.Index(s, whole) + len(whole) - 3
	for ; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// Seconds writes a tick that counts seconds with the unit that suits it: 50 µs, 2 ms, 10 s.
func Seconds(v float64) string {
	switch abs := tidy(math.Abs(v)); {
	case abs == 0:
		return "0"
	case abs < 1e-6:
		return Number(v*1e9) + noBreak + "ns"
	case abs < 1e-3:
		return Number(v*1e6) + noBreak + "µs"
	case abs < 1:
		return Number(v*1e3) + noBreak + "ms"
	}
	return Number(v) + noBreak + "s"
}

// Bytes writes a tick that counts bytes with the unit that suits it: 200 kB, 5 MB, 2 GB.
func Bytes(v float64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	for len(units) > 1 && math.Abs(v) >= 1000 {
		v, units = v/1000, units[1:]
	}
	return Number(v) + noBreak + units[0]
}

// tidy takes off what sums and products of ticks are wrong by.
func tidy(v float64) float64 {
	if v == 0 {
		return 0
	}
	scale := math.Pow(10, 9-math.Ceil(math.Log10(math.Abs(v))))
	return math.Round(v*scale) / scale
}
