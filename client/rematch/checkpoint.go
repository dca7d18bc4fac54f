package rematch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leadmatch/leadmatch/client/rows"
)

// Place is how far leads were read.
type Place struct {
	File   int    `json:"file"` // index of the input
	Line   int    `json:"line"` // where the last lead begins
	Leads  int    `json:"leads"`
	Unread int    `json:"unread,omitempty"` // rows that could not be read, before the last lead
	Digest uint64 `json:"digest"`           // of all leads so far
}

// Input is one file of leads.
type Input struct {
	Name string `json:"name"`
	Size int64  `json:"size"` // 0 when it is not known ahead
}

// Plan is what a job is to do. A job goes on only with the plan that it was begun with.
type Plan struct {
	Inputs  []Input           `json:"inputs"`
	Output  string            `json:"output"`
	Options map[string]string `json:"options"` // those that change what is written, by name
}

// checkpointFormat counts up when older checkpoints cannot be gone on from.
const checkpointFormat = 1

// Checkpoint is how far a job has come, as kept in a file.
type Checkpoint struct {
	Format int           `json:"format"`
	Plan   Plan          `json:"plan"`
	At     Place         `json:"at"`
	Bytes  int64         `json:"bytes"` // of the output
	Done   bool          `json:"done"`  // all that is left is to give the output its name
	Took   time.Duration `json:"took_ns"`
	Tally  *Tally        `json:"tally"`

	path string
}

// ErrOtherPlan is a checkpoint of a job that was to do something else.
var ErrOtherPlan = errors.New("this checkpoint is of another job")

// OpenCheckpoint reads the checkpoint in a file; when there is no such file, it returns one of a job that has not begun.
// An error that wraps ErrOtherPlan says what differs.
func OpenCheckpoint(path string, plan Plan) (*Checkpoint, error) {
	c := &Checkpoint{Format: checkpointFormat, Plan: plan, Tally: NewTally(), path: path}
	if clashes(path, plan.Output) {
		return nil, fmt.Errorf("%s: the checkpoint needs a file of its own, beside the output", path)
	}
	text, err := readCheckpoint(path)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err != nil {
		return nil, err
	}
	old := &Checkpoint{Tally: NewTally(), path: path}
	if err := json.Unmarshal(text, old); err != nil {
		return nil, fmt.Errorf("%s: this is no checkpoint: %w", path, err)
	}
	if old.Format != checkpointFormat {
		return nil, fmt.Errorf("%s: its format is %d, expected %d; it cannot be gone on from", path, old.Format, checkpointFormat)
	}
	if differs := old.Plan.differs(plan); len(differs) > 0 {
		return nil, fmt.Errorf("%s: %w: %s (remove it, and %s, to begin anew)", path, ErrOtherPlan,
			strings.Join(differs, "; "), rows.PartialName(old.Plan.Output))
	}
	return old, nil
}

// maxCheckpoint bounds what is read of a file that is called a checkpoint; a million owners take less.
const maxCheckpoint = 64 << 20

func readCheckpoint(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxCheckpoint:
		return nil, fmt.Errorf("%s: this is no checkpoint: expected a file of at most %d bytes", path, maxCheckpoint)
	}
	return os.ReadFile(path)
}

// clashes says whether one would be written over the other.
func clashes(checkpoint, output string) bool {
	for _, a := range []string{checkpoint, nextName(checkpoint)} {
		for _, b := range []string{output, rows.PartialName(output)} {
			if filepath.Clean(a) == filepath.Clean(b) {
				return true
			}
		}
	}
	return false
}

func nextName(path string) string { return path + ".next" }

// differs says what is not the same in two plans.
func (p Plan) differs(now Plan) (list []string) {
	unlike := func(what, was, is string) {
		if was != is {
			list = append(list, fmt.Sprintf("%s was %s and is %s", what, orNone(was), orNone(is)))
		}
	}
	unlike("the number of inputs", fmt.Sprint(len(p.Inputs)), fmt.Sprint(len(now.Inputs)))
	for i := range min(len(p.Inputs), len(now.Inputs)) {
		was, is := p.Inputs[i], now.Inputs[i]
		unlike(fmt.Sprintf("input %d", i+1), was.Name, is.Name)
		if was.Name == is.Name {
			unlike("the size of "+is.Name, fmt.Sprint(was.Size), fmt.Sprint(is.Size))
		}
	}
	unlike("the output", p.Output, now.Output)
	for _, name := range sortedKeys(p.Options, now.Options) {
		unlike(name, p.Options[name], now.Options[name])
	}
	return list
}

func orNone(s string) string {
	if s == "" {
		return "not there"
	}
	return s
}

// Begun says whether there is anything to go on from.
func (c *Checkpoint) Begun() bool { return c.Bytes > 0 || c.At.Line > 0 || c.Done }

// save brings the checkpoint on disk in place of the one before; after a crash either of them is there.
func (c *Checkpoint) save() error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	next := nextName(c.path)
	if err := writeSynced(next, append(text, '\n')); err != nil {
		return errors.Join(fmt.Errorf("the checkpoint: %w", err), ignoreMissing(os.Remove(next)))
	}
	if err := os.Rename(next, c.path); err != nil {
		return fmt.Errorf("the checkpoint: %w", err)
	}
	return rows.SyncFolder(c.path)
}

func writeSynced(path string, text []byte) error {
	f, err := os.Create(filepath.Clean(path))
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	return errors.Join(err, f.Sync(), f.Close())
}

func (c *Checkpoint) remove() error { return ignoreMissing(os.Remove(c.path)) }

func ignoreMissing(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// sortedKeys returns the keys of all the maps.
func sortedKeys[V any](maps ...map[string]V) (keys []string) {
	for _, m := range maps {
		for k := range m {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}
