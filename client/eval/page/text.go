package page

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/leadmatch/leadmatch/client/eval"
)

// noBreak stands between a figure and its unit.
const noBreak = "\u00a0"

// share writes a share of leads; one that is not 0 or 1 never looks like it.
func share(v float64) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case v > 0 && v < .0005:
		return "<" + noBreak + "0.1" + noBreak + "%"
	case v < 1 && v >= .9995:
		return ">" + noBreak + "99.9" + noBreak + "%"
	}
	return fmt.Sprintf("%.1f%s%%", 100*v, noBreak)
}

// between writes a confidence interval.
func between(low, high float64) string {
	return fmt.Sprintf("%.1f to %.1f%s%%", 100*low, 100*high, noBreak)
}

// count writes a number of leads with commas: 1,107,949.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

func value(f eval.Figure) string {
	if f.Count {
		return count(int(f.Value))
	}
	return share(f.Value)
}

// exact writes a figure so that it is read back as it was; "" for a share of nothing.
func exact(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func bits(v float64) string { return fmt.Sprintf("%+.1f", v) }

// words turns a code into words: "UNIQUE_DOMAIN" into "unique domain".
func words(code string) string { return strings.ToLower(strings.ReplaceAll(code, "_", " ")) }

// joined joins the parts that hold something.
func joined(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, " · ")
}

// figure writes a number with about three digits.
func figure(v float64) string {
	if v >= 100 {
		return count(int(math.Round(v)))
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}

// ratio is NaN when there is nothing to have a part of.
func ratio(part, whole int) float64 {
	if whole == 0 {
		return math.NaN()
	}
	return float64(part) / float64(whole)
}

// portion is a part of some leads.
type portion struct {
	Part, Whole int
	Share       float64
}

func part(part, whole int) portion { return portion{part, whole, ratio(part, whole)} }
