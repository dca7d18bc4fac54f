package cluster

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ledger knows what was written, and so what may be there. A key is an account, an override or the policy; its value says
// which one it is, gone where there is none.
type ledger struct {
	mu    sync.Mutex // guards what follows
	sure  map[string]written
	maybe map[string][]written
	set   written // the last that replaced all accounts
	sets  []written
}

const gone = "gone"

// written is a change, or for all accounts one of each key's.
type written struct {
	value      string
	all        map[string]string
	begin, end time.Time
	revision   uint64 // 0: it was not acknowledged, and may have taken place or not
}

func newLedger() *ledger {
	return &ledger{sure: map[string]written{}, maybe: map[string][]written{}}
}

// refused says whether an error means that nothing was done, and nothing will be.
func refused(err error) bool {
	code := status.Code(err)
	return code == codes.NotFound || code == codes.Aborted
}

// did notes what became of a change of keys that began at a time.
func (l *ledger) did(change map[string]string, begin time.Time, revision uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := written{begin: begin, end: time.Now(), revision: revision}
	for key, value := range change {
		switch w.value = value; {
		case err == nil:
			l.maybe[key] = after(l.maybe[key], begin)
			if revision > l.sure[key].revision {
				l.sure[key] = w
			}
		case !refused(err):
			l.maybe[key] = append(l.maybe[key], w)
		}
	}
}

// replaced notes what became of a replacement of all accounts.
func (l *ledger) replaced(all map[string]string, begin time.Time, revision uint64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	w := written{all: all, begin: begin, end: time.Now(), revision: revision}
	switch {
	case err == nil:
		l.sets = after(l.sets, begin)
		for i := range chaosAccounts {
			l.maybe[accountKey(i)] = after(l.maybe[accountKey(i)], begin)
		}
		if revision > l.set.revision {
			l.set = w
		}
	case !refused(err):
		l.sets = append(l.sets, w)
	}
}

// after returns what may still take place once something was acknowledged that began at a time: what was given up before
// must not come after it.
func after(maybe []written, begin time.Time) []written {
	return slices.DeleteFunc(maybe, func(w written) bool { return w.end.Before(begin) })
}

// fits returns what is wrong with a key's value, or nothing.
func (l *ledger) fits(key, value string, isAccount bool) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	want, at := gone, l.sure[key].revision
	if at > 0 {
		want = l.sure[key].value
	}
	if isAccount && l.set.revision > at {
		want, at = in(l.set, key), l.set.revision
	}
	if value == want {
		return ""
	}
	for _, w := range l.maybe[key] {
		if value == w.value {
			return ""
		}
	}
	for _, w := range l.sets {
		if isAccount && value == in(w, key) {
			return ""
		}
	}
	return fmt.Sprintf("%s is %s; %s was acknowledged, at revision %d", key, value, want, at)
}

func in(set written, key string) string {
	if value, there := set.all[key]; there {
		return value
	}
	return gone
}
