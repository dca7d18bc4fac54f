package store

import (
	"fmt"
	"iter"
	"sync"

	"github.com/dgraph-io/badger/v4"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// Blocks are what scan's goroutines hand each other: small enough to stay in a processor's cache, large enough that
// handing them over costs nothing.
const (
	blockRecords = 256
	blockBytes   = 128 << 10
)

// block is some accounts on their way from Badger to the reader of a scan.
type block[T any] struct {
	keys, values []byte // one after the other
	ends         []span
	decoder      decoder
	out          T
	err          error
	done         chan struct{} // gets a value when out and err are there
}

// span is where a key and a value end.
type span struct{ key, value int }

// Scan returns all the accounts in ascending order of id, some hundred at a time: what gather makes of them one by one, beginning
// with T's zero value. One goroutine reads and several more check, decode and gather, as that is most of the work. The record is
// gather's until it returns; its texts, and lists and maps of texts, stay valid. A count of accounts that is not the state's is
// an error, at the end, as is whatever cannot be read; after an error the sequence ends.
func Scan[T any](v *View, workers int, gather func(T, *storev1.AccountRecord) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		stop := make(chan struct{})
		work, order := make(chan *block[T]), make(chan *block[T], 2*workers)
		free := make(chan *block[T], 2*workers)
		var running sync.WaitGroup
		defer running.Wait()
		defer close(stop)
		running.Go(func() { readBlocks(v, work, order, free, stop) })
		for range workers {
			running.Go(func() {
				for b := range work {
					b.decode(v, gather)
					b.done <- struct{}{}
				}
			})
		}
		var accounts uint64
		var none T
		for b := range order {
			<-b.done
			if b.err != nil {
				yield(none, b.err)
				return
			}
			if !yield(b.out, nil) {
				return
			}
			accounts += uint64(len(b.ends))
			select {
			case free <- b:
			default:
			}
		}
		if want := v.state.GetAccounts(); accounts != want {
			yield(none, damaged("%d accounts are there instead of %d", accounts, want))
		}
	}
}

// readBlocks copies the accounts into blocks, and hands each to the workers and, in order, to the reader.
func readBlocks[T any](v *View, work, order chan<- *block[T], free <-chan *block[T], stop <-chan struct{}) {
	defer close(order)
	defer close(work)
	send := func(b *block[T]) bool {
		for _, to := range []chan<- *block[T]{work, order} {
			select {
			case to <- b:
			case <-stop:
				return false
			}
		}
		return true
	}
	b := emptyBlock(free)
	for item := range v.items(accountPrefix(v.state.GetGeneration()), "") {
		if b.add(item); b.err != nil || len(b.ends) == blockRecords || len(b.values) >= blockBytes {
			if !send(b) || b.err != nil {
				return
			}
			b = emptyBlock(free)
		}
	}
	if len(b.ends) > 0 {
		send(b)
	}
}

// emptyBlock returns a block that was used before, or a new one.
func emptyBlock[T any](free <-chan *block[T]) *block[T] {
	select {
	case b := <-free:
		b.keys, b.values, b.ends = b.keys[:0], b.values[:0], b.ends[:0]
		return b
	default:
		return &block[T]{done: make(chan struct{}, 1)}
	}
}

func (b *block[T]) add(item *badger.Item) {
	b.keys = append(b.keys, item.Key()...)
	err := item.Value(func(value []byte) error {
		b.values = append(b.values, value...)
		return nil
	})
	if err != nil {
		b.err = fmt.Errorf("reading the record under key %q: %w", item.Key(), err)
		return
	}
	b.ends = append(b.ends, span{len(b.keys), len(b.values)})
}

// decode gathers what was read in out; err may be set already.
func (b *block[T]) decode(v *View, gather func(T, *storev1.AccountRecord) T) {
	var none T
	b.out = none
	text := string(b.values)
	var from span
	for _, end := range b.ends {
		key, value := b.keys[from.key:end.key], b.values[from.value:end.value]
		record, err := unseal(key, value)
		if err != nil {
			b.err = err
			return
		}
		a, ok := b.decoder.decode(b.values, text, from.value, from.value+len(record))
		if !ok {
			b.err = damaged("the record under key %q cannot be read", key)
			return
		}
		v.complete(a)
		b.out = gather(b.out, a)
		from = end
	}
}
