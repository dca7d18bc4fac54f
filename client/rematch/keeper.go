package rematch

import (
	"fmt"
	"iter"

	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// Keeper has only those leads decided that may be decided differently than before, and takes the others' outcomes from
// those of before. A lead is known by its id alone.
type Keeper struct {
	Previous *Previous      // read whole
	Impact   *client.Impact // of changes since a revision that none of Previous is of before
	Reads    bool           // outcomes say what they have read
	Kept     func()         // told of each outcome that is kept, before its result

	result *client.Result // that is kept and was yielded last
}

// Was returns the lead's outcome of before, for the result that was yielded last; nil when there was none.
func (k *Keeper) Was(r *client.Result) (*leadmatchv1.Outcome, error) {
	if r == k.result {
		return r.Outcome, nil
	}
	return k.Previous.Find(r.Outcome.GetLeadId())
}

// At most so many leads are read ahead: they are decided together, and what is kept between them waits for that.
const (
	aheadDecided = 16 << 10
	aheadKept    = 8 << 10
)

// Results yields a result for each lead, in order, of which decide yields those that are not kept.
func (k *Keeper) Results(leads iter.Seq2[*leadmatchv1.Lead, error],
	decide func(iter.Seq2[*leadmatchv1.Lead, error]) iter.Seq2[*client.Result, error],
) iter.Seq2[*client.Result, error] {
	return func(yield func(*client.Result, error) bool) {
		p := &part{Keeper: k, decide: decide, yield: yield}
		for result, err := range ahead(k.looked(leads)) {
			if err != nil {
				if p.flush() {
					yield(nil, err)
				}
				return
			}
			p.add(result)
			if (len(p.open) >= aheadDecided || len(p.all)-len(p.open) >= aheadKept) && !p.flush() {
				return
			}
		}
		p.flush()
	}
}

// part is leads that have been read and whose results have not been yielded.
type part struct {
	*Keeper
	decide func(iter.Seq2[*leadmatchv1.Lead, error]) iter.Seq2[*client.Result, error]
	yield  func(*client.Result, error) bool
	all    []client.Result     // those without an outcome have to be decided
	open   []*leadmatchv1.Lead // these
}

func (p *part) add(r client.Result) {
	p.all = append(p.all, r)
	if r.Outcome == nil {
		p.open = append(p.open, r.Lead)
	}
}

// looked yields the leads, with the outcomes of those that are kept.
func (k *Keeper) looked(leads iter.Seq2[*leadmatchv1.Lead, error]) iter.Seq2[client.Result, error] {
	return func(yield func(client.Result, error) bool) {
		for lead, err := range leads {
			r := client.Result{Lead: lead}
			if err == nil {
				if r.Outcome, err = k.kept(lead.GetId()); err != nil {
					err = fmt.Errorf("the previous outcome of lead %q: %w", lead.GetId(), err)
				}
			}
			if !yield(r, err) {
				return
			}
		}
	}
}

// kept returns the outcome that a lead has now as before; nil when it may be another one.
func (k *Keeper) kept(id string) (*leadmatchv1.Outcome, error) {
	was, err := k.Previous.FindOne(id)
	if err != nil || was == nil {
		return nil, err
	}
	if why, err := k.Impact.On(was); why != "" || err != nil {
		return nil, err
	}
	was.Versions = proto.CloneOf(k.Impact.Versions)
	if !k.Reads {
		was.Reads = nil
	}
	return was, nil
}

// flush yields the results; false says that no more are wanted, or that there was an error.
func (p *part) flush() bool {
	rest := p.all
	// kept yields what is kept up to the next lead that was decided.
	kept := func() bool {
		for ; len(rest) > 0 && rest[0].Outcome != nil; rest = rest[1:] {
			p.Kept()
			if p.result = &rest[0]; !p.yield(&rest[0], nil) {
				return false
			}
		}
		return true
	}
	for result, err := range p.decide(each(p.open)) {
		if err != nil {
			p.yield(nil, err)
			return false
		}
		if !kept() || !p.yield(result, nil) {
			return false
		}
		rest = rest[1:]
	}
	p.all, p.open = p.all[:0], p.open[:0]
	return kept()
}

func each(leads []*leadmatchv1.Lead) iter.Seq2[*leadmatchv1.Lead, error] {
	return func(yield func(*leadmatchv1.Lead, error) bool) {
		for _, lead := range leads {
			if !yield(lead, nil) {
				return
			}
		}
	}
}
