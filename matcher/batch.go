package matcher

import "iter"

// Batch is some accounts on their way into an index, with their names read. The zero value is ready. One goroutine at a
// time may use it; several that fill one each share most of the work of [Index.Load].
type Batch struct {
	parser parser
	chunk  chunk
}

// Add reads an account into the batch, which keeps none of its slices.
func (b *Batch) Add(a *Account) {
	b.chunk.add(a)
	b.parser.account(&b.chunk.columns, a)
}

// Reset takes all accounts out of the batch.
func (b *Batch) Reset() { b.chunk.reset() }

// Load is Replace for accounts that come in batches, about so many in all, which says how much room they will take: 0 where it
// is not known. A batch that is yielded may be reset by the sequence afterwards. Matches may wait for a core meanwhile.
func (x *Index) Load(revision uint64, about int, batches iter.Seq2[*Batch, error]) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.replace(Changes{Revision: revision}, func(b *builder) error {
		b.expect = about
		for batch, err := range batches {
			if err != nil {
				return err
			}
			b.add(&batch.chunk)
		}
		return nil
	})
}
