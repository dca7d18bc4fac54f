package client

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Impact is what changes since a revision have touched. It never changes; any number of goroutines may use it at once.
type Impact struct {
	Versions   *leadmatchv1.Versions // what matches are made with; changes up to its revision are in it
	Everything string                // why any lead may be decided differently; empty when only some can

	cells []touched
	rough []uint64 // bitmap of the cells' first bits: most cells are told apart by it
}

// touched is a cell, and the kind that it is of.
type touched struct {
	cell uint32
	kind string
}

const roughBits = 22

// Impact asks what changes since a revision have touched.
func (c *Client) Impact(ctx context.Context, since uint64) (*Impact, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := c.matches.GetImpact(ctx, &leadmatchv1.GetImpactRequest{SinceRevision: since})
	if err != nil {
		return nil, err
	}
	i := &Impact{rough: make([]uint64, 1<<roughBits/64)}
	for {
		res, err := stream.Recv()
		if err == io.EOF {
			slices.SortFunc(i.cells, func(a, b touched) int { return int(int64(a.cell) - int64(b.cell)) })
			return i, nil
		}
		if err != nil {
			return nil, err
		}
		if res.GetVersions() != nil {
			i.Versions, i.Everything = res.GetVersions(), res.GetEverything()
		}
		for _, part := range res.GetTouched() {
			if err := i.add(part); err != nil {
				return nil, err
			}
		}
	}
}

func (i *Impact) add(part *leadmatchv1.TouchedCells) error {
	return eachCell(part.GetCells(), func(cell uint32) bool {
		i.cells = append(i.cells, touched{cell, part.GetKind()})
		i.rough[cell>>(32-roughBits)/64] |= 1 << (cell >> (32 - roughBits) % 64)
		return true
	})
}

// Cells returns how many cells were touched.
func (i *Impact) Cells() int { return len(i.cells) }

// The first byte of what an outcome has read.
const (
	readCells      = 1
	readEverything = 2
)

// On says why an outcome may be another one now, in a word: "keys", "lists", "words", "spellings", "records" or "overrides", as
// leadmatch.v1.TouchedCells has it; "everything"; "versions" where it was made with others; "unknown" where it does not say what
// it has read. It is empty for an outcome that is as it was. The outcome must not be of a revision before the one that was
// asked about.
func (i *Impact) On(o *leadmatchv1.Outcome) (why string, err error) {
	reads, v := o.GetReads(), o.GetVersions()
	switch {
	case i.Everything != "":
		return "everything", nil
	case len(reads) == 0:
		return "unknown", nil
	case reads[0] == readEverything:
		return "everything", nil
	case reads[0] != readCells || v.GetNormalizer() != i.Versions.GetNormalizer() || v.GetModel() != i.Versions.GetModel() ||
		v.GetPolicy() != i.Versions.GetPolicy() || v.GetProposedPolicy() != "":
		return "versions", nil
	}
	err = eachCell(reads[1:], func(cell uint32) bool {
		why = i.kindOf(cell)
		return why == ""
	})
	return why, err
}

// kindOf returns what a cell is of that was touched; empty when it was not.
func (i *Impact) kindOf(cell uint32) string {
	if rough := cell >> (32 - roughBits); i.rough[rough/64]>>(rough%64)&1 == 0 {
		return ""
	}
	at, found := slices.BinarySearchFunc(i.cells, cell, func(t touched, cell uint32) int { return int(int64(t.cell) - int64(cell)) })
	if !found {
		return ""
	}
	return i.cells[at].kind
}

var errCells = errors.New("what was read is damaged")

// eachCell calls f with each cell until it says no.
func eachCell(text []byte, f func(cell uint32) bool) error {
	last := uint64(0)
	for at := 0; at < len(text); {
		d, n := binary.Uvarint(text[at:])
		if last += d; n <= 0 || last > 1<<32-1 {
			return fmt.Errorf("%w: at byte %d", errCells, at)
		}
		if at += n; !f(uint32(last)) {
			return nil
		}
	}
	return nil
}
