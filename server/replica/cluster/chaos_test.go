package cluster

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

var (
	chaosSeed = flag.Uint64("chaos.seed", 0, "seed of TestChaos; 0 is a random one")
	chaosTime = flag.Duration("chaos.time", 20*time.Second, "how long TestChaos writes, kills and parts")
)

const (
	chaosWriters = 3
	chaosReaders = 2
	chaosIDs     = 60 // of each writer
	chaosGone    = -1 // version of an account that is removed
)

// chaos is what the test knows.
type chaos struct {
	*fleet
	until        time.Time
	writers      [chaosWriters]chaosWriter
	acknowledged atomic.Uint64 // a revision that was
	acks         atomic.Int64
	refused      atomic.Int64
	answers      atomic.Int64

	mu   sync.Mutex // guards what follows
	seen map[string][sha256.Size]byte
	same int // answers that were given before, at the same revision to the same lead
}

// chaosWriter has accounts of its own, and waits for each of its writes.
type chaosWriter struct {
	sure  map[int]int          // number of the account to its version, as acknowledged
	maybe map[int]map[int]bool // versions that were asked for since, and not acknowledged
	next  int
}

// did notes what became of a change.
func (w *chaosWriter) did(change map[int]int, err error) {
	for number, version := range change {
		if err == nil {
			w.sure[number] = version
			delete(w.maybe, number)
			continue
		}
		if w.maybe[number] == nil {
			w.maybe[number] = map[int]bool{}
		}
		w.maybe[number][version] = true
	}
}

// write changes accounts by any replica, a batch at a time.
func (c *chaos) write(i int, random *rand.Rand) {
	w := &c.writers[i]
	for time.Now().Before(c.until) {
		change, gone := map[int]int{}, random.IntN(4) == 0
		var upsert []*leadmatchv1.Account
		var remove []string
		for range 1 + random.IntN(20) {
			number := i*chaosIDs + random.IntN(chaosIDs)
			if _, twice := change[number]; twice {
				continue
			}
			w.next++
			if change[number] = w.next; gone {
				change[number] = chaosGone
			}
			upsert = append(upsert, account(number, w.next))
			remove = append(remove, upsert[len(upsert)-1].GetId())
		}
		r := c.replicas[random.IntN(len(c.replicas))].client
		var revision uint64
		var err error
		if gone {
			var res *leadmatchv1.DeleteAccountsResponse
			res, err = r.DeleteAccounts(c.t.Context(), remove)
			revision = res.GetRevision()
		} else {
			var res *leadmatchv1.UpsertAccountsResponse
			res, err = r.UpsertAccounts(c.t.Context(), upsert)
			revision = res.GetRevision()
		}
		if w.did(change, err); err != nil {
			c.refused.Add(1)
			time.Sleep(20 * time.Millisecond)
			continue
		}
		c.acks.Add(1)
		c.acknowledged.Store(revision)
	}
}

// read asks any replica for an answer from a revision that was acknowledged.
func (c *chaos) read(random *rand.Rand) {
	for time.Now().Before(c.until) {
		least, number := c.acknowledged.Load(), random.IntN(chaosWriters*chaosIDs)
		r := c.replicas[random.IntN(len(c.replicas))].client
		got, err := r.Match(c.t.Context(), lead(number), &leadmatchv1.MatchOptions{MinRevision: least})
		if err != nil {
			time.Sleep(20 * time.Millisecond)
			continue
		}
		at := got.GetVersions().GetRevision()
		if at < least {
			c.t.Errorf("an answer is from revision %d; %d was asked for", at, least)
		}
		text, err := proto.MarshalOptions{Deterministic: true}.Marshal(got)
		if err != nil {
			c.t.Error(err)
		}
		c.answers.Add(1)
		c.mu.Lock()
		key, sum := fmt.Sprint(at, " ", number), sha256.Sum256(text)
		if before, seen := c.seen[key]; seen && before != sum {
			c.t.Errorf("at revision %d, two answers to lead %d differ", at, number)
		} else if seen {
			c.same++
		}
		c.seen[key] = sum
		c.mu.Unlock()
	}
}

// harm kills, stops and parts, and says what it did. Most of NATS is there again before the next.
func (c *chaos) harm(random *rand.Rand) map[string]int {
	did := map[string]int{}
	while := func() { time.Sleep(time.Duration(500+random.IntN(2500)) * time.Millisecond) }
	for time.Now().Before(c.until) {
		r, n := c.replicas[random.IntN(size)], c.nats[random.IntN(size)]
		switch kind := []string{"leadmatchd killed", "NATS killed", "NATS stands still", "parted", "hangs"}[random.IntN(5)]; kind {
		case "leadmatchd killed":
			did[kind]++
			r.signal(syscall.SIGKILL)
			while()
			r.start()
		case "NATS killed":
			did[kind]++
			n.signal(syscall.SIGKILL)
			while()
			n.start()
		case "NATS stands still":
			did[kind]++
			n.signal(syscall.SIGSTOP)
			while()
			n.signal(syscall.SIGCONT)
		default:
			did[kind]++
			r.part(map[string]passing{"parted": cut, "hangs": hangs}[kind])
			while()
			r.part(passes)
		}
		while()
	}
	return did
}

// check compares what is there with what was acknowledged.
func (c *chaos) check() {
	owners := map[string]string{}
	for a, err := range c.replicas[0].client.Accounts(c.t.Context()) {
		if err != nil {
			c.t.Fatal(err)
		}
		owners[a.GetId()] = a.GetOwnerId()
	}
	for _, w := range c.writers {
		for _, number := range slices.Sorted(maps.Keys(w.sure)) {
			fits := func(version int) bool {
				owner, there := owners[account(number, 0).GetId()]
				return version == chaosGone && !there || there && owner == account(number, version).GetOwnerId()
			}
			if !fits(w.sure[number]) && !slices.ContainsFunc(slices.Collect(maps.Keys(w.maybe[number])), fits) {
				c.t.Errorf("account %d is of %q; version %d was acknowledged", number, owners[account(number, 0).GetId()], w.sure[number])
			}
		}
	}
}

// TestChaos writes by all replicas at once, while leadmatchds and servers of NATS are killed, stand still, and are parted.
func TestChaos(t *testing.T) {
	seed := *chaosSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-chaos.seed %d", seed)
	c := &chaos{fleet: newFleet(t), seen: map[string][sha256.Size]byte{}}
	c.until = time.Now().Add(*chaosTime)
	var running sync.WaitGroup
	for i := range c.writers {
		c.writers[i] = chaosWriter{sure: map[int]int{}, maybe: map[int]map[int]bool{}}
		running.Go(func() { c.write(i, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	for i := range chaosReaders {
		running.Go(func() { c.read(rand.New(rand.NewPCG(seed, uint64(100+i)))) })
	}
	did := c.harm(rand.New(rand.NewPCG(seed, 200)))
	running.Wait()
	fresh := c.add(c.ports) // has nothing but the log
	fresh.start()
	c.ready(c.replicas...)
	c.alike(t.Context(), chaosWriters*chaosIDs)
	c.check()
	t.Logf("%v; %d writes acknowledged, %d not; %d answers, %d of them given before", did, c.acks.Load(), c.refused.Load(),
		c.answers.Load(), c.same)
	if len(did) == 0 || c.acks.Load() < 20 || c.answers.Load() < 20 {
		t.Error("that is too little to say anything")
	}
}
