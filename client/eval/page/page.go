// Package page shows an evaluation as one HTML page that a person can read, print and pass on: it needs nothing from
// elsewhere. What it counts is counted by package eval; here it is only drawn.
//
// Names and ids come from strangers. They are shown as the text that they are: html/template escapes them, and
// characters that would turn the direction of what stands around them are replaced.
package page

import (
	_ "embed"
	"html/template"
	"io"

	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/rows"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Evaluation is what the page shows.
type Evaluation struct {
	Source   string // where the leads are from
	Report   eval.Report
	Pairs    []eval.Pair
	Label    string                // whose values get curves of their own; "" for none
	Policy   *leadmatchv1.Policy   // in effect, every default filled in
	Versions *leadmatchv1.Versions // that the first answer was made with; nil when there is none
	Mistakes []Mistakes
}

// Mistakes are those of one kind, the worst of them explained.
type Mistakes struct {
	Title string
	About string // a sentence or two on what they are, and in which order
	Total int    // leads with such a mistake
	Leads []Explained
}

// Explained is a lead that was decided wrongly, with the answer that explains why.
type Explained struct {
	Lead     *leadmatchv1.Lead
	Truth    *eval.Labelled
	Answer   *eval.Answer         // that was measured
	Outcome  *leadmatchv1.Outcome // the answer with evidence and retrieval, which was asked for later
	Expected *leadmatchv1.Account // nil when the server has none with the id, or none is expected
	Alike    int                  // further leads with the same mistake
}

//go:embed page.gohtml
var source string

//go:embed page.css
var style string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"share": share, "count": count, "words": words, "bits": bits, "clean": rows.Printable, "exact": exact, "part": part, "value": value,
}).Parse(source))

// Write writes the page. It is the same for the same evaluation.
func Write(w io.Writer, e *Evaluation) error { return page.Execute(w, newView(e)) }
