package matcher

// Work is what deciding a lead took, in numbers that are the same on every machine.
type Work struct {
	Lookups  int // in hash tables, of keys, words and typo keys; 0 unless Counting
	Slots    int // of hash tables that were looked at for these; 0 unless Counting
	Postings int // rows read from the lists of words, or accounts that have them where a list is read whole
	Rows     int // rows that were found in these lists
	Compared int // rows whose words were looked at
	Found    int // accounts that were found by a key, or by a row that looked well
	Scored   int // accounts that were compared in full
}

// probed counts what tables are asked, where Counting.
var probed struct{ lookups, slots int }

// Work matches a lead as Match does, and says what that took.
func (s *Snapshot) Work(out *Outcome, lead *Lead, opts MatchOptions) Work {
	x := scratches.Get().(*scratch)
	defer scratches.Put(x)
	x.finder.reset(s) // a match that needs no search does not do it
	probed.lookups, probed.slots = 0, 0
	x.match(s, out, lead, opts)
	f := &x.finder
	return Work{
		Lookups: probed.lookups, Slots: probed.slots, Postings: f.words.reads, Rows: len(f.words.rows),
		Compared: f.words.looked, Found: len(f.found), Scored: out.Retrieval.Scored,
	}
}
