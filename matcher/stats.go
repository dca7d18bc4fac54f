package matcher

// Stats are sizes of a snapshot.
type Stats struct {
	Accounts  int
	Names     int // name rows: names, aliases and further readings of them
	Words     int // distinct words of them
	Domains   int // business domains, one for each account that has it
	Overrides int
	Segments  int
	Bytes     int // memory held, strings included: the sum of Parts
}

// Stats returns the snapshot's sizes.
func (s *Snapshot) Stats() Stats {
	st := Stats{Accounts: s.accounts, Words: s.dict.words, Overrides: s.overrides.len(), Segments: len(s.segs)}
	for i := range s.segs {
		st.Names += s.segs[i].rows.count
		st.Domains += s.segs[i].domains
	}
	for _, p := range s.Parts() {
		st.Bytes += p.Bytes
	}
	return st
}

// Part is what one part of a snapshot holds.
type Part struct {
	Name  string
	Bytes int
}

// Parts divides the memory that the snapshot holds; always into the same parts.
func (s *Snapshot) Parts() []Part {
	var records, ids, heads, rows, postings, keys int
	for i := range s.segs {
		l := &s.segs[i]
		records += len(l.arena) + l.read.bytes()
		ids += l.ids.bytes()
		heads += 24*len(l.heads) + 4*len(l.pool) + 20*len(l.places) + l.dead.bytes() + l.deadRows.bytes()
		rows += l.rows.bytes()
		postings += 4*len(l.posts.dense) + l.posts.sparse.bytes() + 4*len(l.posts.ends) + 4*len(l.posts.rows)
		keys += l.keys.table.bytes() + 4*len(l.keys.pool)
	}
	words, typos := len(s.dict.stats)*(statPageSize*8+8), 0
	for _, l := range s.dict.layers {
		words += 8*len(l.hashes) + l.ids.bytes() + len(l.text) + 4*len(l.ends)
		typos += l.typos.bytes()
	}
	return []Part{
		{"records", records},
		{"ids", ids},
		{"heads", heads},
		{"rows", rows},
		{"postings", postings},
		{"keys", keys},
		{"words", words},
		{"typos", typos},
	}
}
