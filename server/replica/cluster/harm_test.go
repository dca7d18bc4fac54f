package cluster

import (
	"math/rand/v2"
	"syscall"
	"time"
)

// harm does something, waits, and undoes it, until the round is over; it is all well then.
func (c *chaos) harm(random *rand.Rand, do func(random *rand.Rand) (kind string, undo func())) {
	for time.Now().Before(c.until) {
		kind, undo := do(random)
		c.mu.Lock()
		c.harms[kind]++
		c.mu.Unlock()
		pause(random, 500, 3000)
		if random.IntN(3) == 0 { // long enough for NATS to elect another leader
			pause(random, 3000, 9000)
		}
		undo()
		pause(random, 500, 3000)
	}
}

// pause waits for some milliseconds.
func pause(random *rand.Rand, low, high int) {
	time.Sleep(time.Duration(low+random.IntN(high-low)) * time.Millisecond)
}

// one returns one of them.
func one[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

// harmReplica kills a leadmatchd, lets it stand still, or parts it from NATS.
func (c *chaos) harmReplica(random *rand.Rand) (kind string, undo func()) {
	r := c.any(random)
	switch kind = one(random, "leadmatchd killed", "leadmatchd stands still", "leadmatchd parted", "leadmatchd hangs"); kind {
	case "leadmatchd killed":
		r.signal(syscall.SIGKILL)
		return kind, r.start
	case "leadmatchd stands still":
		r.signal(syscall.SIGSTOP)
		return kind, func() { r.signal(syscall.SIGCONT) }
	case "leadmatchd parted":
		r.part(cut)
	default:
		r.part(hangs)
	}
	return kind, func() { r.part(passes) }
}

// harmNATS kills a server of NATS, lets it stand still, or parts it from the others. A majority of them remains.
func (c *chaos) harmNATS(random *rand.Rand) (kind string, undo func()) {
	i := random.IntN(size)
	n, next := c.nats[i], (i+1)%size
	switch kind = one(random, "NATS killed", "NATS stands still", "NATS parted", "NATS hangs", "two of NATS parted", "two of NATS hang"); kind {
	case "NATS killed":
		n.signal(syscall.SIGKILL)
		return kind, n.start
	case "NATS stands still":
		n.signal(syscall.SIGSTOP)
		return kind, func() { n.signal(syscall.SIGCONT) }
	case "NATS parted":
		c.partNATS(i, cut, 0, 1, 2)
	case "NATS hangs":
		c.partNATS(i, hangs, 0, 1, 2)
	case "two of NATS parted":
		c.partNATS(i, cut, next)
	default:
		c.partNATS(i, hangs, next)
	}
	return kind, func() { c.partNATS(i, passes, 0, 1, 2) }
}
