package server

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// made returns made-up accounts, as they come over the wire.
func made(n int) []*leadmatchv1.Account {
	out := make([]*leadmatchv1.Account, 0, n)
	for a := range corpus.New(1, n).Accounts() {
		out = append(out, wireAccount(a))
	}
	return out
}

func wireAccount(a *matcher.Account) *leadmatchv1.Account {
	out := &leadmatchv1.Account{
		Id: a.ID, Name: a.Name, Aliases: a.Aliases, Domains: a.Domains, Phones: a.Phones, ParentId: a.ParentID,
		OwnerId: a.OwnerID, Labels: a.Labels, Numbers: a.Numbers,
	}
	for _, p := range a.Addresses {
		out.Addresses = append(out.Addresses, &leadmatchv1.Address{
			Country: p.Country, Region: p.Region, City: p.City, Postal: p.Postal, Street: p.Street,
		})
	}
	return out
}

// BenchmarkImport imports accounts into an empty server, in batches as the client sends them.
func BenchmarkImport(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		all := made(n)
		b.Run(fmt.Sprintf("accounts=%d", n), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				r := start(b, Config{DataDir: b.TempDir()})
				b.StartTimer()
				stream, err := r.ImportAccounts(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				for i := 0; i < n; i += maxBatch {
					if err := stream.Send(&leadmatchv1.ImportAccountsRequest{Accounts: all[i : i+maxBatch]}); err != nil {
						b.Fatal(err)
					}
				}
				if _, err := stream.CloseAndRecv(); err != nil {
					b.Fatal(err)
				}
				b.StopTimer()
				if err := r.stop(); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "accounts/s")
		})
	}
}

// BenchmarkMatch asks over a pipe in memory: what a call costs beside the engine and the network.
func BenchmarkMatch(b *testing.B) {
	r := start(b, Config{DataDir: b.TempDir()})
	r.upsert(b, acme())
	b.Run("unary", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if _, err := r.Match(b.Context(), &leadmatchv1.MatchRequest{Lead: acmeLead("x")}); err != nil {
					b.Error(err)
				}
			}
		})
	})
	for _, n := range []int{64, 1_000} {
		leads := make([]*leadmatchv1.Lead, n)
		for i := range leads {
			leads[i] = acmeLead("x")
		}
		b.Run(fmt.Sprintf("stream/leads=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			stream, err := r.StreamMatch(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := stream.Send(&leadmatchv1.StreamMatchRequest{Leads: leads}); err != nil {
					b.Fatal(err)
				}
				if _, err := stream.Recv(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n*b.N)/b.Elapsed().Seconds(), "leads/s")
			if err := stream.CloseSend(); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// BenchmarkWebMatch asks over HTTP.
func BenchmarkWebMatch(b *testing.B) {
	r := start(b, Config{DataDir: b.TempDir(), HTTPListen: anyPort})
	r.upsert(b, acme())
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	defer transport.CloseIdleConnections()
	b.ReportAllocs()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			req, err := http.NewRequestWithContext(b.Context(), "POST", r.url("/v1/match"),
				strings.NewReader(`{"lead":{"id":"x","company":"Acme Rocket Works","email":"jo@acmerockets.com"}}`))
			if err != nil {
				b.Error(err)
				return
			}
			res, err := transport.RoundTrip(req)
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != 200 {
				b.Error(res.Status, err)
			}
			res.Body.Close()
		}
	})
}
