package client

import (
	"iter"

	"google.golang.org/protobuf/proto"
)

// maxBatchBytes bounds a batch, so that no server refuses it for its size.
const maxBatchBytes = 1 << 20

// batches gathers messages into batches of at most size and, but for single ones, of maxBatchBytes. An error comes
// after the messages before it, and ends the sequence. A batch is the receiver's to keep.
func batches[M proto.Message](messages iter.Seq2[M, error], size int) iter.Seq2[[]M, error] {
	return func(yield func([]M, error) bool) {
		var batch []M
		bytes := 0
		for m, err := range messages {
			if err != nil {
				if len(batch) == 0 || yield(batch, nil) {
					yield(nil, err)
				}
				return
			}
			n := proto.Size(m)
			if len(batch) == size || len(batch) > 0 && bytes+n > maxBatchBytes {
				if !yield(batch, nil) {
					return
				}
				batch, bytes = nil, 0
			}
			if batch == nil {
				batch = make([]M, 0, size)
			}
			batch, bytes = append(batch, m), bytes+n
		}
		if len(batch) > 0 {
			yield(batch, nil)
		}
	}
}

// mendAll returns the messages with those mended that need it; the slice itself when none does.
func mendAll[M proto.Message](messages []M) []M {
	out := messages
	for i, m := range messages {
		mended, fields := Mend(m)
		if len(fields) == 0 {
			continue
		}
		if &out[0] == &messages[0] {
			out = append([]M(nil), messages...)
		}
		out[i] = mended
	}
	return out
}
