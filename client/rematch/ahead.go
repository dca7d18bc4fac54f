package rematch

import "iter"

// How far ahead is read: so many batches of so many.
const (
	batchesAhead = 4
	batchAhead   = 256
)

// ahead yields what seq does, which runs in a goroutine of its own, some way ahead. It does not wait for that to end.
func ahead[T any](seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	type item struct {
		value T
		err   error
	}
	return func(yield func(T, error) bool) {
		batches, stop := make(chan []item, batchesAhead), make(chan struct{})
		defer close(stop)
		go func() {
			defer close(batches)
			batch := make([]item, 0, batchAhead)
			send := func() bool {
				select {
				case batches <- batch:
					batch = make([]item, 0, batchAhead)
					return true
				case <-stop:
					return false
				}
			}
			for value, err := range seq {
				if batch = append(batch, item{value, err}); len(batch) == batchAhead && !send() {
					return
				}
			}
			send()
		}()
		for batch := range batches {
			for _, i := range batch {
				if !yield(i.value, i.err) {
					return
				}
			}
		}
	}
}
