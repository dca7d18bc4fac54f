package page_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/leadmatch/leadmatch/client/eval"
	"github.com/leadmatch/leadmatch/client/eval/page"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// hostile is a name that is meant to become part of the page.
const hostile = `</title></style></svg><script>alert(1)</script><img src=x onerror="alert(2)">'"{{.}}`

// write returns the page as a browser reads it.
func write(t *testing.T, e *page.Evaluation) *html.Node {
	t.Helper()
	var b bytes.Buffer
	if err := page.Write(&b, e); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// all returns the elements of a name that have a class, or of whatever class.
func all(n *html.Node, name, class string) (found []*html.Node) {
	for e := range n.Descendants() {
		if e.Type == html.ElementNode && e.Data == name && (class == "" || attr(e, "class") == class) {
			found = append(found, e)
		}
	}
	return found
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

func text(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	}
	return strings.TrimSpace(b.String())
}

// random makes an evaluation of made-up leads and answers.
func random(seed uint64, n int) *page.Evaluation {
	r := rand.New(rand.NewPCG(seed, 0))
	pairs := make([]eval.Pair, n)
	for i := range pairs {
		p := r.Float64()
		pairs[i].Lead = &eval.Labelled{ID: strconv.Itoa(i), Labels: map[string]string{"kind": string(rune('a' + r.IntN(12)))}}
		if r.Float64() < .8 {
			pairs[i].Lead.Expected = "a"
		}
		a := &eval.Answer{Decision: "REVIEW", Probability: p, Together: p, Margin: 4, None: 1 - p, Reasons: []string{"EXACT_NAME"}}
		a.Candidates = []eval.Scored{{AccountID: "a", Probability: p}}
		if r.Float64() > p {
			a.Candidates[0].AccountID = "b"
		}
		if p > .8 {
			a.Decision, a.AccountID = eval.Matched, a.Candidates[0].AccountID
		}
		pairs[i].Answer = a
	}
	pairs[0].Answer = nil
	return &page.Evaluation{
		Source: "leads.csv", Report: eval.NewReport(pairs, "kind"), Pairs: pairs, Label: "kind",
		Policy: &leadmatchv1.Policy{RightPerWrong: 4, MinMarginBits: 1},
	}
}

// The page and the JSON report are of the same measurement, and say the same to the last digit.
func TestFiguresAreThoseOfTheJSONReport(t *testing.T) {
	e := random(1, 400)
	doc := write(t, e)
	encoded, err := json.Marshal(e.Report)
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Slices map[string]map[string]*float64 `json:"slices"`
	}
	if err := json.Unmarshal(encoded, &report); err != nil {
		t.Fatal(err)
	}
	tables := all(doc, "table", "slices")
	if len(tables) != 1 {
		t.Fatalf("%d tables of slices, want 1", len(tables))
	}
	var names []string
	for _, th := range all(all(tables[0], "thead", "")[0], "th", "")[1:] {
		names = append(names, text(th))
	}
	rows := all(tables[0], "tr", "slice")
	if len(rows) != len(report.Slices) || len(rows) != 13 {
		t.Errorf("%d slices on the page, %d in the report, want 13", len(rows), len(report.Slices))
	}
	for _, row := range rows {
		slice := text(all(row, "th", "")[0])
		figures := all(row, "data", "")
		if len(figures) != len(report.Slices[slice]) {
			t.Fatalf("slice %q has %d figures, want %d", slice, len(figures), len(report.Slices[slice]))
		}
		for i, d := range figures {
			checkFigure(t, slice+" "+names[i], d, report.Slices[slice][names[i]])
		}
	}
	checked := 0
	for _, d := range all(doc, "data", "") {
		if name := attr(d, "data-figure"); name != "" {
			checkFigure(t, "headline "+name, d, report.Slices["all"][name])
			checked++
		}
	}
	if checked != 6 {
		t.Errorf("%d headline figures are of the report, want 6", checked)
	}
}

