package cluster

import (
	"context"
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// TestMinority parts one server of NATS from the others, each in turn, so that it is once the stream's leader. A leadmatchd that
// knows that one alone must not acknowledge anything, and the others must go on.
func TestMinority(t *testing.T) {
	f := newFleet(t)
	var alone [size]*replica
	for i := range size {
		alone[i] = f.add(f.ports[i : i+1])
		alone[i].start()
	}
	f.ready(f.replicas...)
	for i := range size {
		f.partNATS(i, cut, 0, 1, 2)
		other := alone[(i+1)%size].client
		f.written(other, 10*i)
		ctx, cancel := context.WithTimeout(t.Context(), 6*time.Second)
		if res, err := alone[i].client.UpsertAccounts(ctx, []*leadmatchv1.Account{account(10*i, 1)}); err == nil {
			t.Errorf("nats%d has no other and has acknowledged %v", i, res)
		}
		cancel()
		f.written(other, 10*i+1)
		f.stale(alone[i])
		f.partNATS(i, passes, 0, 1, 2)
		f.alike(t.Context(), 50)
	}
}

// stale waits until a replica says that it may not have all.
func (f *fleet) stale(r *replica) {
	f.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		s, err := r.client.Status(f.t.Context())
		if err == nil && s.GetReplica().GetStaleSince() != nil {
			return
		}
		if time.Now().After(until) {
			f.t.Fatalf("%s does not say that it may not have all: %v, %v", r.name, s.GetReplica(), err)
		}
	}
}

// written writes an account, until that is acknowledged.
func (f *fleet) written(c *client.Client, number int) {
	f.t.Helper()
	for until := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		_, err := c.UpsertAccounts(f.t.Context(), []*leadmatchv1.Account{account(number, 0)})
		if err == nil {
			return
		}
		if time.Now().After(until) {
			f.t.Fatalf("account %d is not acknowledged: %v", number, err)
		}
	}
}
