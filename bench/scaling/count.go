package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"

	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/bench/load"
	"github.com/leadmatch/leadmatch/bench/local"
	"github.com/leadmatch/leadmatch/client"
	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server"
)

const (
	seed        = 1
	smallBook   = 100_000
	bigBook     = 1_000_000
	countedOnes = 5_120 // leads by calls of one, and in streams of 128
)

// counted is what was counted, of made-up accounts and leads.
type counted struct {
	stream, unary          traffic // of a lead
	account                float64 // bytes of its message
	records, cells         float64 // of the index: bytes of records and cells of names an account
	wordsSmall, wordsLarge int     // distinct words of names, by book
}

// traffic is bytes on the wire, sent and received.
type traffic struct{ sent, received float64 }

func countBytes(ctx context.Context) (*counted, error) {
	c := &counted{}
	accounts, err := c.countAccounts()
	if err != nil {
		return nil, err
	}
	leads, err := load.Usual.Of(seed, corpus.New(seed, smallBook).Leads(countedOnes), countedOnes)
	if err != nil {
		return nil, err
	}
	return c, c.countLeads(ctx, accounts, load.Wire(leads))
}

// countAccounts builds two books, and returns the accounts of a tenth of the small one as they are sent.
func (c *counted) countAccounts() (sent []*leadmatchv1.Account, err error) {
	for _, n := range []int{smallBook, bigBook} {
		x := matcher.New(nil)
		defer x.Close()
		if err := x.Replace(1, corpus.New(seed, n).Accounts()); err != nil {
			return nil, err
		}
		st := x.Snapshot().Stats()
		c.wordsSmall, c.wordsLarge = c.wordsLarge, st.Words
		for _, p := range x.Snapshot().Parts() {
			switch p.Name {
			case "records":
				c.records = float64(p.Bytes) / float64(n)
			case "rows":
				c.cells = float64(p.Bytes) / cellBytes / float64(n)
			}
		}
	}
	for a, err := range corpus.New(seed, smallBook/10).Accounts() {
		if err != nil {
			return nil, err
		}
		m := load.WireAccount(a)
		c.account += float64(proto.Size(m)) / (smallBook / 10)
		sent = append(sent, m)
	}
	return sent, nil
}

// countLeads decides leads through a server of this process, one by one and in streams.
func (c *counted) countLeads(ctx context.Context, accounts []*leadmatchv1.Account, leads []*leadmatchv1.Lead) (err error) {
	dir, err := os.MkdirTemp("", "leadmatch-scaling-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	addr, stop, err := local.Here(server.Config{DataDir: dir, HTTPListen: server.Off})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	var meter meter
	conn, err := client.Dial(addr, &client.Options{DialOptions: []grpc.DialOption{grpc.WithStatsHandler(&meter)}})
	if err != nil {
		return err
	}
	defer conn.Close()
	for len(accounts) > 0 {
		n := min(1000, len(accounts))
		if _, err := conn.UpsertAccounts(ctx, accounts[:n]); err != nil {
			return err
		}
		accounts = accounts[n:]
	}
	meter.reset()
	for _, l := range leads {
		if _, err := conn.Match(ctx, l, nil); err != nil {
			return err
		}
	}
	c.unary = meter.per(len(leads))
	meter.reset()
	for _, err := range conn.MatchAll(ctx, func(yield func(*leadmatchv1.Lead, error) bool) {
		for _, l := range leads {
			if !yield(l, nil) {
				return
			}
		}
	}, nil) {
		if err != nil {
			return err
		}
	}
	c.stream = meter.per(len(leads))
	return nil
}

// meter counts the bytes of messages, with gRPC's framing.
type meter struct{ sent, received atomic.Int64 }

func (m *meter) reset() { m.sent.Store(0); m.received.Store(0) }

func (m *meter) per(n int) traffic {
	return traffic{float64(m.sent.Load()) / float64(n), float64(m.received.Load()) / float64(n)}
}

func (m *meter) HandleRPC(_ context.Context, s stats.RPCStats) {
	switch s := s.(type) {
	case *stats.OutPayload:
		m.sent.Add(int64(s.WireLength))
	case *stats.InPayload:
		m.received.Add(int64(s.WireLength))
	}
}

func (m *meter) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context   { return ctx }
func (m *meter) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }
func (m *meter) HandleConn(context.Context, stats.ConnStats)                       {}

// The rows of the section, by which they are also found again.
const (
	rowStreamSent     = "a lead over StreamMatch, 128 a message, sent"
	rowStreamReceived = "its outcome with up to five candidates, received"
	rowUnarySent      = "a lead over Match, sent"
	rowUnaryReceived  = "its outcome, received"
	rowAccount        = "an account, as a message"
	rowRecords        = "records of the index, an account"
	rowCells          = "cells of names in the index, an account"
)

func (c *counted) markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Counted, not timed: made-up accounts (%d for the index, %d in a server) and %d leads, %s.\n"+
		"Bytes of messages with gRPC's framing, without the heads of calls and what TCP and TLS add.\n\n| | bytes |\n|---|--:|\n",
		bigBook, smallBook/10, countedOnes, load.Usual)
	row := func(what string, value float64) { fmt.Fprintf(&b, "| %s | %.1f |\n", what, value) }
	row(rowStreamSent, c.stream.sent)
	row(rowStreamReceived, c.stream.received)
	row(rowUnarySent, c.unary.sent)
	row(rowUnaryReceived, c.unary.received)
	row(rowAccount, c.account)
	row(rowRecords, c.records)
	fmt.Fprintf(&b, "\n| | number |\n|---|--:|\n| %s | %.2f |\n| %s | %d |\n| %s | %d |\n", rowCells, c.cells,
		rowWords(smallBook), c.wordsSmall, rowWords(bigBook), c.wordsLarge)
	return b.String()
}

func rowWords(accounts int) string {
	return fmt.Sprintf("distinct words in the names of %d accounts", accounts)
}
