package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/bench/program"
	"github.com/leadmatch/leadmatch/bench/results"
)

// observeRounds is how often each way of being observed is measured, in turns.
const observeRounds = 12

// observed is a server that is observed in some way, and what was measured with it.
type observed struct {
	how       string
	uncounted bool     // built without counting
	scraped   bool     // its metrics are read once a second
	traces    []string // environment for traces, beside the collector's address; nil: none
	*measurement
	series
}

func ways() []*observed {
	sampled := func(share string) []string {
		return []string{"OTEL_TRACES_SAMPLER=parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG=" + share}
	}
	return []*observed{
		{how: "nothing is counted (built with the tag uncounted)", uncounted: true},
		{how: "metrics, as always"},
		{how: "metrics, read once a second", scraped: true},
		{how: "and one call in a hundred traced", scraped: true, traces: sampled("0.01")},
		{how: "and all calls traced", scraped: true, traces: sampled("1")},
	}
}

// observe measures what metrics and traces cost, and writes it down.
func observe(ctx context.Context, c config, dir string, w io.Writer) error {
	program.Say("building the programs")
	programs := map[bool]string{}
	for uncounted, flags := range map[bool][]string{false: nil, true: {"-tags", "uncounted"}} {
		folder := filepath.Join(dir, fmt.Sprint("uncounted-", uncounted))
		if err := os.Mkdir(folder, 0o700); err != nil {
			return err
		}
		built, err := local.Build(ctx, folder, flags...)
		if err != nil {
			return err
		}
		programs[uncounted] = built.Server
	}
	all := ways()
	if err := observeAll(ctx, c, dir, programs, all, observeRounds); err != nil {
		return err
	}
	return results.Report(w, c.results, "What observing costs", "make observe-cost", observeTable(c, all))
}

// observeAll starts a server for each way, of the programs by whether they are built without counting, and measures them in
// turns.
func observeAll(ctx context.Context, c config, dir string, programs map[bool]string, all []*observed, rounds int) error {
	collector, err := startCollector()
	if err != nil {
		return err
	}
	defer collector.server.Stop()
	if err := askAll(ctx, c, dir, collector.address, programs, all, rounds); err != nil {
		return err
	}
	if collector.exports.Load() == 0 { // now that the servers have ended and sent off the last
		return errors.New("no traces have come to the collector")
	}
	return nil
}

func askAll(ctx context.Context, c config, dir, collector string, programs map[bool]string, all []*observed, rounds int) (err error) {
	for i, o := range all {
		unset := setAll(o.environment(collector)) // a server gets this process's
		o.measurement, err = begin(ctx, c, programs[o.uncounted], filepath.Join(dir, fmt.Sprint("data-", i)))
		unset()
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, o.end()) }()
	}
	program.Say("measuring %d servers in turns", len(all))
	for round := range rounds {
		for i := range all {
			if err := all[(i+round)%len(all)].measure(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *observed) environment(collector string) []string {
	if o.traces == nil {
		return nil
	}
	return append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=http://" + collector}, o.traces...)
}

func setAll(environment []string) (unset func()) {
	for _, e := range environment {
		name, value, _ := strings.Cut(e, "=")
		os.Setenv(name, value)
	}
	return func() {
		for _, e := range environment {
			name, _, _ := strings.Cut(e, "=")
			os.Unsetenv(name)
		}
	}
}

// measure asks the server for a while, and reads its metrics meanwhile where that is its way.
func (o *observed) measure(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	scraping := make(chan error, 1)
	go func() {
		if !o.scraped {
			scraping <- nil
			return
		}
		scraping <- o.scrape(ctx)
	}()
	_, c, err := o.run(ctx, o.plan(usual, load.Unary, 1))
	stop()
	o.series = append(o.series, c)
	return errors.Join(err, <-scraping)
}

// scrape reads the metrics once a second until the context ends.
func (o *observed) scrape(ctx context.Context) error {
	for ctx.Err() == nil {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+o.server.Web+"/metrics", http.NoBody)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_, err = io.Copy(io.Discard, res.Body)
			res.Body.Close()
			if err == nil && res.StatusCode != http.StatusOK {
				return fmt.Errorf("the metrics cannot be read: %s", res.Status)
			}
		} else if ctx.Err() == nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

// collector is one of OpenTelemetry that takes traces and forgets them.
type collector struct {
	server  *grpc.Server
	address string
	exports atomic.Int64
}

func startCollector() (*collector, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &collector{address: listener.Addr().String()}
	c.server = grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, stream grpc.ServerStream) error {
		if err := stream.RecvMsg(&emptypb.Empty{}); err != nil { // fields that it does not know are skipped
			return err
		}
		c.exports.Add(1)
		return stream.SendMsg(&emptypb.Empty{})
	}))
	go func() { _ = c.server.Serve(listener) }()
	return c, nil
}

func observeTable(c config, all []*observed) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Unary Match on leadmatchds with %d made-up accounts each, that are observed in ways that add up; %d calls on their way, closed loop, %d rounds "+
		"of %v each, in turns. Leads: %s. Ratios are medians of the rounds' ratios to the first line; CPU is the server's, without the "+
		"collector of the traces, which has the same machine.\n\n", all[0].accounts, inFlight, observeRounds, c.span, load.Usual)
	b.WriteString("| observed by | Match/s | rate, of the first | µs of CPU a call | CPU, of the first |\n|---|--:|--:|--:|--:|\n")
	for _, o := range all {
		fmt.Fprintf(&b, "| %s | %.0f | %s | %.1f | %s |\n", o.how, o.perSecond(), percent(ratio(o.series, all[0].series, rate)),
			micros(o.cpu()), percent(ratio(o.series, all[0].series, cpu)))
	}
	return b.String()
}
