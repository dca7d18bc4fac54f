package load

import "github.com/leadmatch/leadmatch/bench/plot"

// Chart draws the latencies of results by their rates.
func Chart(title string, results []*Result) *plot.Chart {
	lines := []plot.Line{{Name: "p50"}, {Name: "p99"}, {Name: "p99.9"}}
	for _, r := range results {
		if r.Latency.Count == 0 {
			continue
		}
		for i, t := range []float64{r.Latency.P50.Seconds(), r.Latency.P99.Seconds(), r.Latency.P999.Seconds()} {
			lines[i].Points = append(lines[i].Points, plot.Point{X: r.Rate, Y: t})
		}
	}
	return &plot.Chart{
		Title: title, X: plot.Axis{Label: "leads a second that come in"},
		Y: plot.Axis{Label: "latency of a message", Log: true, Format: plot.Seconds}, Lines: lines,
	}
}
