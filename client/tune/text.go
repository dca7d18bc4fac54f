package tune

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// WriteText writes what was tried, each part with its figures before and after and the verdict.
func (r *Result) WriteText(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "%d leads of %d companies, each answered by what was fitted to leads of other companies\n", r.Leads, r.Companies)
	for i := range r.Trials {
		r.Trials[i].write(b)
	}
	fmt.Fprintf(b, "\n%s\n", r.verdict())
	return b.Flush()
}

func (trial *Trial) write(w io.Writer) {
	fmt.Fprintf(w, "\n%-26s%9s%9s%9s   90 of 100\n", trial.Part, "before", "after", "change")
	for i := range trial.Measures {
		m := &trial.Measures[i]
		fmt.Fprintf(w, "  %-24s%9.4f%9.4f%+9.4f   %+.4f to %+.4f\n", m.Name, m.Before, m.After, m.After-m.Before, m.Low, m.High)
	}
	if len(trial.Against) == 0 {
		fmt.Fprintf(w, "  better, at right_per_wrong %.4g\n", trial.RightPerWrong)
		return
	}
	fmt.Fprintf(w, "  refused: %s\n", strings.Join(trial.Against, "; "))
}

func (r *Result) verdict() string {
	if r.Chosen == nil {
		return "Nothing is better than the policy in force on leads that it was not fitted to: no policy is written."
	}
	return fmt.Sprintf("Chosen: %s, fitted to all %d leads, right_per_wrong %.4g.", r.Chosen.Part, r.Leads, r.Chosen.RightPerWrong)
}
