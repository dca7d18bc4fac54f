package server

import (
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"google.golang.org/grpc/codes"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/metrics"
)

// registry returns all metrics of the server and its process.
func (s *Server) registry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), collector{s})
	return r
}

// collector makes metrics of what the server has counted and of what it holds.
type collector struct{ server *Server }

// Describe says nothing: which metrics there are depends on what has happened.
func (collector) Describe(chan<- *prometheus.Desc) {}

func (c collector) Collect(ch chan<- prometheus.Metric) {
	out := gathered{ch}
	c.calls(out)
	c.leads(out)
	c.beside(out)
	c.admission(out)
	c.files(out)
	ready := 0.0
	if b := c.server.opened.Load(); b != nil {
		ready = 1
		c.book(out, b)
		c.replica(out, b)
	}
	out.gauge("leadmatch_ready", "1 when the index is loaded and calls are answered.", ready)
}

func (c collector) calls(out gathered) {
	one := func(method string, m *metrics.Calls) {
		short := strings.TrimPrefix(method, "/leadmatch.v1.")
		m.Each(func(code codes.Code, n uint64) {
			out.counter("leadmatch_calls_total", "Calls that are over, by how they ended; those that were refused are among them.",
				float64(n), "method", short, "code", code.String())
		})
		if m.Durations.Count() > 0 {
			out.histogram("leadmatch_call_duration_seconds", "Time of calls that were let in, without reading and writing the network; "+
				"of streams, their whole life.", &m.Durations, "method", short)
		}
	}
	for method, m := range c.server.counters.calls {
		one(method, m)
	}
	one("other", &c.server.counters.other)
	for i := range c.server.counters.answers {
		if n := c.server.counters.answers[i].Load(); n > 0 {
			out.counter("leadmatch_http_answers_total", "Answers by HTTP, by the hundreds of their code.", float64(n),
				"code", string(rune('0'+i))+"xx")
		}
	}
}

func (c collector) leads(out gathered) {
	leads := &c.server.counters.leads
	for kind, name := range metrics.KindNames {
		out.histogram("leadmatch_match_duration_seconds", "What the engine took for a lead, by what the "+
			"lead can be told by; of bulk calls, one lead in 8 is timed.",
			&leads.Durations[kind], "lead", name)
	}
	for i := range leads.Decisions[1:] {
		out.counter("leadmatch_decisions_total", "Leads by decision.", float64(leads.Decisions[i+1].Load()),
			"decision", enumLabel(leadmatchv1.Decision(i+1).String(), "DECISION_"))
	}
	for i := range leads.DecidedBy[1:] {
		out.counter("leadmatch_decided_by_total", "Leads by what decided them.", float64(leads.DecidedBy[i+1].Load()),
			"by", enumLabel(leadmatchv1.DecidedBy(i+1).String(), "DECIDED_BY_"))
	}
	for i := range leads.Reasons[1:] {
		out.counter("leadmatch_reasons_total", "Reasons that leads' decisions had; a decision has several.", float64(leads.Reasons[i+1].Load()),
			"reason", enumLabel(leadmatchv1.Reason(i+1).String(), "REASON_"))
	}
	leads.EachCut(func(cut string, n uint64) {
		out.counter("leadmatch_cuts_total", "Searches that a bound has cut, by the bound.", float64(n), "cut", cut)
	})
}

// beside is what becomes of decisions beside their answers.
func (c collector) beside(out gathered) {
	if log := c.server.decisions; log != nil {
		n := log.Counts()
		const help = "Decisions for the decision log; those are dropped that the disk is too slow or too full for."
		out.counter("leadmatch_decision_log_total", help, float64(n.Written), "result", "written")
		out.counter("leadmatch_decision_log_total", help, float64(n.Dropped), "result", "dropped")
	}
	if shadow := c.server.shadow; shadow != nil {
		leads, flips := shadow.counts()
		out.counter("leadmatch_shadow_leads_total", "Leads that were decided under the shadow policy, too.", float64(leads))
		for f, n := range flips {
			out.counter("leadmatch_shadow_flips_total", "Leads that the shadow policy decides otherwise, by how, and by its first reason.",
				float64(n), "kind", f.Kind, "reason", f.Reason)
		}
	}
}

// enumLabel is an enum's name as a label.
func enumLabel(name, prefix string) string { return strings.ToLower(strings.TrimPrefix(name, prefix)) }

func (c collector) admission(out gathered) {
	s := c.server
	for k := outside; k < kinds; k++ {
		name := strings.TrimPrefix(whyNames[whyBusy+why(k)], "busy_")
		out.gauge("leadmatch_calls_running", "Calls under way.", float64(s.limits[k].running.Load()), "kind", name)
		out.gauge("leadmatch_calls_limit", "Calls that there may be at once.", float64(s.limits[k].most), "kind", name)
	}
	for w, name := range whyNames {
		if name != "" {
			out.counter("leadmatch_refused_total", "Calls, and connections, that were not let in, by why.",
				float64(s.counters.refused[w].Load()), "why", name)
		}
	}
	out.gauge("leadmatch_connections", "Open connections.", float64(s.connections.count()), "listener", "grpc")
	if s.web != nil {
		out.gauge("leadmatch_connections", "Open connections.", float64(s.web.connections.count()), "listener", "http")
	}
	out.gauge("leadmatch_connections_limit", "Connections that there may be at once, of each listener.", float64(s.cfg.MaxConnections))
}

