package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

var (
	killCycles = flag.Int("kill.cycles", 15, "how often TestKill kills leadmatchd")
	killSeed   = flag.Uint64("kill.seed", 0, "seed of TestKill; 0 is a random one")
)

const (
	killWriters = 4
	killIDs     = 60 // of each writer
	killBatch   = 20
	killEarly   = 6 // one in so many kills comes while leadmatchd starts
	// killWithin is how long after the start of writing a kill comes, at most.
	killWithin = 120 * time.Millisecond
)

// killed is what the test knows of what must be stored. A writer has ids of its own and waits for each of its changes,
// so when leadmatchd is killed at most one change of each writer is neither known to be stored nor to be not.
type killed struct {
	random  *rand.Rand
	writers [killWriters]struct {
		acknowledged map[string]string // id to name
		under        map[string]string // as it is if the change under way is stored; nil when none is
		acks         int
	}
	whole     sync.RWMutex // a replacement of all accounts holds it alone
	replacing bool         // a replacement is the change under way
	failed    atomic.Bool  // a change has failed: leadmatchd was killed, and nobody begins another
	names     atomic.Int64 // makes every name a new one
}

// TestKill kills leadmatchd at random moments while several writers write, replace and delete, again and again. What was
// acknowledged must be there afterwards, and of what was not, all or nothing.
func TestKill(t *testing.T) {
	seed := *killSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-kill.seed %d", seed)
	k := &killed{random: rand.New(rand.NewPCG(seed, 0))}
	dir := filepath.Join(t.TempDir(), "data")
	defer keepFailed(t, dir)
	for cycle := range *killCycles {
		if cycle%killEarly == killEarly-1 {
			killWhileStarting(t, dir, k.random)
			startAnew(t, k.random)
		}
		p := run(t, dir)
		k.compare(t, p, cycle)
		timer := time.AfterFunc(time.Duration(k.random.Int64N(int64(killWithin))), func() { p.Process.Kill() })
		k.write(p)
		timer.Stop()
		p.Process.Kill()
		p.Wait()
		p.conn.Close()
	}
	p := run(t, dir)
	k.compare(t, p, *killCycles)
	check(t, p.Process.Signal(os.Interrupt), p.Wait())
	if out, err := leadmatchd("verify", "--data", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	acks := 0
	for i := range k.writers {
		acks += k.writers[i].acks
	}
	if acks < *killCycles {
		t.Fatalf("only %d changes were acknowledged: the kills came too early to show anything", acks)
	}
	t.Logf("%d kills, %d changes acknowledged, none lost", *killCycles, acks)
}

// keepFailed keeps the data folder of a test that has failed, for people to look at.
func keepFailed(t *testing.T, dir string) {
	if !t.Failed() {
		return
	}
	kept, err := os.MkdirTemp("", "leadmatch-failed-")
	if err == nil {
		err = os.CopyFS(kept, os.DirFS(dir))
	}
	t.Logf("the data folder is kept in %s (%v)", kept, err)
}

// killWhileStarting kills a leadmatchd that reads its folder, or has just created it.
func killWhileStarting(t *testing.T, dir string, random *rand.Rand) {
	t.Helper()
	cmd := leadmatchd("--data", dir, "--listen", "127.0.0.1:0", "--min-free-bytes", "1")
	check(t, cmd.Start())
	time.Sleep(time.Duration(random.Int64N(int64(100 * time.Millisecond))))
	cmd.Process.Kill()
	cmd.Wait()
}

// startAnew kills a leadmatchd that creates its folder, and wants the next one to start.
func startAnew(t *testing.T, random *rand.Rand) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new")
	defer keepFailed(t, dir)
	killWhileStarting(t, dir, random)
	p := run(t, dir)
	p.Process.Kill()
	p.Wait()
	p.conn.Close()
	check(t, os.RemoveAll(dir))
}

// write lets all writers write until leadmatchd is killed.
func (k *killed) write(p *process) {
	k.failed.Store(false)
	var all sync.WaitGroup
	for i := range k.writers {
		random := rand.New(rand.NewPCG(k.random.Uint64(), 0))
		all.Go(func() {
			for err := error(nil); err == nil; {
				if i == 0 && random.IntN(20) == 0 {
					err = k.replace(p, random)
				} else {
					err = k.change(p, i, random)
				}
			}
		})
	}
	all.Wait()
}

// errKilled ends writers that have not noticed by themselves.
var errKilled = errors.New("leadmatchd was killed")

