package decisionlog

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

var inTurn = []leadmatchv1.Decision{
	leadmatchv1.Decision_DECISION_MATCHED, leadmatchv1.Decision_DECISION_REVIEW, leadmatchv1.Decision_DECISION_NO_MATCH,
}

// logged writes decisions about the leads from l<from> to l<to-1>, each decision in turn, and opens the log again.
func logged(t *testing.T, o Options, from, to int) *Log {
	t.Helper()
	l := open(t, o)
	for i := from; i < to; i++ {
		id := fmt.Sprint("l", i)
		outcome := matched(id)
		outcome.Decision = inTurn[i%len(inTurn)]
		l.Add("Match", []*leadmatchv1.Lead{jo(id)}, []*leadmatchv1.Outcome{outcome})
	}
	closeLog(t, l)
	l = open(t, o)
	t.Cleanup(func() { closeLog(t, l) })
	return l
}

// readAll reads to the end, a page at a time, and returns the ids.
func readAll(t *testing.T, l *Log, q Query, between func(page int)) (ids []string) {
	t.Helper()
	for page := 0; ; page++ {
		found, next, err := l.Read(q)
		if err != nil || len(found) > q.Most {
			t.Fatal(len(found), err)
		}
		for _, d := range found {
			ids = append(ids, d.GetOutcome().GetLeadId())
		}
		if next == (Place{}) {
			return ids
		}
		again, ok := ParsePlace(next.String())
		if !ok || again != next {
			t.Fatalf("%v is read as %v", next, again)
		}
		q.From = next
		between(page)
	}
}

func wantDown(t *testing.T, ids []string, last, step int) {
	t.Helper()
	for i, id := range ids {
		if id != fmt.Sprint("l", last-i*step) {
			t.Fatalf("at %d stands %s, want l%d", i, id, last-i*step)
		}
	}
}

// TestRead reads a log of several files in pages of several sizes.
func TestRead(t *testing.T) {
	o := Options{Path: filepath.Join(t.TempDir(), "d.jsonl"), MaxBytes: 50_000, Leads: Whole}
	l := logged(t, o, 0, 1000)
	if ended, err := l.file.ended(); err != nil || len(ended) < 5 {
		t.Fatal(ended, err)
	}
	for _, most := range []int{1, 7, 999, 2000} {
		ids := readAll(t, l, Query{Most: most}, func(int) {})
		if len(ids) != 1000 {
			t.Fatalf("%d decisions in pages of %d", len(ids), most)
		}
		wantDown(t, ids, 999, 1)
	}
	ids := readAll(t, l, Query{Most: 50, Decisions: inTurn[1:2]}, func(int) {})
	if len(ids) != 333 {
		t.Fatalf("%d in REVIEW", len(ids))
	}
	wantDown(t, ids, 997, 3)
	if n := len(readAll(t, l, Query{Most: 50, Decisions: inTurn[1:]}, func(int) {})); n != 666 {
		t.Fatalf("%d of two kinds", n)
	}
}

