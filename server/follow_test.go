package server

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	healthv1 "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/replica"
	"github.com/leadmatch/leadmatch/server/replica/memlog"
)

// startFollowing runs a server that follows a log.
func startFollowing(t *testing.T, user *memlog.User, cfg Config) *running {
	t.Helper()
	cfg.DataDir, cfg.Log = t.TempDir(), "nats://memory"
	cfg.openLog = func(context.Context, string) (replica.Log, error) { return user, nil }
	return start(t, cfg)
}

func matchAt(t *testing.T, r *running, revision uint64) (*leadmatchv1.MatchResponse, error) {
	t.Helper()
	return r.Match(t.Context(), &leadmatchv1.MatchRequest{
		Lead: acmeLead("x"), Options: &leadmatchv1.MatchOptions{MinRevision: revision},
	})
}

// TestFollow writes to one server and reads from another, which is then parted from the log.
func TestFollow(t *testing.T) {
	log := memlog.New()
	away := log.User()
	one := startFollowing(t, log.User(), Config{})
	two := startFollowing(t, away, Config{MaxWait: 50 * time.Millisecond})
	written := one.upsert(t, acme())
	got, err := matchAt(t, two, written)
	if err != nil || got.GetOutcome().GetAccountId() != "acme" || got.GetStaleSince() != nil {
		t.Fatalf("%v, %v; want acme, and nothing stale", got, err)
	}
	if same, err := matchAt(t, one, written); err != nil || !proto.Equal(same, got) {
		t.Errorf("%v, %v; want the same as from the other: %v", same, err, got)
	}

	away.Part(true)
	for begin := time.Now(); two.status(t).GetReplica().GetReachable(); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatal("a parted server does not notice")
		}
	}
	changed := acme()
	changed.OwnerId = "bugs"
	written = one.upsert(t, changed)
	_, err = two.UpsertAccounts(t.Context(), &leadmatchv1.UpsertAccountsRequest{Accounts: []*leadmatchv1.Account{acme()}})
	wantCode(t, err, codes.Unavailable)
	if got, err = matchAt(t, two, 0); err != nil || got.GetOutcome().GetOwnerId() != "wile" || got.GetStaleSince() == nil {
		t.Errorf("%v, %v; want what was there before, and since when it is stale", got, err)
	}
	batch, err := two.BatchMatch(t.Context(), &leadmatchv1.BatchMatchRequest{Leads: []*leadmatchv1.Lead{acmeLead("x")}})
	if err != nil || batch.GetStaleSince() == nil {
		t.Errorf("%v, %v; want since when it is stale", batch, err)
	}
	_, err = matchAt(t, two, written)
	wantCode(t, err, codes.FailedPrecondition)

	away.Part(false)
	two.server.book().maxWait = time.Minute
	if got, err = matchAt(t, two, written); err != nil || got.GetOutcome().GetOwnerId() != "bugs" {
		t.Errorf("%v, %v; want the change", got, err)
	}
}

func (r *running) status(t *testing.T) *leadmatchv1.GetStatusResponse {
	t.Helper()
	s, err := r.GetStatus(t.Context(), &leadmatchv1.GetStatusRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLagIsHealth makes a server read the log slowly: it must say that it does not serve until it has caught up.
func TestLagIsHealth(t *testing.T) {
	log := memlog.New()
	slow := log.User()
	one := startFollowing(t, log.User(), Config{})
	two := startFollowing(t, slow, Config{LogMaxLag: 10})
	slow.Slow(20 * time.Millisecond)
	for n := range 100 {
		a := acme()
		a.Id += fmt.Sprint(n)
		one.upsert(t, a)
	}
	seen := []healthv1.HealthCheckResponse_ServingStatus{}
	for begin := time.Now(); !slices.Equal(seen, []healthv1.HealthCheckResponse_ServingStatus{
		healthv1.HealthCheckResponse_NOT_SERVING, healthv1.HealthCheckResponse_SERVING,
	}); time.Sleep(time.Millisecond) {
		if time.Since(begin) > 20*time.Second {
			t.Fatalf("health was %v", seen)
		}
		h, err := two.Check(t.Context(), &healthv1.HealthCheckRequest{})
		if err != nil {
			t.Fatal(err)
		}
		if now := h.GetStatus(); len(seen) > 0 && now != seen[len(seen)-1] || len(seen) == 0 && now == healthv1.HealthCheckResponse_NOT_SERVING {
			seen = append(seen, now)
		}
		if len(seen) == 1 {
			slow.Slow(0)
		}
	}
}
