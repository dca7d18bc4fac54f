package decisionlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func jo(id string) *leadmatchv1.Lead {
	return &leadmatchv1.Lead{
		Id: id, Company: "Acme <Rockets>", Email: "jo.doe@acme.com", Website: "acme.com", Phone: "+1 415 392 0202",
		Address: &leadmatchv1.Address{Country: "US", City: "Oakland"},
	}
}

func matched(id string) *leadmatchv1.Outcome {
	return &leadmatchv1.Outcome{
		LeadId: id, Decision: leadmatchv1.Decision_DECISION_MATCHED, DecidedBy: leadmatchv1.DecidedBy_DECIDED_BY_MODEL,
		Reasons: []leadmatchv1.Reason{leadmatchv1.Reason_REASON_EXACT_NAME}, AccountId: "a1", Probability: .9,
		Versions: &leadmatchv1.Versions{Revision: 7, Policy: 2, Normalizer: "1", Model: "m"},
	}
}

func open(t *testing.T, o Options) *Log {
	t.Helper()
	if o.Leads == "" {
		o.Leads = ID
	}
	if o.Share == 0 {
		o.Share = 1
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = 1 << 30
	}
	if o.MaxAge == 0 {
		o.MaxAge = time.Hour
	}
	if o.Keep == 0 {
		o.Keep = 100
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	l, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *Log) add(n int) {
	for i := range n {
		id := fmt.Sprint("l", i)
		l.Add("Match", []*leadmatchv1.Lead{jo(id)}, []*leadmatchv1.Outcome{matched(id)})
	}
}

func closeLog(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestWhatIsWritten(t *testing.T) {
	const outcome = `"outcome":{"lead_id":"l0","decision":"MATCHED","decided_by":"MODEL","reasons":["EXACT_NAME"],"account_id":"a1",` +
		`"probability":0.9,"versions":{"revision":7,"policy":2,"normalizer":"1","model":"m"}}}` + "\n"
	f := func(leads Leads, want string) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "log", "decisions.jsonl")
		l := open(t, Options{Path: path, Leads: leads})
		l.add(1)
		closeLog(t, l)
		got := read(t, path)
		var line struct{ Time time.Time }
		if err := json.Unmarshal([]byte(got), &line); err != nil || time.Since(line.Time) > time.Minute {
			t.Errorf("time is %v, %v", line.Time, err)
		}
		if _, rest, _ := strings.Cut(got, `"method":"Match",`); rest != want+outcome {
			t.Errorf("%s: got\n%swant\n%s", leads, rest, want+outcome)
		}
	}
	f(ID, ``)
	f(Company, `"lead":{"id":"l0","company":"Acme \u003cRockets\u003e","email":"someone@acme.com","website":"acme.com","country":"US","city":"Oakland"},"cut":true,`)
	f(Whole, `"lead":{"id":"l0","company":"Acme \u003cRockets\u003e","email":"jo.doe@acme.com","website":"acme.com","phone":"+1 415 392 0202","country":"US","city":"Oakland"},`)
}

// What stands in the field of an e-mail address need not be one.
func TestNoPersonIsWritten(t *testing.T) {
	for email, want := range map[string]string{
		"jo@acme.com": "someone@acme.com", "jo": "", "jo@home@acme.com": "someone@acme.com", `"jo doe"@acme.com`: "someone@acme.com", "": "",
	} {
		got, cut := newLead(&leadmatchv1.Lead{Email: email}, Company)
		if got.Email != want || cut != (email != "") {
			t.Errorf("%q: got %q, %t; want %q", email, got.Email, cut, want)
		}
	}
}