// TestReadWhileFilesEnd goes on in files that have got other names, and ends where they are deleted.
func TestReadWhileFilesEnd(t *testing.T) {
	o := Options{Path: filepath.Join(t.TempDir(), "d.jsonl"), MaxBytes: 20_000}
	l := logged(t, o, 0, 300)
	ids := readAll(t, l, Query{Most: 20}, func(page int) {
		if page == 1 {
			logged(t, o, 300, 600)
		}
	})
	if len(ids) != 300 {
		t.Fatalf("%d decisions", len(ids))
	}
	wantDown(t, ids, 299, 1)
	ids = readAll(t, l, Query{Most: 20}, func(page int) {
		if page == 1 {
			ended, err := l.file.ended()
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range ended {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
	if len(ids) < 40 || len(ids) >= 600 {
		t.Fatalf("%d decisions of a log of which all but the last file were deleted", len(ids))
	}
	wantDown(t, ids, 599, 1)
}

// TestReadGivesBackWhatWasWritten compares messages, as far as the log has them.
func TestReadGivesBackWhatWasWritten(t *testing.T) {
	f := func(leads Leads, lead *leadmatchv1.Lead, cut bool) {
		t.Helper()
		o := Options{Path: filepath.Join(t.TempDir(), "d.jsonl"), Leads: leads}
		l := logged(t, o, 0, 1)
		found, _, err := l.Read(Query{Most: 1})
		if err != nil || len(found) != 1 {
			t.Fatal(found, err)
		}
		d := found[0]
		if !proto.Equal(d.GetOutcome(), matched("l0")) || !proto.Equal(d.GetLead(), lead) || d.GetCut() != cut || d.GetMethod() != "Match" || d.GetTime() == nil {
			t.Errorf("%s: %v", leads, d)
		}
	}
	company := jo("l0")
	company.Email, company.Phone = "someone@acme.com", ""
	f(ID, nil, false)
	f(Company, company, true)
	f(Whole, jo("l0"), false)
}

// TestReadLeavesOutStrangeLines has lines in the file that nothing here writes, and texts that look like what is looked for.
func TestReadLeavesOutStrangeLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.jsonl")
	line := func(id, company, decision, rest string) string {
		return fmt.Sprintf(`{"time":"2026-01-02T03:04:05Z","method":"Match","lead":{"company":%q},"outcome":{"lead_id":%q,"decision":%q,"versions":{}}%s}`+"\n", company, id, decision, rest)
	}
	text := line("first", "", "REVIEW", "") +
		"\n\nnonsense\n{}\n[1]\n" + line("none", "", "", "") +
		strings.Repeat("long ", maxLine/3) + "\n" +
		line("company", `"decision":"REVIEW"`, "MATCHED", "") +
		line("shadow", "", "MATCHED", `,"shadow":{"decision":"REVIEW"}`) +
		line("huge", strings.Repeat("x", 2*maxLine), "REVIEW", "") +
		line("last", "", "REVIEW", "") +
		`{"outcome":{"lead_id":"unfinished","decision":"REVIEW"}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &Log{opts: Options{Path: path}, file: &file{path: path}} // Open would end the line
	if ids := strings.Join(readAll(t, l, Query{Most: 9, Decisions: inTurn[1:2]}, func(int) {}), " "); ids != "last first" {
		t.Errorf("REVIEW: %s", ids)
	}
	if ids := strings.Join(readAll(t, l, Query{Most: 1}, func(int) {}), " "); ids != "last shadow company first" {
		t.Errorf("all: %s", ids)
	}
}

// TestReadIsBounded looks for what is not there in a log that is longer than a reading.
func TestReadIsBounded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "d.jsonl")
	line := fmt.Sprintf(`{"time":"2026-01-02T03:04:05Z","method":"Match","lead":{"company":%q},"outcome":{"decision":"MATCHED"}}`+"\n", strings.Repeat("x", 1000))
	if err := os.WriteFile(path, []byte(strings.Repeat(line, 2*maxRead/len(line)+100)), 0o600); err != nil {
		t.Fatal(err)
	}
	l := &Log{opts: Options{Path: path}, file: &file{path: path}}
	pages := 0
	if ids := readAll(t, l, Query{Most: 9, Decisions: inTurn[1:2]}, func(int) { pages++ }); len(ids) != 0 || pages != 2 {
		t.Errorf("%d found on %d pages", len(ids), pages)
	}
	found, next, err := l.Read(Query{Most: 1 << 20})
	if err != nil || next == (Place{}) || len(found)*len(line) < maxFound || len(found)*len(line) > maxFound+len(line) {
		t.Errorf("%d found of %d bytes each, %v", len(found), len(line), err)
	}
}

func TestParsePlace(t *testing.T) {
	for _, text := range []string{"", "123456789012345", "12345678901234567", "12345678\xff2345678"} {
		if p, ok := ParsePlace(text); ok {
			t.Errorf("%q is %v", text, p)
		}
	}
	l := logged(t, Options{Path: filepath.Join(t.TempDir(), "d.jsonl")}, 0, 10)
	_, next, err := l.Read(Query{Most: 5})
	if err != nil {
		t.Fatal(err)
	}
	for before, want := range map[int64]int{1 << 62: 10, 0: 0, 1: 0, next.before - 1: 4} {
		next.before = before
		if n := len(readAll(t, l, Query{Most: 3, From: next}, func(int) {})); n != want {
			t.Errorf("%d decisions before byte %d, want %d", n, before, want)
		}
	}
}