// change writes or deletes a batch of one writer.
func (k *killed) change(p *process, writer int, random *rand.Rand) error {
	k.whole.RLock()
	defer k.whole.RUnlock()
	if k.failed.Load() {
		return errKilled
	}
	w := &k.writers[writer]
	next := map[string]string{}
	for id, name := range w.acknowledged {
		next[id] = name
	}
	ids := pick(writer, random)
	accounts, ctx := leadmatchv1.NewAccountServiceClient(p.conn), context.Background()
	w.under = next
	var err error
	if random.IntN(4) == 0 {
		for _, id := range ids {
			delete(next, id)
		}
		_, err = accounts.DeleteAccounts(ctx, &leadmatchv1.DeleteAccountsRequest{Ids: ids})
	} else {
		_, err = accounts.UpsertAccounts(ctx, &leadmatchv1.UpsertAccountsRequest{Accounts: k.named(ids, next)})
	}
	if err != nil {
		k.failed.Store(true)
		return err
	}
	w.acknowledged, w.under = next, nil
	w.acks++
	return nil
}

// replace replaces the accounts of all writers by others.
func (k *killed) replace(p *process, random *rand.Rand) (err error) {
	k.whole.Lock()
	defer k.whole.Unlock()
	if k.failed.Load() {
		return errKilled
	}
	k.replacing = true
	defer func() { k.failed.Store(err != nil) }()
	stream, err := leadmatchv1.NewAccountServiceClient(p.conn).ReplaceAccounts(context.Background())
	if err != nil {
		return err
	}
	for i := range k.writers {
		k.writers[i].under = map[string]string{}
		accounts := k.named(pick(i, random), k.writers[i].under)
		if err := stream.Send(&leadmatchv1.ReplaceAccountsRequest{Accounts: accounts}); err != nil {
			return err
		}
	}
	if _, err = stream.CloseAndRecv(); err != nil {
		return err
	}
	for i := range k.writers {
		w := &k.writers[i]
		w.acknowledged, w.under = w.under, nil
	}
	k.writers[0].acks++
	k.replacing = false
	return nil
}

// pick returns some ids of a writer.
func pick(writer int, random *rand.Rand) (ids []string) {
	for _, i := range random.Perm(killIDs)[:1+random.IntN(killBatch)] {
		ids = append(ids, fmt.Sprintf("%d-%02d", writer, i))
	}
	return ids
}

// named returns accounts with new names, and notes them.
func (k *killed) named(ids []string, into map[string]string) (out []*leadmatchv1.Account) {
	for _, id := range ids {
		into[id] = fmt.Sprintf("Company %d Ltd", k.names.Add(1))
		out = append(out, &leadmatchv1.Account{Id: id, Name: into[id]})
	}
	return out
}

// compare holds what is stored against what must be, and takes it for what is acknowledged from then on.
func (k *killed) compare(t *testing.T, p *process, cycle int) {
	t.Helper()
	stored := stored(t, p)
	fresh := 0 // writers whose change under way is there
	for i := range k.writers {
		w := &k.writers[i]
		have := map[string]string{}
		for id, name := range stored {
			if strings.HasPrefix(id, fmt.Sprint(i, "-")) {
				have[id] = name
			}
		}
		switch {
		case same(have, w.acknowledged):
		case w.under != nil && same(have, w.under):
			fresh++
		default:
			t.Fatalf("cycle %d, writer %d: stored are\n%v\nacknowledged were\n%v\nunder way was\n%v", cycle, i, have, w.acknowledged, w.under)
		}
		w.acknowledged, w.under = have, nil
	}
	if k.replacing && fresh != 0 && fresh != killWriters {
		t.Fatalf("cycle %d: a replacement is there for %d of %d writers", cycle, fresh, killWriters)
	}
	k.replacing = false
	status, err := leadmatchv1.NewAdminServiceClient(p.conn).GetStatus(t.Context(), &leadmatchv1.GetStatusRequest{})
	check(t, err)
	if status.GetAccounts() != uint64(len(stored)) {
		t.Fatalf("cycle %d: the store holds %d accounts, the index %d", cycle, len(stored), status.GetAccounts())
	}
}

func same(a, b map[string]string) bool {
	for id, name := range a {
		if b[id] != name {
			return false
		}
	}
	return len(a) == len(b)
}

// stored returns the names of all accounts by id.
func stored(t *testing.T, p *process) map[string]string {
	t.Helper()
	out := map[string]string{}
	for token := ""; ; {
		page, err := leadmatchv1.NewAccountServiceClient(p.conn).ListAccounts(t.Context(),
			&leadmatchv1.ListAccountsRequest{PageSize: 1000, PageToken: token})
		check(t, err)
		for _, a := range page.GetAccounts() {
			out[a.GetId()] = a.GetName()
		}
		if token = page.GetNextPageToken(); token == "" {
			return out
		}
	}
}