func checkFigure(t *testing.T, what string, d *html.Node, want *float64) {
	t.Helper()
	value := attr(d, "value")
	if want == nil {
		if value != "" || text(d) != "–" {
			t.Errorf("%s is %q, shown as %q; want nothing, shown as –", what, value, text(d))
		}
		return
	}
	if got, err := strconv.ParseFloat(value, 64); err != nil || got != *want {
		t.Errorf("%s is %q, want %v", what, value, *want)
	}
	shown := strings.NewReplacer("\u00a0%", "", ",", "").Replace(text(d))
	got, err := strconv.ParseFloat(shown, 64)
	if strings.HasPrefix(shown, "<") || strings.HasPrefix(shown, ">") {
		return
	}
	if strings.HasSuffix(text(d), "%") {
		got /= 100
	}
	if err != nil || math.Abs(got-*want) > .00051 {
		t.Errorf("%s is shown as %q, want %v", what, text(d), *want)
	}
}

func evidence(level string, bits float64) *leadmatchv1.Evidence {
	return &leadmatchv1.Evidence{
		Kind: leadmatchv1.EvidenceKind_EVIDENCE_KIND_NAME, Level: level, Bits: bits, LeadValue: hostile, AccountValue: hostile,
		Source: leadmatchv1.Source_SOURCE_ALIAS,
	}
}

// hostileEvaluation has the hostile name wherever a stranger's text can come.
func hostileEvaluation() *page.Evaluation {
	truth := &eval.Labelled{
		ID: hostile, Expected: hostile, AmbiguousWith: []string{hostile}, Labels: map[string]string{hostile: hostile},
	}
	answer := &eval.Answer{Decision: eval.Matched, AccountID: "b", Probability: .9, Together: .9, Margin: 2, Reasons: []string{hostile}}
	answer.Candidates = []eval.Scored{{AccountID: "b", Probability: .9}, {AccountID: hostile, Probability: .05}}
	pairs := []eval.Pair{{Lead: truth, Answer: answer}}
	address := &leadmatchv1.Address{Country: hostile, Region: hostile, City: hostile, Postal: hostile, Street: hostile}
	outcome := &leadmatchv1.Outcome{
		Decision: leadmatchv1.Decision_DECISION_MATCHED, AccountId: "b", Probability: .9, MarginBits: 2,
		Reasons: []leadmatchv1.Reason{leadmatchv1.Reason_REASON_EXACT_NAME},
		Candidates: []*leadmatchv1.Candidate{
			{AccountId: "b", AccountName: "Beta\u202e", Probability: .9, Evidence: []*leadmatchv1.Evidence{evidence(hostile, -3), evidence("exact", 9)}},
			{AccountId: hostile, AccountName: hostile, Probability: .05, ExcludedBy: hostile, Evidence: []*leadmatchv1.Evidence{evidence("exact", 2)}},
		},
		Retrieval: &leadmatchv1.Retrieval{
			Keys: []*leadmatchv1.RetrievalKey{{Kind: hostile, Value: hostile, Accounts: 2}}, CandidatesSeen: 2, CandidatesScored: 2,
			Cuts: []string{hostile},
		},
	}
	account := &leadmatchv1.Account{
		Id: hostile, Name: hostile, Aliases: []string{hostile}, Domains: []string{hostile}, Phones: []string{hostile},
		Addresses: []*leadmatchv1.Address{address},
	}
	return &page.Evaluation{
		Source: hostile, Report: eval.NewReport(pairs, hostile), Pairs: pairs, Label: hostile,
		Policy:   &leadmatchv1.Policy{Name: hostile, RightPerWrong: 4, MinMarginBits: 1},
		Versions: &leadmatchv1.Versions{Revision: 7, Model: hostile, Normalizer: hostile},
		Mistakes: []page.Mistakes{{Title: "Assigned wrongly", Leads: []page.Explained{{
			Lead:  &leadmatchv1.Lead{Id: hostile, Company: hostile, Email: hostile, Website: hostile, Phone: hostile, Address: address},
			Truth: truth, Answer: answer, Outcome: outcome, Expected: account,
		}}}},
	}
}

