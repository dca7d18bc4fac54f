package natslog

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/leadmatch/leadmatch/server/replica"
	"github.com/leadmatch/leadmatch/server/store"
)

// Codes of errors of JetStream that package jetstream has no names for. With all of them nothing is stored.
const (
	codeIncompleteBatch = 10176
	codeTooManyBatches  = 10210
	codeBatchTooLarge   = 10199
)

func tooLarge(err error) error {
	return fmt.Errorf("%w: NATS takes no such message: %w", store.ErrTooLarge, err)
}

// Append stores messages next to each other, all or none. What certainly did nothing, as while a new leader is elected,
// is tried again for a while.
func (l *Log) Append(ctx context.Context, messages []replica.Message) (uint64, error) {
	select {
	case l.slots <- struct{}{}:
		defer func() { <-l.slots }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	for until := time.Now().Add(retryTime); ; {
		last, again, err := l.publish(ctx, messages)
		if err == nil || !again || time.Now().After(until) {
			return last, err
		}
		select {
		case <-time.After(retryPause):
		case <-ctx.Done():
			return 0, err
		}
	}
}

// publish says with an error whether it certainly did nothing.
func (l *Log) publish(ctx context.Context, messages []replica.Message) (last uint64, again bool, err error) {
	if err := ctx.Err(); err != nil { // nobody waits for it: it must not come after what is written next
		return 0, false, err
	}
	batch := rand.Text()
	for i := range messages {
		m := &nats.Msg{Subject: l.prefix + messages[i].Subject, Data: messages[i].Data, Header: l.header(&messages[i])}
		end := i == len(messages)-1
		if len(messages) > 1 {
			m.Header.Set(headerBatch, batch)
			m.Header.Set(headerBatchSequence, strconv.Itoa(i+1))
			if end {
				m.Header.Set(headerBatchCommit, "1")
			}
		}
		if end {
			return l.request(ctx, m)
		}
		if err := l.conn.PublishMsg(m); err != nil {
			return 0, !errors.Is(err, nats.ErrMaxPayload), l.failed(err) // without its end a batch is nothing
		}
	}
	return 0, false, errors.New("nothing to append")
}

// acknowledgement is what JetStream answers.
type acknowledgement struct {
	Sequence uint64              `json:"seq"`
	Error    *jetstream.APIError `json:"error"`
}

func (l *Log) request(ctx context.Context, m *nats.Msg) (last uint64, again bool, err error) {
	within, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	answer, err := l.conn.RequestMsgWithContext(within, m)
	if err != nil {
		return 0, errors.Is(err, nats.ErrNoResponders), l.failed(err)
	}
	var ack acknowledgement
	if err := json.Unmarshal(answer.Data, &ack); err != nil {
		return 0, false, l.failed(fmt.Errorf("the answer %.64q is not JetStream's: %w", answer.Data, err))
	}
	if ack.Error == nil {
		return ack.Sequence, false, nil
	}
	switch ack.Error.ErrorCode {
	case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant:
		return 0, false, replica.ErrConflict
	case codeIncompleteBatch, codeTooManyBatches:
		return 0, true, l.failed(ack.Error)
	case codeBatchTooLarge, jetstream.JSErrCodeStreamMessageExceedsMaximum:
		return 0, false, tooLarge(ack.Error)
	}
	return 0, false, l.failed(ack.Error)
}
