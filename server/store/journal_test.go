package store

import (
	"errors"
	"fmt"
	"testing"

	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// replacedSince says what changes since a revision have replaced: "3 id-000001 old name", nothing behind the id of what was new.
func replacedSince(t *testing.T, s *Store, since uint64) (list []string, forgotten uint64) {
	t.Helper()
	v, err := s.View()
	check(t, err)
	defer v.Close()
	changes, err := v.Replaced(since)
	var e *ForgottenError
	if errors.As(err, &e) {
		return nil, e.Since
	}
	check(t, err)
	for _, c := range changes {
		for _, a := range c.GetAccounts() {
			was := &storev1.AccountRecord{}
			check(t, proto.Unmarshal(a.GetWas(), was))
			list = append(list, fmt.Sprint(c.Revision, " ", a.GetId(), " ", was.GetName()))
		}
		for _, o := range c.GetOverrides() {
			list = append(list, fmt.Sprint(c.Revision, " ", o.GetId(), " ", o.GetWas().GetDomain()))
		}
		if c.GetPolicy() {
			list = append(list, fmt.Sprint(c.Revision, " policy"))
		}
	}
	return list, 0
}

// TestJournal: what was replaced is kept, over a restart, too; what stays as it is is not written down.
func TestJournal(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, testOptions())
	check(t, err)
	commit(t, s, &Batch{Upsert: accounts(2, "one")})
	same := account("id-000000", "one")
	same.Labels = map[string]string{"a": "1", "b": "2", "c": "3", "k": "v"}
	commit(t, s, &Batch{Upsert: []*storev1.AccountRecord{same}})
	commit(t, s, &Batch{Upsert: []*storev1.AccountRecord{proto.CloneOf(same), account("id-000001", "two")}})
	commit(t, s, &Batch{Delete: []string{"id-000001", "unknown"}})
	commit(t, s, &Batch{SetOverrides: []*storev1.OverrideRecord{{Id: "o", AccountId: "x", Domain: "d.example"}}})
	commit(t, s, &Batch{DeleteOverrides: []string{"o"}, Policy: &storev1.PolicyRecord{}})
	closeStore(t, s)
	s = testStore(t, dir)
	want := []string{
		"1 id-000000 ", "1 id-000001 ", "2 id-000000 one", "3 id-000001 one", "4 id-000001 two", "5 o ", "6 o d.example", "6 policy",
	}
	for since, from := range []int{0, 2, 3, 4, 5, 6, 8, 8} {
		if list, _ := replacedSince(t, s, uint64(since)); fmt.Sprint(list) != fmt.Sprint(want[from:]) {
			t.Errorf("since %d: got %q, want %q", since, list, want[from:])
		}
	}
	replaceAll(t, s, accounts(1, "new"), nameByID(accounts(1, "one")))
	if _, forgotten := replacedSince(t, s, 6); forgotten != 7 {
		t.Errorf("a new set at revision 7: the journal goes back to %d", forgotten)
	}
	commit(t, s, &Batch{Delete: []string{"id-000000"}})
	if list, _ := replacedSince(t, s, 7); fmt.Sprint(list) != "[8 id-000000 new]" {
		t.Errorf("since 7: got %q", list)
	}
	if _, forgotten := replacedSince(t, s, 6); forgotten != 7 {
		t.Errorf("since 6: the journal goes back to %d", forgotten)
	}
}

// TestJournalAfterAnotherProgram: one that keeps no journal has written meanwhile, which must not be passed over.
func TestJournalAfterAnotherProgram(t *testing.T) {
	s := testStore(t, t.TempDir())
	commit(t, s, &Batch{Upsert: accounts(1, "one")})
	s.journal.Last-- // as if revision 1 had been written without
	s.journal.First = 1
	commit(t, s, &Batch{Upsert: accounts(1, "two")})
	if _, forgotten := replacedSince(t, s, 0); forgotten != 1 {
		t.Errorf("the journal goes back to %d", forgotten)
	}
	if list, _ := replacedSince(t, s, 1); fmt.Sprint(list) != "[2 id-000000 one]" {
		t.Errorf("got %q", list)
	}
}

// TestJournalIsBounded: the oldest records go, and what does not fit into a transaction begins it anew.
func TestJournalIsBounded(t *testing.T) {
	s := testStore(t, t.TempDir())
	big := make([]byte, 1000)
	for i := range big {
		big[i] = 'x'
	}
	for i := range 5 {
		commit(t, s, &Batch{Upsert: accounts(700, fmt.Sprint(string(big), i))})
	}
	if list, _ := replacedSince(t, s, 1); len(list) != 4*700 {
		t.Fatalf("%d accounts were replaced", len(list))
	}
	s.journal.Bytes += maxJournalBytes - 1<<20 // as if there were more
	commit(t, s, &Batch{Upsert: accounts(1, "after")})
	_, forgotten := replacedSince(t, s, 0)
	if forgotten == 0 || forgotten > 4 {
		t.Errorf("the journal goes back to %d", forgotten)
	}
	if list, _ := replacedSince(t, s, forgotten); len(list) != int(5-forgotten)*700+1 {
		t.Errorf("%d accounts were replaced since %d", len(list), forgotten)
	}
	commit(t, s, &Batch{Upsert: accounts(3500, string(big))})
	commit(t, s, &Batch{Upsert: accounts(3500, "short")})
	if _, forgotten := replacedSince(t, s, 6); forgotten != 8 && forgotten != 7 {
		t.Errorf("after more than fits into a transaction, the journal goes back to %d", forgotten)
	}
}

// TestJournalIsBoundedByGroups: many small writes that are committed together remove as many records as they add.
func TestJournalIsBoundedByGroups(t *testing.T) {
	s := testStore(t, t.TempDir())
	revision, first := uint64(0), uint64(0)
	s.journal.Bytes = maxJournalBytes // as if there were as much
	for range 20 {
		txn := s.db.NewTransaction(true)
		j := s.journalIn(txn, 0)
		for range 10 * journalTrimmed {
			revision++
			check(t, j.add(revision, &storev1.ReplacedRecord{Policy: true}))
		}
		check(t, j.finish(), txn.Commit())
		if j.Bytes > maxJournalBytes {
			t.Fatalf("%d bytes are kept after revision %d", j.Bytes-maxJournalBytes, revision)
		}
		if j.First <= first || j.First > revision+1 {
			t.Fatalf("after revision %d, the journal goes back to %d, and went back to %d", revision, j.First, first)
		}
		s.journal, first = j.JournalRecord, j.First
	}
}