func TestNamesStayText(t *testing.T) {
	doc := write(t, hostileEvaluation())
	shown := 0
	for n := range doc.Descendants() {
		switch {
		case n.Type == html.ElementNode:
			checkElement(t, n)
		case n.Type == html.TextNode:
			shown += strings.Count(n.Data, hostile)
			if strings.Contains(n.Data, "\u202e") {
				t.Errorf("%q turns the direction of text", n.Data)
			}
		}
	}
	if shown < 30 {
		t.Errorf("the hostile name is shown %d times, want 30 and more: once for each place that it was given for", shown)
	}
}

// checkElement wants nothing that runs, and nothing from elsewhere.
func checkElement(t *testing.T, n *html.Node) {
	t.Helper()
	switch n.Data {
	case "script", "img", "iframe", "object", "embed", "link", "base", "form", "use", "image", "foreignObject":
		t.Errorf("the page has a %s", n.Data)
	case "style":
		if css := text(n); strings.Contains(css, "url(") || strings.Contains(css, "@import") || len(css) < 1000 {
			t.Errorf("the style is not the page's own: %.60s …", css)
		}
	}
	for _, a := range n.Attr {
		outside := (a.Key == "href" || a.Key == "src") && !strings.HasPrefix(a.Val, "#")
		if strings.HasPrefix(a.Key, "on") || outside || strings.Contains(a.Val, "script>") {
			t.Errorf("a %s has %s=%q", n.Data, a.Key, a.Val)
		}
	}
}

// A picture has a name, a description and a table behind it; ids are there once.
func TestPicturesAreDescribed(t *testing.T) {
	doc := write(t, random(2, 400))
	ids := map[string]*html.Node{}
	for n := range doc.Descendants() {
		if id := attr(n, "id"); id != "" {
			if ids[id] != nil {
				t.Errorf("two elements have the id %q", id)
			}
			ids[id] = n
		}
	}
	pictures := 0
	for _, svg := range all(doc, "svg", "") {
		if attr(svg, "aria-hidden") == "true" {
			continue
		}
		pictures++
		for id := range strings.FieldsSeq(attr(svg, "aria-labelledby")) {
			if ids[id] == nil || text(ids[id]) == "" {
				t.Errorf("nothing is said at %q, which describes a picture", id)
			}
		}
		if attr(svg, "role") != "img" || len(strings.Fields(attr(svg, "aria-labelledby"))) != 2 {
			t.Error("a picture is without title and description")
		}
	}
	figures := all(doc, "figure", "")
	for _, f := range figures {
		if len(all(f, "table", "")) != 1 {
			t.Error("a picture has no table behind it")
		}
	}
	if pictures != 2 || len(figures) != 2 {
		t.Errorf("%d pictures in %d figures, want 2 in 2", pictures, len(figures))
	}
}

// What is drawn lies inside of its frame, whatever the figures are.
func TestPicturesStayInTheirFrames(t *testing.T) {
	drawn := 0
	for _, n := range []int{1, 2, 31, 2000} {
		doc := write(t, random(uint64(n), n))
		for _, svg := range all(doc, "svg", "") {
			box := strings.Fields(attr(svg, "viewbox") + attr(svg, "viewBox"))
			if len(box) != 4 {
				t.Fatalf("a picture has the view box %q", box)
			}
			width, height := number(t, box[2]), number(t, box[3])
			for _, c := range all(svg, "circle", "") {
				drawn++
				if x, y := number(t, attr(c, "cx")), number(t, attr(c, "cy")); x < 0 || x > width || y < 0 || y > height {
					t.Errorf("of %d leads: a dot at %v, %v of %v, %v", n, x, y, width, height)
				}
			}
			for _, label := range all(svg, "text", "tick x") {
				drawn++
				if x := number(t, attr(label, "x")); x < 0 || x > width-10 {
					t.Errorf("of %d leads: a label at %v of %v", n, x, width)
				}
			}
		}
	}
	if drawn < 60 {
		t.Errorf("only %d dots and labels were looked at", drawn)
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Error(err)
	}
	return v
}

