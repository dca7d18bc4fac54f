package cluster

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
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
	chaosRound     = 40 * time.Second // after which all is compared
	chaosWriters   = 3
	chaosReaders   = 2
	chaosIDs       = 1000 // accounts of each writer: few are written twice in a round, so that what is lost is not hidden
	chaosSample    = 400  // leads that are compared
	chaosAccounts  = chaosWriters * chaosIDs
	chaosOverrides = 20
)

func accountKey(number int) string  { return fmt.Sprint("account ", number) }
func overrideKey(number int) string { return fmt.Sprintf("override forced-%d.com", number) }

// chaos is what the test knows.
type chaos struct {
	*fleet
	*ledger
	until        time.Time     // of the round
	versions     atomic.Int64  // of all that is written
	acknowledged atomic.Uint64 // a revision that was
	answers      atomic.Int64

	mu       sync.Mutex // guards what follows
	seen     map[string][sha256.Size]byte
	same     int               // answers that were given before, at the same revision to the same lead
	policies map[uint64]string // by version, as acknowledged
	ids      map[string]string // of overrides, by key
	acks     map[string]int    // by kind
	fails    map[string]int
	harms    map[string]int
}

// any returns a client of any of the replicas.
func (c *chaos) any(random *rand.Rand) *replica { return c.replicas[random.IntN(size)] }

// patience returns a deadline, mostly before a server that stands still goes on.
func (c *chaos) patience(random *rand.Rand) (context.Context, context.CancelFunc) {
	return context.WithTimeout(c.t.Context(), time.Duration(1000+random.IntN(4000))*time.Millisecond)
}

// count notes how a write of a kind went, and waits a moment when it failed.
func (c *chaos) count(kind string, revision uint64, err error) {
	c.mu.Lock()
	if err == nil {
		c.acks[kind]++
	} else {
		c.fails[kind]++
	}
	c.mu.Unlock()
	if err == nil {
		c.acknowledged.Store(revision)
	} else {
		time.Sleep(20 * time.Millisecond)
	}
}

// write changes accounts, a batch at a time. Each writer has its own. What failed is often written again at once, by another
// replica, as people do: what got stuck must not come back over it.
func (c *chaos) write(i int, random *rand.Rand) {
	var failed []int
	for time.Now().Before(c.until) {
		numbers := failed
		if failed = nil; len(numbers) == 0 || random.IntN(4) == 0 {
			numbers = nil
			for range 1 + random.IntN(20) {
				numbers = append(numbers, i*chaosIDs+random.IntN(chaosIDs))
			}
			slices.Sort(numbers)
			numbers = slices.Compact(numbers)
		}
		var err error
		if random.IntN(4) == 0 {
			err = c.remove(numbers, random)
		} else {
			err = c.upsert(numbers, random)
		}
		if err != nil {
			failed = numbers
		}
	}
}

func (c *chaos) upsert(numbers []int, random *rand.Rand) error {
	change := map[string]string{}
	var upsert []*leadmatchv1.Account
	for _, number := range numbers {
		a := account(number, int(c.versions.Add(1)))
		upsert, change[accountKey(number)] = append(upsert, a), a.GetOwnerId()
	}
	ctx, cancel := c.patience(random)
	defer cancel()
	begin := time.Now()
	res, err := c.any(random).client.UpsertAccounts(ctx, upsert)
	c.did(change, begin, res.GetRevision(), err)
	c.count("accounts", res.GetRevision(), err)
	return err
}

func (c *chaos) remove(numbers []int, random *rand.Rand) error {
	change := map[string]string{}
	var ids []string
	for _, number := range numbers {
		ids, change[accountKey(number)] = append(ids, account(number, 0).GetId()), gone
	}
	ctx, cancel := c.patience(random)
	defer cancel()
	begin := time.Now()
	res, err := c.any(random).client.DeleteAccounts(ctx, ids)
	c.did(change, begin, res.GetRevision(), err)
	c.count("removals", res.GetRevision(), err)
	return err
}

