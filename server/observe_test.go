package server

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"go.yaml.in/yaml/v3"
	"google.golang.org/grpc/codes"

	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/access"
	"github.com/leadmatch/leadmatch/server/replica/memlog"
	"github.com/leadmatch/leadmatch/server/testcert"
)

// families are metrics by name.
type families map[string]*dto.MetricFamily

func (r *running) gather(t *testing.T) families {
	t.Helper()
	all, err := r.server.registry().Gather()
	if err != nil {
		t.Fatal(err)
	}
	out := families{}
	for _, f := range all {
		out[f.GetName()] = f
	}
	return out
}

// value returns the value, or the count, of the metric with the labels; -1 when there is none.
func (f families) value(name string, labels ...string) float64 {
	for _, m := range f[name].GetMetric() {
		fits := len(labels) == 2*len(m.GetLabel())
		for i := 0; i < len(labels); i += 2 {
			fits = fits && slices.ContainsFunc(m.GetLabel(), func(l *dto.LabelPair) bool {
				return l.GetName() == labels[i] && l.GetValue() == labels[i+1]
			})
		}
		if fits {
			return m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return -1
}

// used returns a server that has done a bit of everything, so that it has all metrics.
func used(t *testing.T) *running {
	t.Helper()
	strict := filepath.Join(t.TempDir(), "strict.json")
	if err := os.WriteFile(strict, []byte(`{"filters": ["label:type=partner"]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, Config{
		DataDir: t.TempDir(), HTTPListen: anyPort, DecisionLog: filepath.Join(t.TempDir(), "log"), ShadowPolicy: strict, ShadowShare: 1,
	})
	r.upsert(t, acme())
	r.match(t, acmeLead("x"))
	r.match(t, &leadmatchv1.Lead{Company: "Some Other Works", Address: &leadmatchv1.Address{City: "Bonn"}})
	r.request(t, "POST", "/v1/match", `{"lead":{"phone":"+1 415 392 0202"}}`)
	if _, err := r.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: make([]*leadmatchv1.Lead, 100)}); err != nil {
		t.Fatal(err)
	}
	_, err := r.GetAccount(t.Context(), &leadmatchv1.GetAccountRequest{Id: "none"})
	wantCode(t, err, codes.NotFound)
	wantCode(t, r.conn.Invoke(t.Context(), "/no/method", &leadmatchv1.MatchRequest{}, &leadmatchv1.MatchResponse{}), codes.PermissionDenied)
	cut := matcher.Outcome{Decision: matcher.Review, Retrieval: matcher.Retrieval{Cuts: []string{"candidates scored: 64", "deadline"}}}
	r.server.counters.leads.Count(&cut)
	cert, key := testcert.New(t).Issue(t, host)
	if r.server.certificates, err = openCertificates(cert, key, ""); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestMetrics compares what was done with what was counted.
func TestMetrics(t *testing.T) {
	r := used(t)
	all := r.gather(t)
	f := func(want float64, name string, labels ...string) {
		t.Helper()
		if got := all.value(name, labels...); got != want {
			t.Errorf("%s %q: %v, want %v", name, labels, got, want)
		}
	}
	f(3, "leadmatch_calls_total", "method", "MatchService/Match", "code", "OK")
	f(3, "leadmatch_call_duration_seconds", "method", "MatchService/Match")
	f(1, "leadmatch_calls_total", "method", "AccountService/GetAccount", "code", "NotFound")
	f(1, "leadmatch_calls_total", "method", "other", "code", "PermissionDenied")
	f(1, "leadmatch_refused_total", "why", "scope")
	f(0, "leadmatch_refused_total", "why", "busy_live")
	f(1, "leadmatch_http_answers_total", "code", "2xx")
	f(100, "leadmatch_decisions_total", "decision", "insufficient")
	f(1, "leadmatch_reasons_total", "reason", "unique_domain")
	f(1, "leadmatch_match_duration_seconds", "lead", "domain")
	f(1, "leadmatch_match_duration_seconds", "lead", "name_and_place")
	f(1, "leadmatch_match_duration_seconds", "lead", "phone")
	if n := all.value("leadmatch_match_duration_seconds", "lead", "nothing"); n < 100/timedEvery || n > 100/timedEvery+4 {
		t.Errorf("%v of 100 leads of a batch were timed", n)
	}
	f(3, "leadmatch_shadow_leads_total")
	f(103, "leadmatch_decision_log_total", "result", "written")
	f(1, "leadmatch_cuts_total", "cut", "candidates_scored")
	f(1, "leadmatch_store_commit_duration_seconds")
	f(1, "leadmatch_index_apply_duration_seconds")
	f(1, "leadmatch_index_accounts")
	f(1, "leadmatch_revision")
	f(1, "leadmatch_connections", "listener", "grpc")
	f(0, "leadmatch_calls_running", "kind", "live")
	f(1024, "leadmatch_calls_limit", "kind", "live")
	f(0, "leadmatch_pending_changes")
	f(0, "leadmatch_store_failed")
	f(1, "leadmatch_ready")
	for _, name := range []string{
		"leadmatch_store_bytes", "leadmatch_store_free_bytes", "leadmatch_index_bytes", "go_goroutines",
		"process_cpu_seconds_total", "leadmatch_certificate_expires_seconds",
	} {
		if all.value(name) <= 0 {
			t.Errorf("%s is %v", name, all.value(name))
		}
	}
	got := r.request(t, "GET", "/metrics", "")
	if got.code != http.StatusOK || !strings.Contains(got.body, "\nleadmatch_ready 1\n") {
		t.Errorf("%d %.200s", got.code, got.body)
	}
	labels := regexp.MustCompile(`(?m) \S+$`).ReplaceAllString(got.body, "") // a duration may be 0.000415
	for _, secret := range []string{"acme", "Some Other", "415"} {
		if strings.Contains(labels, secret) {
			t.Errorf("the metrics hold %q, which a caller has sent", secret)
		}
	}
}

// TestLookingInAsksForAdmin tries /metrics and pprof with tokens.
func TestLookingInAsksForAdmin(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tokens")
	r := start(t, Config{DataDir: t.TempDir(), HTTPListen: anyPort, Tokens: mustExist(t, file)})
	for _, s := range eachScope {
		token := grant(t, file, access.Grant{Name: "x", Scopes: s})
		if err := r.server.tokens.Reload(); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{"/metrics", "/debug/pprof/", "/debug/pprof/heap", "/debug/pprof/goroutine?debug=1"} {
			want := http.StatusForbidden
			if s == access.Admin {
				want = http.StatusOK
			}
			if got := r.request(t, "GET", path, "", "Authorization", "Bearer "+token); got.code != want {
				t.Errorf("%s with %v: %d %.100s", path, s, got.code, got.body)
			}
			if got := r.request(t, "GET", path, ""); got.code != http.StatusUnauthorized {
				t.Errorf("%s without a token: %d %.100s", path, got.code, got.body)
			}
		}
	}
}

func mustExist(t *testing.T, file string) string {
	t.Helper()
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// query is a question to Prometheus that a file asks, and the labels that its answer is shown with.
type query struct {
	where, text string
	shown       []string
}

var (
	metricName = regexp.MustCompile(`\b(?:leadmatch|go|process)_[a-z0-9_]+`)
	selector   = regexp.MustCompile(`([a-z0-9_]+)\{([^}]*)\}`)
	matching   = regexp.MustCompile(`([a-z]+)(=~|!~|!=|=)"([^"]*)"`)
	grouping   = regexp.MustCompile(`by \(([^)]*)\)`)
	shown      = regexp.MustCompile(`\{\{ *([a-z]+) *\}\}`)
)

// check holds a query to the metrics that there are, their labels, and those labels' values as far as they are all known.
func (q query) check(t *testing.T, all families) {
	t.Helper()
	names := metricName.FindAllString(q.text, -1)
	if len(names) == 0 && !strings.HasPrefix(q.text, "up{") {
		t.Errorf("%s asks for no metric: %s", q.where, q.text)
	}
	labels := map[string]bool{"instance": true, "job": true, "le": true} // Prometheus adds them
	for _, name := range names {
		for label := range all.labels(name) {
			labels[label] = true
		}
		if all.family(name) == nil {
			t.Errorf("%s asks for %s, which there is not", q.where, name)
		}
	}
	for _, s := range selector.FindAllStringSubmatch(q.text, -1) {
		for _, m := range matching.FindAllStringSubmatch(s[2], -1) {
			values := all.labels(s[1])[m[1]]
			if m[1] != "instance" && m[1] != "job" && len(values) == 0 {
				t.Errorf("%s: %s has no label %s", q.where, s[1], m[1])
			}
			if m[2] == "=" && len(values) > 0 && !values[m[3]] {
				t.Errorf("%s: %s never has %s", q.where, s[1], m[0])
			}
			if m[2] == "=~" && m[1] == "why" && !slices.ContainsFunc(strings.Split(m[3], "|"), func(v string) bool {
				re := regexp.MustCompile("^" + v + "$")
				for value := range values {
					if re.MatchString(value) {
						return true
					}
				}
				return false
			}) {
				t.Errorf("%s: %s never has %s", q.where, s[1], m[0])
			}
		}
	}
	for _, g := range grouping.FindAllStringSubmatch(q.text, -1) {
		q.shown = append(q.shown, strings.Split(g[1], ", ")...)
	}
	for _, label := range q.shown {
		if !labels[label] {
			t.Errorf("%s: there is no label %q in %s", q.where, label, q.text)
		}
	}
}

// family returns the metric that a query names; histograms have three names more.
func (f families) family(name string) *dto.MetricFamily {
	for _, suffix := range []string{"_bucket", "_sum", "_count"} {
		if base, ok := strings.CutSuffix(name, suffix); ok && f[base].GetType() == dto.MetricType_HISTOGRAM {
			return f[base]
		}
	}
	if f[name].GetType() == dto.MetricType_HISTOGRAM {
		return nil // nothing has the bare name
	}
	return f[name]
}

// labels returns a metric's labels with their values.
func (f families) labels(name string) map[string]map[string]bool {
	out := map[string]map[string]bool{}
	for _, m := range f.family(name).GetMetric() {
		for _, l := range m.GetLabel() {
			if out[l.GetName()] == nil {
				out[l.GetName()] = map[string]bool{}
			}
			out[l.GetName()][l.GetValue()] = true
		}
		for _, q := range m.GetSummary().GetQuantile() {
			if out["quantile"] == nil {
				out["quantile"] = map[string]bool{}
			}
			out["quantile"][fmt.Sprint(q.GetQuantile())] = true
		}
	}
	return out
}

// alerts returns the alert rules' queries. The file must have nothing that Prometheus does not know.
func alerts(t *testing.T) (out []query) {
	t.Helper()
	var file struct {
		Groups []struct {
			Name  string
			Rules []struct {
				Alert, Expr, For string
				Labels           struct{ Severity string }
				Annotations      struct{ Summary, Description string }
			}
		}
	}
	text, err := os.Open("observe/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	d := yaml.NewDecoder(text)
	d.KnownFields(true)
	if err := d.Decode(&file); err != nil {
		t.Fatal(err)
	}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			if r.Annotations.Summary == "" || r.Annotations.Description == "" || r.Labels.Severity != "page" && r.Labels.Severity != "ticket" {
				t.Errorf("%s does not say what to do: %+v", r.Alert, r)
			}
			out = append(out, query{where: r.Alert, text: r.Expr})
		}
	}
	return out
}

