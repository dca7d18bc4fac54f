package corpus

import (
	"iter"
	"math/rand/v2"

	"github.com/leadmatch/leadmatch/matcher"
)

// LeadsFor returns n leads of each kind, by kind, for accounts that are not made up. The accounts are gone through twice;
// what is remembered of them is their domains. Leads that are of no account are those of a corpus. There are no leads with
// a domain where no account has one of its own.
func LeadsFor(seed uint64, accounts iter.Seq2[*matcher.Account, error], n int) ([][]*matcher.Lead, error) {
	holders := map[string]uint32{}
	total := 0
	for a, err := range accounts {
		if err != nil {
			return nil, err
		}
		total++
		for _, d := range a.Domains {
			holders[d]++
		}
	}
	anyone, withDomain := drawn{room: n}, drawn{room: n}
	r := rand.New(rand.NewPCG(seed, 0))
	for a, err := range accounts {
		if err != nil {
			return nil, err
		}
		anyone.offer(r, a)
		if len(a.Domains) > 0 && holders[a.Domains[0]] == 1 {
			withDomain.offer(r, a)
		}
	}
	leads, made := make([][]*matcher.Lead, len(Kinds)), New(seed, total)
	for _, kind := range Kinds {
		from := anyone.picked
		if kind.byDomain() {
			from = withDomain.picked
		}
		for i := range n {
			var l matcher.Lead
			switch {
			case !kind.of():
				l, _ = made.Lead(kind, i)
			case len(from) == 0:
				continue
			default:
				l = leadFor(kind, r, i, from[i%len(from)])
			}
			leads[kind] = append(leads[kind], &l)
		}
	}
	return leads, nil
}

// Leads returns n leads of each kind, by kind.
func (c *Corpus) Leads(n int) [][]*matcher.Lead {
	leads := make([][]*matcher.Lead, len(Kinds))
	for _, kind := range Kinds {
		for i := range n {
			l, _ := c.Lead(kind, i)
			leads[kind] = append(leads[kind], &l)
		}
	}
	return leads
}

// drawn are some of the accounts that are offered, each as likely as any other.
type drawn struct {
	room   int
	seen   int
	picked []*matcher.Account
}

func (d *drawn) offer(r *rand.Rand, a *matcher.Account) {
	d.seen++
	if len(d.picked) < d.room {
		d.picked = append(d.picked, a)
	} else if at := r.IntN(d.seen); at < d.room {
		d.picked[at] = a
	}
}
