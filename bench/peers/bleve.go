package main

import (
	"context"
	"errors"
	"path/filepath"
	"strconv"

	"github.com/adrg/strutil"
	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/simple"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
	index "github.com/blevesearch/bleve_index_api"
)

// bleveRescored is how many accounts that Bleve finds are compared with the lead: its own scores are of one query, and
// say nothing about whether the best account is the right one.
const bleveRescored = 50

// bleveBatch is how many accounts are indexed at a time; 1,000, the default, makes many small segments to merge.
const bleveBatch = 20_000

// bleveIndex is an index on disk.
type bleveIndex struct {
	*ledger
	dir    string
	index  bleve.Index // nil until it is loaded
	metric strutil.StringMetric
}

func bleveSearch(metric strutil.StringMetric, name, version string) *system {
	return &system{
		name: "Bleve", version: version, searches: true, inside: true,
		setup: "an index on disk made by its offline builder: one segment, BM25, a keyword field for domains and phone numbers that is asked first, then any of the name's words or one a letter off; the first " +
			strconv.Itoa(bleveRescored) + " are ordered by " + name + " of strutil",
		open: func(_ context.Context, dir string) (opened, error) { return &bleveIndex{dir: dir, metric: metric}, nil },
	}
}

func (b *bleveIndex) load(ctx context.Context, all accounts) (err error) {
	if b.ledger, err = newLedger(all); err != nil {
		return err
	}
	path := filepath.Join(b.dir, "index")
	if err := b.build(ctx, path); err != nil {
		return err
	}
	b.holds = nil
	b.index, err = bleve.OpenUsing(path, map[string]any{"read_only": true})
	return err
}

// build indexes the accounts under their numbers.
func (b *bleveIndex) build(ctx context.Context, path string) error {
	builder, err := bleve.NewBuilder(path, bleveMapping(), map[string]any{"batchSize": bleveBatch, "buildPathPrefix": b.dir})
	if err != nil {
		return err
	}
	keys := make([][]string, len(b.ids))
	for k, numbers := range b.holds {
		for _, number := range numbers {
			keys[number] = append(keys[number], k)
		}
	}
	for number, names := range b.names {
		if err := ctx.Err(); err != nil {
			return errors.Join(err, builder.Close())
		}
		doc := map[string]any{"name": names, "key": keys[number]}
		if err := builder.Index(strconv.Itoa(number), doc); err != nil {
			return errors.Join(err, builder.Close())
		}
	}
	return builder.Close()
}

// bleveMapping indexes two fields and stores nothing.
func bleveMapping() mapping.IndexMapping {
	field := func(analyzer string) *mapping.FieldMapping {
		f := bleve.NewTextFieldMapping()
		f.Analyzer = analyzer
		f.Store, f.IncludeTermVectors, f.IncludeInAll, f.DocValues = false, false, false, false
		return f
	}
	doc := bleve.NewDocumentStaticMapping()
	doc.AddFieldMappingsAt("name", field(simple.Name))
	doc.AddFieldMappingsAt("key", field(keyword.Name))
	m := bleve.NewIndexMapping()
	m.DefaultMapping = doc
	m.ScoringModel = index.BM25Scoring
	return m
}

func (b *bleveIndex) resident() (int, error) { return ownMemory() }

func (b *bleveIndex) close() error {
	if b.index == nil {
		return nil
	}
	return b.index.Close()
}

func (b *bleveIndex) finder(context.Context) (find, error) {
	return func(ctx context.Context, l *record, dst []hit) ([]hit, error) {
		at := map[int32]int{}
		for _, k := range l.keys {
			q := bleve.NewTermQuery(k)
			q.SetField("key")
			numbers, err := b.search(ctx, q, hitsByKey)
			if err != nil {
				return dst, err
			}
			for _, number := range numbers {
				i, seen := at[number]
				if !seen {
					i = len(dst)
					at[number] = i
					dst = append(dst, b.hit(number, b.score(number, l, b.metric.Compare)))
				}
				dst[i].setKey(k)
			}
		}
		if len(dst) > 0 || l.name() == "" {
			return dst, nil
		}
		q := bleve.NewMatchQuery(l.name())
		q.SetField("name")
		q.SetFuzziness(1)
		numbers, err := b.search(ctx, q, bleveRescored)
		for _, number := range numbers {
			dst = insert(dst, b.hit(number, b.score(number, l, b.metric.Compare)))
		}
		return dst, err
	}, nil
}

// search returns the numbers of the accounts that fit a query best.
func (b *bleveIndex) search(ctx context.Context, q query.Query, most int) ([]int32, error) {
	res, err := b.index.SearchInContext(ctx, bleve.NewSearchRequestOptions(q, most, 0, false))
	if err != nil {
		return nil, err
	}
	numbers := make([]int32, len(res.Hits))
	for i, h := range res.Hits {
		number, err := strconv.ParseInt(h.ID, 10, 32)
		if err != nil {
			return nil, err
		}
		numbers[i] = int32(number)
	}
	return numbers, nil
}
