package store

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// TestFormerPolicies sets policies, small ones and large ones, and wants the last of them, newest first, also after the
// store was opened again.
func TestFormerPolicies(t *testing.T) {
	dir := t.TempDir()
	s := testStore(t, dir)
	set := func(name string, bytes int) {
		t.Helper()
		commit(t, s, &Batch{Policy: &storev1.PolicyRecord{Name: name, Author: "jo", SharedDomains: []string{strings.Repeat("x", bytes)}}})
	}
	wantFormer := func(from, n int) {
		t.Helper()
		v, err := s.View()
		check(t, err)
		defer v.Close()
		former, err := v.FormerPolicies()
		check(t, err)
		if len(former) != n {
			t.Fatalf("%d former policies, want %d", len(former), n)
		}
		for i, p := range former {
			version := from - i
			if p.GetName() != fmt.Sprint("p", version) || p.GetVersion() != uint64(version) || p.GetRevision() != uint64(version) ||
				p.GetAuthor() != "jo" || p.GetCreateTimeMs() == 0 {
				t.Fatalf("former policy %d is %v", i, p)
			}
		}
	}
	wantFormer(0, 0)
	set("p1", 0)
	wantFormer(0, 0)
	for i := 2; i <= maxFormer+5; i++ {
		set(fmt.Sprint("p", i), 0)
	}
	wantFormer(maxFormer+4, maxFormer)
	const large = maxFormerBytes / 3
	for i := 6; i <= 10; i++ {
		set(fmt.Sprint("p", maxFormer+i), large)
	}
	wantFormer(maxFormer+9, 2)
	closeStore(t, s)
	_, err := Verify(dir, testOptions())
	check(t, err)
	s = testStore(t, dir)
	wantFormer(maxFormer+9, 2)
	set(fmt.Sprint("p", maxFormer+11), maxFormerBytes) // too large to be kept
	set(fmt.Sprint("p", maxFormer+12), 0)
	wantFormer(0, 0)
}

// TestFormerPoliciesAreChecked has versions that nothing writes.
func TestFormerPoliciesAreChecked(t *testing.T) {
	f := func(ok bool, current uint64, former ...uint64) {
		t.Helper()
		var records []*storev1.PolicyRecord
		for _, v := range former {
			records = append(records, &storev1.PolicyRecord{Version: v})
		}
		if err := checkFormer(&storev1.PolicyRecord{Version: current}, records); (err == nil) != ok || err != nil && !errors.Is(err, ErrDamaged) {
			t.Errorf("%d before %v: %v", current, former, err)
		}
	}
	f(true, 0)
	f(true, 3, 2, 1)
	f(true, 9, 7)
	f(false, 3, 3)
	f(false, 3, 1, 2)
	f(false, 1, 0)
}
