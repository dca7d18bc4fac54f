package main

import (
	"runtime"
	"runtime/debug"
	"time"

	"github.com/leadmatch/leadmatch/bench/corpus"
	"github.com/leadmatch/leadmatch/matcher"
)

const (
	accounts    = 20_000
	seed        = 1
	leadsOfKind = 150
	rounds      = 8
	retries     = 4 // of times
)

// subject is leads that are measured together.
type subject struct {
	name     string
	snapshot *matcher.Snapshot
	leads    []*matcher.Lead
	opts     matcher.MatchOptions
	out      matcher.Outcome
}

// measure measures what this build can tell, and times again while wrong says that they are.
func measure(wrong func([]figure) bool) ([]figure, error) {
	subjects, err := subjects()
	if err != nil {
		return nil, err
	}
	for i := range subjects { // what is made once
		subjects[i].match()
	}
	if matcher.Counting {
		return lookups(subjects), nil
	}
	all := append(allocated(subjects), indexBytes(subjects[0].snapshot)...)
	all = append(all, work(subjects)...)
	took := times(subjects)
	for try := 0; try < retries && wrong(took); try++ {
		for i, again := range times(subjects) {
			took[i].value = min(took[i].value, again.value)
		}
	}
	return append(all, took...), nil
}

// subjects are the leads of each kind on the whole corpus, and fuzzy ones on a book that was changed since it was built, and
// with explanations.
func subjects() ([]subject, error) {
	c := corpus.New(seed, accounts)
	x := matcher.New(nil)
	defer x.Close()
	if err := x.Replace(1, c.Accounts()); err != nil {
		return nil, err
	}
	leads := c.Leads(leadsOfKind)
	var all []subject
	for _, kind := range corpus.Kinds {
		all = append(all, subject{name: kind.String(), snapshot: x.Snapshot(), leads: leads[kind]})
	}
	change(x, c)
	return append(all,
		subject{name: "changed", snapshot: x.Snapshot(), leads: leads[corpus.Fuzzy]},
		subject{name: "explained", snapshot: all[0].snapshot, leads: leads[corpus.Fuzzy], opts: matcher.MatchOptions{Explain: true}},
	), nil
}

// change puts accounts of other names in place of some, in steps that are too far apart in size to be merged.
func change(x *matcher.Index, c *corpus.Corpus) {
	next := 0
	for revision, size := range []int{1500, 300, 50} {
		changes := matcher.Changes{Revision: uint64(revision + 2)}
		for range size {
			a := c.Account(accounts + next)
			a.ID = c.Account(next * 10).ID
			changes.Upsert = append(changes.Upsert, a)
			changes.Delete = append(changes.Delete, c.Account(next*10+1).ID)
			next++
		}
		x.Apply(changes)
	}
}

func (s *subject) match() {
	for _, l := range s.leads {
		s.snapshot.Match(&s.out, l, s.opts)
	}
}

// allocated counts what matching allocates: the least of some passes, as the runtime allocates too.
func allocated(subjects []subject) (all []figure) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // which would empty the pool of scratches
	for i := range subjects {
		var objects, bytes uint64
		for pass := range 5 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			subjects[i].match()
			runtime.ReadMemStats(&after)
			if n := after.Mallocs - before.Mallocs; pass == 0 || n < objects {
				objects = n
			}
			if n := after.TotalAlloc - before.TotalAlloc; pass == 0 || n < bytes {
				bytes = n
			}
		}
		all = append(all, figure{"allocations", subjects[i].name, float64(objects)},
			figure{"bytes-allocated", subjects[i].name, float64(bytes)})
	}
	return all
}

func indexBytes(s *matcher.Snapshot) (all []figure) {
	for _, p := range s.Parts() {
		all = append(all, figure{"index-bytes", p.Name, float64(p.Bytes)})
	}
	return all
}

// worked sums up what the leads took.
func (s *subject) worked() (sum matcher.Work) {
	for _, l := range s.leads {
		w := s.snapshot.Work(&s.out, l, s.opts)
		sum.Lookups += w.Lookups
		sum.Slots += w.Slots
		sum.Postings += w.Postings
		sum.Rows += w.Rows
		sum.Compared += w.Compared
		sum.Found += w.Found
		sum.Scored += w.Scored
	}
	return sum
}

func work(subjects []subject) (all []figure) {
	for i := range subjects {
		w, of := subjects[i].worked(), subjects[i].name
		all = append(all, figure{"scored", of, float64(w.Scored)}, figure{"found", of, float64(w.Found)},
			figure{"compared", of, float64(w.Compared)}, figure{"rows", of, float64(w.Rows)}, figure{"postings", of, float64(w.Postings)})
	}
	return all
}

func lookups(subjects []subject) (all []figure) {
	for i := range subjects {
		w, of := subjects[i].worked(), subjects[i].name
		all = append(all, figure{"lookups", of, float64(w.Lookups)}, figure{"slots", of, float64(w.Slots)})
	}
	return all
}

// times returns how long the leads take, in units of the reference loop, each turn of which is another one as each lead is.
func times(subjects []subject) (all []figure) {
	loop := newReference()
	least := make([][]time.Duration, len(subjects)+1)
	for k := range least {
		least[k] = make([]time.Duration, leadsOfKind)
	}
	for round := range rounds {
		for i := range leadsOfKind {
			for k := range least {
				start := time.Now()
				if k < len(subjects) {
					s := &subjects[k]
					s.snapshot.Match(&s.out, s.leads[i], s.opts)
				} else {
					loop.turn(uint64(i))
				}
				if took := time.Since(start); round == 0 || took < least[k][i] {
					least[k][i] = took
				}
			}
		}
	}
	unit := total(least[len(subjects)])
	for k := range subjects {
		all = append(all, figure{"time", subjects[k].name, float64(total(least[k])) / float64(unit)})
	}
	return all
}

func total(times []time.Duration) (sum time.Duration) {
	for _, t := range times {
		sum += t
	}
	return sum
}
