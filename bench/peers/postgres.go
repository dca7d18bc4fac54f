package main

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/leadmatch/leadmatch/matcher"
	"github.com/leadmatch/leadmatch/matcher/normalize"
)

// trigramThreshold is how like a name must be for the operator %: the default.
const trigramThreshold = "0.3"

// The tables. A name, domain or phone number is a row, so that an index finds it.
const createTables = `
CREATE EXTENSION pg_trgm;
CREATE TABLE account (number int PRIMARY KEY, id text, country int, region bigint, city bigint, postal bigint);
CREATE TABLE name (account int, name text);
CREATE TABLE key (key text, account int);`

const createIndexes = `
CREATE INDEX ON name (account);
CREATE INDEX ON key (key);`

// The two ways to find like names, each with the index that it uses.
const (
	createGIN  = "CREATE INDEX ON name USING gin (name gin_trgm_ops)"
	createGiST = "CREATE INDEX ON name USING gist (name gist_trgm_ops (siglen = 256))"

	selectGIN = `
SELECT a.id, a.country, a.city, a.postal, likest.score
FROM (SELECT account, max(similarity(name, $1)) AS score FROM name WHERE name % $1
      GROUP BY account ORDER BY score DESC LIMIT $2) likest
JOIN account a ON a.number = likest.account`

	selectGiST = `
SELECT a.id, a.country, a.city, a.postal, max(1 - likest.distance)
FROM (SELECT account, name <-> $1 AS distance FROM name ORDER BY name <-> $1 LIMIT $2) likest
JOIN account a ON a.number = likest.account
GROUP BY a.number`
)

// selectKeys finds the accounts that have a domain or a phone number, and how like their names are.
const selectKeys = `
SELECT a.id, a.country, a.city, a.postal,
       coalesce((SELECT max(similarity(n.name, $2)) FROM name n WHERE n.account = a.number), 0),
       k.keys
FROM (SELECT account, array_agg(key) AS keys FROM key WHERE key = ANY($1) GROUP BY account LIMIT $3) k
JOIN account a ON a.number = k.account`

// postgres is a PostgreSQL server that holds the accounts.
type postgres struct {
	*cluster
	createIndex, selectNames string

	mu    sync.Mutex // guards what follows
	conns []*pgx.Conn
}

// postgresSetup is what both have in common.
const postgresSetup = "asked with prepared statements over a Unix socket; all data in shared buffers of 1 GB, no fsync, no JIT; " +
	"a b-tree of domains and phone numbers that is asked first; "

func postgresGIN(version string) *system {
	return &system{
		name: "PostgreSQL, pg_trgm, GIN", version: version, searches: true,
		setup: postgresSetup + "a GIN index of trigrams; the accounts with name % lead, similarity " + trigramThreshold + " or more, ordered by similarity()",
		open:  openPostgres(createGIN, selectGIN),
	}
}

func postgresGiST(version string) *system {
	return &system{
		name: "PostgreSQL, pg_trgm, GiST", version: version, searches: true,
		setup: postgresSetup + "a GiST index of trigrams with signatures of 256 bytes; the nearest neighbours by <->",
		open:  openPostgres(createGiST, selectGiST),
	}
}

func openPostgres(createIndex, selectNames string) func(context.Context, string) (opened, error) {
	return func(ctx context.Context, _ string) (opened, error) {
		c, err := startCluster(ctx)
		return &postgres{cluster: c, createIndex: createIndex, selectNames: selectNames}, err
	}
}

// load copies the accounts into the tables, a table at a time, and indexes them.
func (p *postgres) load(ctx context.Context, all accounts) error {
	conn, err := p.connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, createTables); err != nil {
		return err
	}
	t, err := tablesOf(all)
	if err != nil {
		return err
	}
	for _, table := range []struct {
		name    string
		columns string
		rows    [][]any
	}{
		{"account", "number id country region city postal", t.accounts},
		{"name", "account name", t.names},
		{"key", "key account", t.keys},
	} {
		rows := pgx.CopyFromRows(table.rows)
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{table.name}, strings.Fields(table.columns), rows); err != nil {
			return err
		}
	}
	if _, err := conn.Exec(ctx, createIndexes+p.createIndex); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "VACUUM ANALYZE")
	return err
}

// tables are the rows of the three tables.
type tables struct{ accounts, names, keys [][]any }

func tablesOf(all accounts) (*tables, error) {
	var t tables
	var read reader
	for a, err := range all {
		if err != nil {
			return nil, err
		}
		t.add(a, read.account(a))
	}
	return &t, nil
}

func (t *tables) add(a *matcher.Account, r record) {
	number := int32(len(t.accounts))
	p := r.place()
	t.accounts = append(t.accounts, []any{number, a.ID, int32(p.Country), int64(p.Region), int64(p.City), int64(p.Postal)})
	for _, n := range r.names {
		t.names = append(t.names, []any{number, n})
	}
	for _, k := range r.keys {
		t.keys = append(t.keys, []any{k, number})
	}
}

func (p *postgres) close() error {
	var errs []error
	for _, conn := range p.conns {
		errs = append(errs, conn.Close(context.Background()))
	}
	return errors.Join(append(errs, p.stop())...)
}

// finder asks on a connection of its own. Statements are prepared when they are first used.
func (p *postgres) finder(ctx context.Context) (find, error) {
	conn, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	p.conns = append(p.conns, conn)
	p.mu.Unlock()
	return func(ctx context.Context, l *record, dst []hit) ([]hit, error) {
		if len(l.keys) > 0 {
			if dst, err = ask(ctx, conn, dst, selectKeys, l.keys, l.name(), hitsByKey); err != nil || len(dst) > 0 {
				return dst, err
			}
		}
		if l.name() == "" {
			return dst, nil
		}
		return ask(ctx, conn, dst, p.selectNames, l.name(), hitsByName)
	}, nil
}

// ask appends the accounts that a statement returns.
func ask(ctx context.Context, conn *pgx.Conn, dst []hit, statement string, args ...any) ([]hit, error) {
	rows, err := conn.Query(ctx, statement, args...)
	if err != nil {
		return dst, err
	}
	defer rows.Close()
	withKeys := len(rows.FieldDescriptions()) == 6
	for rows.Next() {
		var h hit
		var country int32
		var city, postal int64
		var score float32
		var keys []string
		into := []any{&h.id, &country, &city, &postal, &score, &keys}
		if !withKeys {
			into = into[:5]
		}
		if err := rows.Scan(into...); err != nil {
			return dst, err
		}
		h.score = float64(score)
		h.place = normalize.Places{Country: normalize.Country(country), City: uint32(city), Postal: uint64(postal)}
		for _, k := range keys {
			h.setKey(k)
		}
		dst = append(dst, h)
	}
	return dst, rows.Err()
}
