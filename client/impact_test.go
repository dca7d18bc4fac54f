package client

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// cellText is cells as the wire has them.
func cellText(cells []uint32) (text []byte) {
	slices.Sort(cells)
	last := uint32(0)
	for _, c := range cells {
		text = binary.AppendUvarint(text, uint64(c-last))
		last = c
	}
	return text
}

// TestImpactOn holds the cells that are found to a map.
func TestImpactOn(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	v := &leadmatchv1.Versions{Revision: 7, Normalizer: "n", Model: "m", Policy: 2}
	i := &Impact{Versions: v, rough: make([]uint64, 1<<roughBits/64)}
	want := map[uint32]bool{0: true, 1<<32 - 1: true}
	list := []uint32{0, 1<<32 - 1}
	for range 1000 {
		c := random.Uint32()
		list, want[c] = append(list, c), true
	}
	if err := i.add(&leadmatchv1.TouchedCells{Kind: "keys", Cells: cellText(slices.Clone(list))}); err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(i.cells, func(a, b touched) int { return int(int64(a.cell) - int64(b.cell)) })
	hits := 0
	for range 2000 {
		var cells []uint32
		hit := false
		for range random.IntN(20) {
			c := random.Uint32()
			if random.IntN(30) == 0 {
				c = list[random.IntN(len(list))]
			}
			cells, hit = append(cells, c), hit || want[c]
		}
		why, err := i.On(&leadmatchv1.Outcome{Reads: append([]byte{readCells}, cellText(cells)...), Versions: v})
		if err != nil || (why == "keys") != hit || !hit && why != "" {
			t.Fatalf("%d: got %q, %v; want a hit: %v", cells, why, err, hit)
		}
		if hit {
			hits++
		}
	}
	if hits == 0 {
		t.Error("nothing was hit")
	}
}

// TestImpactOnWhatCannotBeTold: an outcome that does not say enough may be another one now.
func TestImpactOnWhatCannotBeTold(t *testing.T) {
	v := &leadmatchv1.Versions{Revision: 7, Normalizer: "n", Model: "m"}
	i := &Impact{Versions: v, rough: make([]uint64, 1<<roughBits/64)}
	f := func(want string, o *leadmatchv1.Outcome) {
		t.Helper()
		if why, err := i.On(o); err != nil || why != want {
			t.Errorf("got %q, %v; want %q", why, err, want)
		}
	}
	f("", &leadmatchv1.Outcome{Reads: []byte{readCells}, Versions: v})
	f("unknown", &leadmatchv1.Outcome{Versions: v})
	f("everything", &leadmatchv1.Outcome{Reads: []byte{readEverything}, Versions: v})
	f("versions", &leadmatchv1.Outcome{Reads: []byte{99}, Versions: v})
	f("versions", &leadmatchv1.Outcome{Reads: []byte{readCells}, Versions: &leadmatchv1.Versions{Normalizer: "n", Model: "other"}})
	f("versions", &leadmatchv1.Outcome{Reads: []byte{readCells}})
	for _, damaged := range [][]byte{{readCells, 0xff}, binary.AppendUvarint([]byte{readCells}, 1<<40)} {
		if _, err := i.On(&leadmatchv1.Outcome{Reads: damaged, Versions: v}); !errors.Is(err, errCells) {
			t.Errorf("%x: got %v", damaged, err)
		}
	}
	i.Everything = "the policy was changed"
	f("everything", &leadmatchv1.Outcome{Reads: []byte{readCells}, Versions: v})
}