func TestWaterfallGoesOnFromWhereItWas(t *testing.T) {
	doc := write(t, hostileEvaluation())
	rows := 0
	for _, bar := range all(doc, "svg", "bar") {
		rows++
		rect := all(bar, "rect", "")[0]
		if from, width := number(t, attr(rect, "x")), number(t, attr(rect, "width")); from < 0 || width < 0 || from+width > 200.1 {
			t.Errorf("a bar from %v, %v wide, on a scale of 200", from, width)
		}
	}
	// The first account's: -3, then +9 from there to +6, on a scale from -3 to 6.
	var got []string
	for _, rect := range all(doc, "rect", "")[1:4] {
		got = append(got, attr(rect, "class")+" "+attr(rect, "x")+" "+attr(rect, "width"))
	}
	if want := "loss 0 66.7, gain 0 200, gain 66.7 133.3"; strings.Join(got, ", ") != want || rows != 5 {
		t.Errorf("%d bars, the first ones %v; want 5 and %s", rows, got, want)
	}
}

// section returns the texts of the first table's body in a section, by row.
func section(t *testing.T, doc *html.Node, id string) (rows [][]string) {
	t.Helper()
	for _, s := range all(doc, "section", "") {
		if attr(s, "id") != id {
			continue
		}
		for _, tr := range all(all(all(s, "table", "")[0], "tbody", "")[0], "tr", "") {
			var row []string
			for cell := range tr.ChildNodes() {
				row = append(row, text(cell))
			}
			rows = append(rows, row)
		}
	}
	if len(rows) == 0 {
		t.Fatalf("section %s has no table", id)
	}
	return rows
}

func percent(v float64) string { return strconv.FormatFloat(100*v, 'f', 1, 64) + "\u00a0%" }

func TestTablesBehindThePictures(t *testing.T) {
	e := random(3, 500)
	doc := write(t, e)
	for i, row := range section(t, doc, "risk") {
		coverage := float64(i+1) / 10
		want := []string{percent(coverage), "–", "–"}
		for _, p := range slices.Backward(eval.Cutoffs(e.Pairs)) {
			if p.Coverage >= coverage-1e-9 {
				want = []string{percent(coverage), strconv.FormatFloat(p.Probability, 'f', 4, 64), percent(p.Wrong)}
			}
		}
		if !slices.Equal(row[:3], want) || len(row) != 2+9 {
			t.Errorf("got %q, want %q and a cell for each of eight more curves", row, want)
		}
	}
	bins := eval.Bins(e.Pairs)
	for i, row := range section(t, doc, "reliability") {
		if got, want := row[1]+" "+row[3], strconv.Itoa(bins[i].Leads)+" "+strconv.Itoa(bins[i].Right); got != want {
			t.Errorf("bin %d has %q leads and right ones, want %q", i, got, want)
		}
	}
	all, running := e.Report.Slices[0].Metrics, 0
	for _, row := range section(t, doc, "dial") {
		if !strings.HasSuffix(row[0], "(running)") {
			continue
		}
		running++
		got, want := []string{row[3], row[5], row[7]}, []string{percent(all.Assigned), percent(all.Wrong), percent(all.Recall)}
		if !slices.Equal(got, want) {
			t.Errorf("the running policy has %q, want %q", got, want)
		}
	}
	if running != 1 {
		t.Errorf("%d rows are of the running policy, want 1", running)
	}
	reasons := section(t, doc, "decisions")
	if d := eval.CountDecisions(e.Pairs); reasons[0][1] != "500" || reasons[0][2] != strconv.Itoa(d.Matched) {
		t.Errorf("all leads are %q, want 500 with %d MATCHED", reasons[0], d.Matched)
	}
}