// replace replaces all accounts by some, now and then.
func (c *chaos) replace(random *rand.Rand) {
	for time.Now().Before(c.until) {
		version, all := int(c.versions.Add(1)), map[string]string{}
		var set []*leadmatchv1.Account
		for number := range chaosAccounts {
			if random.IntN(4) > 0 {
				set = append(set, account(number, version))
				all[accountKey(number)] = account(number, version).GetOwnerId()
			}
		}
		begin := time.Now()
		ctx, cancel := c.patience(random)
		res, err := c.any(random).client.ReplaceAccounts(ctx, func(yield func(*leadmatchv1.Account, error) bool) {
			for _, a := range set {
				if !yield(a, nil) {
					return
				}
			}
		})
		cancel()
		c.replaced(all, begin, res.GetRevision(), err)
		c.count("replacements", res.GetRevision(), err)
		pause(random, 1000, 10000)
	}
}

// override forces domains to accounts, and lets them go again.
func (c *chaos) override(random *rand.Rand) {
	for time.Now().Before(c.until) {
		number, by := random.IntN(chaosOverrides), c.any(random).client
		key, value := overrideKey(number), gone
		c.mu.Lock()
		id := c.ids[key]
		c.mu.Unlock()
		begin, revision, err := time.Now(), uint64(0), error(nil)
		ctx, cancel := c.patience(random)
		if id != "" && random.IntN(3) == 0 {
			var res *leadmatchv1.DeleteOverrideResponse
			res, err = by.DeleteOverride(ctx, id)
			revision = res.GetRevision()
		} else {
			value = fmt.Sprint("n", c.versions.Add(1))
			var res *leadmatchv1.SetOverrideResponse
			res, err = by.SetOverride(ctx, &leadmatchv1.Override{
				Action: leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORCE, AccountId: account(random.IntN(chaosAccounts), 0).GetId(),
				Domain: fmt.Sprintf("forced-%d.com", number), Note: value,
			})
			if revision = res.GetRevision(); err == nil {
				c.mu.Lock()
				c.ids[key] = res.GetOverride().GetId()
				c.mu.Unlock()
			}
		}
		cancel()
		c.did(map[string]string{key: value}, begin, revision, err)
		c.count("overrides", revision, err)
		pause(random, 0, 100)
	}
}

// policy sets policies, half of them in place of a certain one. No two may get the same version.
func (c *chaos) policy(random *rand.Rand) {
	for time.Now().Before(c.until) {
		n := c.versions.Add(1)
		req := &leadmatchv1.SetPolicyRequest{Policy: &leadmatchv1.Policy{Name: fmt.Sprint("p", n), RightPerWrong: float64(1 + n%500)}}
		ctx, cancel := c.patience(random)
		if random.IntN(2) == 0 {
			now, err := c.any(random).client.Policy(ctx)
			if err != nil {
				cancel()
				continue
			}
			req.ExpectedVersion = now.GetVersion()
		}
		begin := time.Now()
		res, err := c.any(random).client.SetPolicy(ctx, req)
		cancel()
		c.did(map[string]string{"policy": req.Policy.Name}, begin, res.GetRevision(), err)
		c.count("policies", res.GetRevision(), err)
		if err == nil {
			c.mu.Lock()
			if other, twice := c.policies[res.GetVersion()]; twice {
				c.t.Errorf("version %d of the policy is %s and %s", res.GetVersion(), other, req.Policy.Name)
			}
			c.policies[res.GetVersion()] = req.Policy.Name
			c.mu.Unlock()
		}
		pause(random, 0, 200)
	}
}