func (c collector) files(out gathered) {
	for i, result := range []string{"ok", "failed"} {
		out.counter("leadmatch_reloads_total", "Times that certificates, tokens or the policy were read again.",
			float64(c.server.counters.reloads[i].Load()), "result", result)
	}
	if c.server.certificates != nil {
		out.gauge("leadmatch_certificate_expires_seconds", "When the server's certificate ends, in seconds since 1970.",
			float64(c.server.certificates.expires().Unix()))
	}
}

func (c collector) book(out gathered, b *book) {
	snap := b.index.Snapshot()
	stats, v := snap.Stats(), snap.Versions()
	out.gauge("leadmatch_info", "Versions; always 1.", 1, "version", Version(), "normalizer", v.Normalizer, "model", v.Model)
	out.gauge("leadmatch_revision", "The revision that matches are made at.", float64(v.Revision))
	out.gauge("leadmatch_policy_version", "The policy that matches are made by.", float64(v.Policy))
	out.gauge("leadmatch_pending_changes", "Changes that are stored and not yet visible.", float64(b.store.Pending()))

	out.gauge("leadmatch_index_accounts", "Accounts in the index.", float64(stats.Accounts))
	out.gauge("leadmatch_index_names", "Names and aliases in the index.", float64(stats.Names))
	out.gauge("leadmatch_index_domains", "Domains in the index.", float64(stats.Domains))
	out.gauge("leadmatch_index_overrides", "Overrides in force.", float64(stats.Overrides))
	out.gauge("leadmatch_index_segments", "Segments that the index is made of.", float64(stats.Segments))
	out.gauge("leadmatch_index_bytes", "Memory that the index takes.", float64(stats.Bytes))
	out.counter("leadmatch_index_rebuilds_total", "Times that the index was made anew, in the background.", float64(b.index.Rebuilds()))
	out.histogram("leadmatch_index_apply_duration_seconds", "Time that stored changes took to become visible.", &c.server.counters.applied)
	out.gauge("leadmatch_index_load_duration_seconds", "Time that loading the index took at start.", b.loadTime.Seconds())

	out.histogram("leadmatch_store_commit_duration_seconds", "Time that groups of changes took until they were on disk, synced.",
		&c.server.counters.commits)
	out.gauge("leadmatch_store_bytes", "Space that the store takes on disk.", float64(b.store.DiskBytes()))
	if free, err := b.store.FreeBytes(); err == nil {
		out.gauge("leadmatch_store_free_bytes", "Space that is free on the store's disk.", float64(free))
	}
	out.gauge("leadmatch_store_reserve_bytes", "Space that must stay free: with less, writes are refused.", float64(c.server.cfg.MinFreeBytes))
	failed := 0.0
	if b.store.Failed() {
		failed = 1
	}
	out.gauge("leadmatch_store_failed", "1 when the store takes no more writes until a restart.", failed)
}

// replica is how a server that follows a log does.
func (c collector) replica(out gathered, b *book) {
	if b.following == nil {
		return
	}
	s, reachable := b.following.Status(), 0.0
	if s.Reachable {
		reachable = 1
	}
	out.gauge("leadmatch_log_reachable", "1 while the log of changes can be reached; without it, writes are refused.", reachable)
	out.gauge("leadmatch_log_last", "The log's last change, as far as is known.", float64(s.Last))
	out.gauge("leadmatch_log_applied", "The last change of the log that is visible here.", float64(s.Applied))
	out.gauge("leadmatch_log_lag", "Changes of the log that are not visible here, as far as is known.", float64(s.Lag()))
	out.gauge("leadmatch_log_lag_limit", "Changes that there may be of these before health says that this server does not serve.",
		float64(c.server.cfg.LogMaxLag))
	out.gauge("leadmatch_log_behind_seconds", "For how long there has been something in the log that is not visible here.", s.Behind.Seconds())
	out.counter("leadmatch_log_reconnects_total", "Times that the log was read anew, after it could not be read.", float64(s.Reconnects))
	out.counter("leadmatch_log_publish_failures_total", "Changes that the log did not acknowledge.", float64(s.Failures))
}

// gathered takes metrics. Labels are pairs of names and values.
type gathered struct{ ch chan<- prometheus.Metric }

func (g gathered) gauge(name, help string, value float64, labels ...string) {
	g.one(prometheus.GaugeValue, name, help, value, labels)
}

func (g gathered) counter(name, help string, value float64, labels ...string) {
	g.one(prometheus.CounterValue, name, help, value, labels)
}

func (g gathered) one(kind prometheus.ValueType, name, help string, value float64, labels []string) {
	names, values := pairs(labels)
	g.ch <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, names, nil), kind, value, values...)
}

func (g gathered) histogram(name, help string, h *metrics.Histogram, labels ...string) {
	names, values := pairs(labels)
	g.ch <- h.Metric(prometheus.NewDesc(name, help, names, nil), values...)
}

func pairs(labels []string) (names, values []string) {
	for i := 0; i < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	return names, values
}