func TestFilesRotate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decisions.jsonl")
	l := open(t, Options{Path: path, MaxBytes: 2000, Keep: 3})
	for range 10 {
		l.add(10)
		if err := l.write(); err != nil { // as run does
			t.Fatal(err)
		}
	}
	closeLog(t, l)
	ended, err := filepath.Glob(filepath.Join(filepath.Dir(path), "decisions-*.jsonl"))
	if err != nil || len(ended) != 3 {
		t.Fatalf("got %q, %v; want three files", ended, err)
	}
	for _, file := range append(ended, path) {
		text := read(t, file)
		if len(text) > 2300 || !strings.HasSuffix(text, "}\n") || !strings.HasPrefix(text, `{"time":`) {
			t.Errorf("%s: %d bytes, %.20q … %q", file, len(text), text, text[max(0, len(text)-20):])
		}
	}
	l = open(t, Options{Path: path, MaxAge: time.Nanosecond, Keep: 100})
	l.add(1)
	closeLog(t, l)
	if ended, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "decisions-*.jsonl")); len(ended) != 4 || strings.Count(read(t, path), "\n") != 1 {
		t.Errorf("an old file was gone on with: %q", ended)
	}
}

func TestLineThatACrashCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decisions.jsonl")
	if err := os.WriteFile(path, []byte("{\"time\":\"20"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, Options{Path: path})
	l.add(1)
	closeLog(t, l)
	if lines := strings.Split(read(t, path), "\n"); len(lines) != 3 || lines[0] != `{"time":"20` || !strings.HasPrefix(lines[1], `{"time":"`) {
		t.Errorf("got %q", lines)
	}
}

func TestShare(t *testing.T) {
	path := filepath.Join(t.TempDir(), "decisions.jsonl")
	l := open(t, Options{Path: path, Share: .2})
	l.add(5000)
	closeLog(t, l)
	if n := strings.Count(read(t, path), "\n"); n < 800 || n > 1200 || l.Counts() != (Counts{Written: uint64(n)}) {
		t.Errorf("%d of 5,000 were written, counted %+v", n, l.Counts())
	}
}

// TestNothingWaitsForTheDisk adds more than may be waiting while nothing is written, and then lets the disk fail.
func TestNothingWaitsForTheDisk(t *testing.T) {
	var said bytes.Buffer
	l := &Log{opts: Options{Leads: ID, Share: 1, Log: slog.New(slog.NewTextHandler(&said, nil))}, wake: make(chan struct{}, 1), closing: make(chan struct{}), finished: make(chan struct{})}
	const n = 80_000
	var adding sync.WaitGroup
	for range 4 {
		adding.Go(func() { l.add(n / 4) })
	}
	adding.Wait()
	c := l.Counts()
	if c.Dropped == 0 || c.Written+c.Dropped != n || len(l.waiting) > maxWaiting {
		t.Errorf("got %+v and %d bytes", c, len(l.waiting))
	}
	l.file = &file{path: filepath.Join(t.TempDir(), "a-file", "decisions.jsonl"), maxBytes: 1 << 20, maxAge: time.Hour}
	if err := os.WriteFile(filepath.Dir(l.file.path), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	go l.run()
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if c = l.Counts(); c != (Counts{Dropped: n}) || !strings.Contains(said.String(), fmt.Sprintf("dropped=%d", n)) {
		t.Errorf("got %+v, said %s", c, said.String())
	}
}

func TestFilesThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open(Options{Path: dir, Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("a folder was taken for a file")
	}
	if _, err := ParseLeads("names"); err == nil || !strings.Contains(err.Error(), "expected id, company or whole") {
		t.Errorf("got %v", err)
	}
}

func BenchmarkAdd(b *testing.B) {
	l, err := Open(Options{Path: filepath.Join(b.TempDir(), "d.jsonl"), Leads: Company, Share: 1, MaxBytes: 1 << 30, MaxAge: time.Hour, Keep: 1, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	leads, outcomes := []*leadmatchv1.Lead{jo("l")}, []*leadmatchv1.Outcome{matched("l")}
	b.ReportAllocs()
	for b.Loop() {
		l.Add("Match", leads, outcomes)
	}
	if err := l.Close(); err != nil {
		b.Fatal(err)
	}
}