// read asks any replica for an answer from a revision that was acknowledged.
func (c *chaos) read(random *rand.Rand) {
	for time.Now().Before(c.until) {
		least, number := c.acknowledged.Load(), random.IntN(chaosSample+chaosOverrides)
		asked := lead(number)
		if number >= chaosSample {
			asked = &leadmatchv1.Lead{Website: fmt.Sprintf("forced-%d.com", number-chaosSample)}
		}
		ctx, cancel := c.patience(random)
		got, err := c.any(random).client.Match(ctx, asked, &leadmatchv1.MatchOptions{MinRevision: least})
		cancel()
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

// check compares what is there with what was acknowledged.
func (c *chaos) check() {
	ctx, there := c.t.Context(), map[string]string{}
	fail := func(err error) {
		if err != nil {
			c.t.Fatal(err)
		}
	}
	for a, err := range c.replicas[0].client.Accounts(ctx) {
		fail(err)
		there[a.GetId()] = a.GetOwnerId()
	}
	for o, err := range c.replicas[0].client.Overrides(ctx) {
		fail(err)
		there["override "+o.GetDomain()] = o.GetNote()
	}
	policy, err := c.replicas[0].client.Policy(ctx)
	fail(err)
	value := func(key string) string {
		if v, ok := there[key]; ok {
			return v
		}
		return gone
	}
	var wrong []string
	for number := range chaosAccounts {
		wrong = append(wrong, c.fits(accountKey(number), value(account(number, 0).GetId()), true))
	}
	for number := range chaosOverrides {
		wrong = append(wrong, c.fits(overrideKey(number), value(overrideKey(number)), false))
	}
	wrong = append(wrong, c.fits("policy", policy.GetPolicy().GetName(), false))
	for _, what := range wrong {
		if what != "" {
			c.t.Error(what)
		}
	}
}

// round writes, reads and harms for a while, and then compares everything.
func (c *chaos) round(seed uint64, lasts time.Duration) {
	c.until = time.Now().Add(lasts)
	c.mu.Lock()
	c.seen = map[string][sha256.Size]byte{}
	c.mu.Unlock()
	var running sync.WaitGroup
	number := uint64(0)
	run := func(times int, f func(i int, random *rand.Rand)) {
		for i := range times {
			number++
			random := rand.New(rand.NewPCG(seed, number))
			running.Go(func() { f(i, random) })
		}
	}
	run(chaosWriters, c.write)
	if seed%2 == 0 { // else there is a round without, in which nothing is written anew by the way
		run(1, func(_ int, r *rand.Rand) { c.replace(r) })
	}
	run(1, func(_ int, r *rand.Rand) { c.override(r) })
	run(2, func(_ int, r *rand.Rand) { c.policy(r) })
	run(chaosReaders, func(_ int, r *rand.Rand) { c.read(r) })
	run(1, func(_ int, r *rand.Rand) { c.harm(r, c.harmReplica) })
	run(1, func(_ int, r *rand.Rand) { c.harm(r, c.harmNATS) })
	running.Wait()
	c.ready(c.replicas...)
	c.alike(c.t.Context(), chaosSample)
	c.check()
}

// TestChaos writes by all replicas at once, while leadmatchds and servers of NATS are killed, stand still, and are parted.
func TestChaos(t *testing.T) {
	seed := *chaosSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-chaos.seed %d", seed)
	c := &chaos{
		fleet: newFleet(t), ledger: newLedger(), policies: map[uint64]string{}, ids: map[string]string{}, acks: map[string]int{},
		fails: map[string]int{}, harms: map[string]int{},
	}
	rounds := 0
	seed &^= 1 // a round with replacements is the first
	for end := time.Now().Add(*chaosTime); time.Now().Before(end) && !t.Failed(); rounds++ {
		c.round(seed+uint64(rounds), min(chaosRound, time.Until(end)))
	}
	fresh := c.add(c.ports) // has nothing but the log
	fresh.start()
	c.ready(c.replicas...)
	c.alike(t.Context(), chaosSample)
	t.Logf("%d rounds: %v; acknowledged: %v; not acknowledged: %v; %d answers, %d of them given before", rounds, c.harms, c.acks, c.fails,
		c.answers.Load(), c.same)
	for _, kind := range []string{"accounts", "removals", "replacements", "overrides", "policies"} {
		if c.acks[kind] == 0 {
			t.Errorf("no acknowledged %s: %v", kind, slices.Sorted(maps.Keys(c.acks)))
		}
	}
	if len(c.harms) < 2 || c.answers.Load() < 20 {
		t.Error("that is too little to say anything")
	}
}