// panels returns the dashboard's queries.
func panels(t *testing.T) (out []query) {
	t.Helper()
	var board struct {
		Panels []struct {
			ID      int
			Type    string
			Title   string
			Targets []struct{ Expr, LegendFormat string }
		}
	}
	text, err := os.ReadFile("observe/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &board); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] || p.Title == "" || p.Type != "row" && len(p.Targets) == 0 {
			t.Errorf("panel %d, %q, has the id of another, no title or nothing to show", p.ID, p.Title)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			q := query{where: p.Title, text: target.Expr}
			for _, s := range shown.FindAllStringSubmatch(target.LegendFormat, -1) {
				q.shown = append(q.shown, s[1])
			}
			out = append(out, q)
		}
	}
	return out
}

// TestObserve holds the dashboard and the alerts to the metrics that there are, and has all of ours be shown somewhere.
func TestObserve(t *testing.T) {
	all := used(t).gather(t)
	for name, family := range startFollowing(t, memlog.New().User(), Config{}).gather(t) {
		if strings.HasPrefix(name, "leadmatch_log_") {
			all[name] = family
		}
	}
	queries := append(alerts(t), panels(t)...)
	if len(queries) < 40 {
		t.Fatalf("there are %d queries", len(queries))
	}
	text := ""
	for _, q := range queries {
		q.check(t, all)
		text += q.text + "\n"
	}
	for name := range all {
		if strings.HasPrefix(name, "leadmatch_") && !strings.Contains(text, name) && !unshown[name] {
			t.Errorf("%s is shown nowhere", name)
		}
	}
	manual, err := os.Open("OPERATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	defer manual.Close()
	told, err := io.ReadAll(manual)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range metricName.FindAllString(string(told), -1) {
		if all[name] == nil {
			t.Errorf("OPERATIONS.md tells of %s, which there is not", name)
		}
	}
}

// unshown are metrics to be asked for by who looks closer.
var unshown = map[string]bool{
	"leadmatch_info": true, "leadmatch_http_answers_total": true, "leadmatch_index_names": true,
	"leadmatch_index_domains": true, "leadmatch_index_load_duration_seconds": true,
}
