package replica_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/leadmatch/leadmatch/server/replica"
	"github.com/leadmatch/leadmatch/server/replica/memlog"
	"github.com/leadmatch/leadmatch/server/store"
)

// walker changes accounts of its own by all replicas, and knows what they must be.
type walker struct {
	name   string
	random *rand.Rand
	sure   map[string]string          // id to owner, as acknowledged; "" is removed
	maybe  map[string]map[string]bool // what was not acknowledged since
	next   int
}

func (w *walker) step(t *testing.T, m *member) {
	var b store.Batch
	change := map[string]string{}
	for range 1 + w.random.IntN(6) {
		id := fmt.Sprintf("%s-%d", w.name, w.random.IntN(30))
		if _, twice := change[id]; twice {
			continue
		}
		if w.next++; w.random.IntN(4) == 0 {
			change[id], b.Delete = "", append(b.Delete, id)
		} else {
			change[id] = fmt.Sprint(w.next)
			b.Upsert = append(b.Upsert, account(id, change[id]))
		}
	}
	_, err := m.replica.Commit(t.Context(), &b)
	if err != nil && !errors.Is(err, replica.ErrLog) && !errors.Is(err, store.ErrUnsettled) {
		t.Error(err)
	}
	for id, owner := range change {
		if err == nil {
			w.sure[id] = owner
			delete(w.maybe, id)
			continue
		}
		if w.maybe[id] == nil {
			w.maybe[id] = map[string]bool{}
		}
		w.maybe[id][owner] = true
	}
}

func (w *walker) check(t *testing.T, owners map[string]string) {
	for _, id := range slices.Sorted(maps.Keys(w.sure)) {
		if got := owners[id]; got != w.sure[id] && !w.maybe[id][got] {
			t.Errorf("%s is %q; %q was acknowledged", id, got, w.sure[id])
		}
	}
}

// TestWalk changes accounts by several replicas at once, while these are parted from the log, slow, and started anew.
func TestWalk(t *testing.T) {
	seed := *walkSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-walk.seed %d", seed)
	log, s := memlog.New(), &states{seen: map[uint64]uint64{}}
	members, locks := make([]*member, 3), make([]sync.RWMutex, 3)
	for i := range members {
		members[i] = newMember(t, log, s)
		members[i].start()
		defer func() { members[i].stop() }()
	}
	until, running := time.Now().Add(*walkTime), sync.WaitGroup{}
	walkers := make([]*walker, 6)
	for i := range walkers {
		w := &walker{
			name: fmt.Sprintf("w%d", i), random: rand.New(rand.NewPCG(seed, uint64(i))),
			sure: map[string]string{}, maybe: map[string]map[string]bool{},
		}
		walkers[i] = w
		running.Go(func() {
			for time.Now().Before(until) {
				at := w.random.IntN(len(members))
				locks[at].RLock()
				w.step(t, members[at])
				locks[at].RUnlock()
			}
		})
	}
	random := rand.New(rand.NewPCG(seed, 100))
	for time.Now().Add(200 * time.Millisecond).Before(until) {
		at := random.IntN(len(members))
		m := members[at]
		switch random.IntN(3) {
		case 0:
			m.user.Part(true)
			time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
			m.user.Part(false)
		case 1:
			m.user.Slow(time.Duration(random.IntN(3)) * time.Millisecond)
			time.Sleep(time.Duration(random.IntN(100)) * time.Millisecond)
			m.user.Slow(0)
		case 2:
			locks[at].Lock()
			m.stop()
			m.start()
			locks[at].Unlock()
		}
	}
	members[0].user.Part(true)
	running.Wait()
	members[0].user.Part(false) // what it could not append arrives after all that was acknowledged
	owners := map[string]string{}
	for _, m := range members {
		m.reaches(log.User())
		if !bytes.Equal(members[0].backup(), m.backup()) {
			t.Error("the replicas do not hold the same")
		}
	}
	v, err := members[0].store.View()
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	for a := range v.Accounts("") {
		owners[a.GetId()] = a.GetOwnerId()
	}
	changes := 0
	for _, w := range walkers {
		w.check(t, owners)
		changes += w.next
	}
	fresh := newMember(t, log, s)
	fresh.start()
	defer fresh.stop()
	if !bytes.Equal(members[0].backup(), fresh.backup()) {
		t.Error("a new replica does not hold the same")
	}
	if s.again < 10 || changes < 100 {
		t.Errorf("%d changes, and %d states were seen by several: too few to say anything", changes, s.again)
	}
	t.Logf("%d changes, %d states, %d of them seen once more", changes, len(s.seen), s.again)
}
