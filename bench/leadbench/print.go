package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/bench/plot"
)

// describe says what is about to be measured.
func describe(p *load.Plan) string {
	loop := "closed loop"
	if p.Rate > 0 {
		loop = fmt.Sprintf("%s leads/s, open loop", plot.Number(p.Rate))
	}
	text := fmt.Sprintf("%s, %s, %d in flight, %d connections", p.Mode, loop, p.InFlight, len(p.Clients))
	if p.Mode != load.Unary {
		text += fmt.Sprintf(", %d leads a message", p.Batch)
	}
	if p.Writes != nil {
		text += fmt.Sprintf(", %s accounts/s written %d at a time", plot.Number(p.Writes.Rate), p.Writes.Batch)
	}
	return fmt.Sprintf("%s: %v after %v of warm-up", text, p.Duration, p.WarmUp)
}

// print writes the results to w, and the picture.
func (f *flags) print(w io.Writer, results []*load.Result) error {
	if f.Plot != "" {
		svg, err := load.Chart("Latency by the rate of arrivals: "+string(f.Mode), results).SVG()
		if err == nil {
			err = os.WriteFile(f.Plot, svg, 0o644)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Plot, err)
		}
	}
	if f.Format == "json" {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(results)
	}
	return table(w, results)
}

// table writes the results for people: a row each, and below what else there is to say.
func table(w io.Writer, results []*load.Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "RATE\tLEADS/S\tMATCHED\tMEAN\tP50\tP90\tP99\tP99.9\tMAX\tFAILED\tUNSENT\t")
	for _, r := range results {
		rate := "closed"
		if r.Rate > 0 {
			rate = plot.Number(r.Rate)
		}
		fmt.Fprintf(t, "%s\t%.0f\t%s\t%s\t%d\t%d\t\n", rate, r.LeadsPerSecond, share(r.Matched, r.Leads), times(r.Latency),
			r.Failed(), r.Unsent)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, r := range results {
		notes(w, r)
	}
	return nil
}

// times are the columns of latencies.
func times(l load.Latency) string {
	text := ""
	for i, d := range []time.Duration{l.Mean, l.P50, l.P90, l.P99, l.P999, l.Max} {
		if i > 0 {
			text += "\t"
		}
		text += short(d)
	}
	return text
}

// short writes a time with three digits.
func short(d time.Duration) string {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		switch {
		case d >= 100*unit:
			return d.Round(unit).String()
		case d >= 10*unit:
			return d.Round(unit / 10).String()
		case d >= unit:
			return d.Round(unit / 100).String()
		}
	}
	return d.String()
}

func share(part, whole int) string {
	if whole == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f%%", 100*float64(part)/float64(whole))
}

// tooLate is when the tool itself, or the messages in flight that it may have, are what made messages wait.
const tooLate = .5

// notes says of a result what the table has no column for.
func notes(w io.Writer, r *load.Result) {
	name := ""
	if r.Rate > 0 {
		name = plot.Number(r.Rate) + ": "
	}
	for _, f := range r.Failures {
		fmt.Fprintf(w, "%sfailed with %s: %d, the first with %q\n", name, f.Code, f.Messages, f.Message)
	}
	if r.Refused > 0 {
		fmt.Fprintf(w, "%sleads that were refused: %d\n", name, r.Refused)
	}
	if r.Late != nil && r.Late.Count > 0 && float64(r.Late.P99) > tooLate*float64(r.Latency.P99) {
		fmt.Fprintf(w, "%smost of the latency is waiting to be sent (p99 %s): the server, --in-flight or this machine cannot keep up\n",
			name, short(r.Late.P99))
	}
	if r.Writes != nil {
		writeNotes(w, name, r.Writes)
	}
}

func writeNotes(w io.Writer, name string, r *load.WriteResult) {
	fmt.Fprintf(w, "%swrites: %.0f accounts/s acknowledged; a write took %s at the median, p99 %s, at most %s\n", name,
		r.AccountsPerSecond, short(r.Latency.P50), short(r.Latency.P99), short(r.Latency.Max))
	fmt.Fprintf(w, "%sof %d writes an account was looked for at acknowledgement: %d were not visible\n", name, r.Checked, r.NotVisible)
	if r.Missing != "" {
		fmt.Fprintf(w, "%snot visible: %s\n", name, r.Missing)
	}
	if r.Unsent > 0 {
		fmt.Fprintf(w, "%swrites that were due and never sent: %d\n", name, r.Unsent)
	}
	for _, f := range r.Failures {
		fmt.Fprintf(w, "%swrites failed with %s: %d, the first with %q\n", name, f.Code, f.Messages, f.Message)
	}
	for _, f := range r.Unchecked {
		fmt.Fprintf(w, "%slooking for what was written failed with %s: %d, the first with %q\n", name, f.Code, f.Messages, f.Message)
	}
}
