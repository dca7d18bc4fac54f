package main

import (
	"context"

	"github.com/adrg/strutil"
)

// brute compares a lead's name with every name of every account by a metric of strutil.
type brute struct {
	*ledger
	metric strutil.StringMetric
}

func bruteForce(metric strutil.StringMetric, name, version string) *system {
	return &system{
		name: "strutil, brute force", version: version, searches: true, inside: true,
		setup: "every name of every account is compared with the lead's by " + name + ", one after the other in memory; domains and phone numbers are looked up in a map first",
		open:  func(context.Context, string) (opened, error) { return &brute{metric: metric}, nil },
	}
}

func (b *brute) load(_ context.Context, all accounts) (err error) {
	b.ledger, err = newLedger(all)
	return err
}

func (b *brute) resident() (int, error) { return ownMemory() }
func (b *brute) close() error           { return nil }

func (b *brute) finder(context.Context) (find, error) {
	return func(ctx context.Context, l *record, dst []hit) ([]hit, error) {
		if dst = b.byKeys(l, dst, b.metric.Compare); len(dst) > 0 || l.name() == "" {
			return dst, nil
		}
		for number := range b.ids {
			dst = insert(dst, b.hit(int32(number), b.score(int32(number), l, b.metric.Compare)))
			if number%1024 == 0 && ctx.Err() != nil {
				return dst, ctx.Err()
			}
		}
		return dst, nil
	}, nil
}

// insert puts a hit where its score belongs and keeps no more than are asked for.
func insert(hits []hit, h hit) []hit {
	switch {
	case len(hits) < hitsByName:
		hits = append(hits, h)
	case h.score <= hits[hitsByName-1].score:
		return hits
	}
	i := len(hits) - 1
	for ; i > 0 && hits[i-1].score < h.score; i-- {
		hits[i] = hits[i-1]
	}
	hits[i] = h
	return hits
}
