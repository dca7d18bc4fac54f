package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// body is a request's body, bounded: a call with one message must send it within MaxCall; of a stream, each message is
// bounded for itself, and something must come within IdleTimeout.
type body struct {
	io.ReadCloser
	call  *webCall
	bytes int       // that may still be read
	until time.Time // when the body must be there; zero: of a stream
	ended atomic.Bool

	mu   sync.Mutex // guards left
	left bool       // the call has ended; the connection may be another's
}

func newBody(c *webCall, r io.ReadCloser) *body {
	b := &body{ReadCloser: r, call: c, bytes: c.web.server.cfg.MaxMessageBytes}
	b.until = time.Now().Add(c.web.server.cfg.MaxCall)
	return b
}

// begin is called when the method is known. Streams answer while they are read from.
func (b *body) begin() {
	if b.call.rule.stream {
		b.until = time.Time{}
		_ = b.call.control.EnableFullDuplex() // HTTP/1.1 has it
	}
}

func (b *body) Read(p []byte) (n int, err error) {
	cfg := &b.call.web.server.cfg
	if f := b.call.failed.Load(); f != nil {
		return 0, f.status.Err()
	}
	if b.bytes == 0 {
		return 0, b.call.fail(status.Newf(codes.ResourceExhausted, "a message has more than %d bytes, which is the limit",
			cfg.MaxMessageBytes), http.StatusRequestEntityTooLarge)
	}
	until := b.until
	if until.IsZero() {
		until = time.Now().Add(cfg.IdleTimeout)
	}
	b.setDeadline(until)
	n, err = b.ReadCloser.Read(p[:min(len(p), b.bytes)])
	b.bytes -= n
	switch {
	case errors.Is(err, io.EOF):
		b.ended.Store(true)
		b.setDeadline(time.Time{}) // net/http goes on reading, to see whether the caller leaves
	case errors.Is(err, os.ErrDeadlineExceeded):
		err = b.call.fail(status.New(codes.DeadlineExceeded, "the body did not come in time"), http.StatusRequestTimeout)
	}
	return n, err
}

// setDeadline sets when Read gives up. The gateway may still read a stream when the call has ended.
func (b *body) setDeadline(until time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.left {
		_ = b.call.control.SetReadDeadline(until) // when it cannot be set, the connection is closed, which Read says
	}
}

// lingering is how long net/http may read what is left of a body that nobody wants: who sends it shall read the answer
// before the connection is reset.
const lingering = time.Second

// leave is called when the answer is given.
func (b *body) leave() {
	if !b.ended.Load() {
		b.setDeadline(time.Now().Add(lingering))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left = true
}

// marshaler is JSON as protobuf maps it, with the .proto files' names; empty fields are left out. Each message ends with a
// new line, so that a stream is one message a line.
type marshaler struct{ *runtime.JSONPb }

var (
	toJSON   = protojson.MarshalOptions{UseProtoNames: true}
	fromJSON = protojson.UnmarshalOptions{}
)

func newMarshaler() marshaler {
	return marshaler{&runtime.JSONPb{MarshalOptions: toJSON, UnmarshalOptions: fromJSON}}
}

// Marshal writes a message, or what the gateway makes a line of a stream.
func (m marshaler) Marshal(v any) ([]byte, error) {
	switch v := v.(type) {
	case proto.Message:
		return appendLine("", v, "")
	case map[string]any:
		if message, ok := v["result"].(proto.Message); ok {
			return appendLine(`{"result":`, message, "}")
		}
	case map[string]proto.Message:
		return appendLine(`{"error":`, v["error"], "}")
	}
	return m.JSONPb.Marshal(v)
}

// appendLine returns a message between two texts, without the spaces that protojson varies from build to build.
func appendLine(before string, m proto.Message, after string) ([]byte, error) {
	text, err := toJSON.Marshal(m)
	if err != nil {
		return nil, err
	}
	line := bytes.NewBuffer(make([]byte, 0, len(before)+len(text)+len(after)+1))
	line.WriteString(before)
	if err := json.Compact(line, text); err != nil {
		return nil, err
	}
	line.WriteString(after)
	line.WriteByte('\n')
	return line.Bytes(), nil
}

// Delimiter returns nothing: Marshal has ended the line, and a backup has no lines.
func (marshaler) Delimiter() []byte { return nil }

// StreamContentType returns what streams are.
func (marshaler) StreamContentType(v any) string {
	if isBackup(v) {
		return octets
	}
	return lines
}

// NewDecoder returns what reads the messages of a body.
func (m marshaler) NewDecoder(r io.Reader) runtime.Decoder {
	b, ok := r.(*body)
	if !ok { // no body
		return m.JSONPb.NewDecoder(r)
	}
	return &decoder{json: json.NewDecoder(b), body: b}
}

// decoder reads messages.
type decoder struct {
	json *json.Decoder
	body *body
	read int
}

// Decode reads the next message. The gateway makes texts of its errors, so that the call keeps them. An import ends at an
// error as at its end, so that what came before is stored; the answer is the error, see rewrite.
func (d *decoder) Decode(v any) error {
	err := d.next(v)
	if _, ok := v.(*leadmatchv1.ImportAccountsRequest); ok && err != nil {
		return io.EOF
	}
	return err
}

func (d *decoder) next(v any) error {
	stream := d.body.call.rule.stream
	if stream {
		d.body.bytes = d.body.call.web.server.cfg.MaxMessageBytes
	}
	err := d.decode(v.(proto.Message))
	if err == nil && !stream {
		err = d.wantEnd()
	}
	if err == nil || errors.Is(err, io.EOF) {
		d.read++
		return err
	}
	where := "the body"
	if stream {
		where = fmt.Sprintf("message %d", d.read+1)
	}
	return d.body.call.fail(status.Newf(codes.InvalidArgument, "%s cannot be read: %s", where, tidy(err)), 0)
}

func (d *decoder) decode(m proto.Message) error {
	var text json.RawMessage
	if err := d.json.Decode(&text); err != nil {
		return err
	}
	if n := countObjects(text); n > maxEntries {
		return fmt.Errorf("it holds %d objects; a request has at most %d leads or accounts", n, maxBatch)
	}
	return fromJSON.Unmarshal(text, m)
}

func (d *decoder) wantEnd() error {
	if _, err := d.json.Token(); err == nil {
		return errors.New("something follows the message; several go to the paths that end in :batch, :stream or :import")
	} else if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// countObjects counts the objects in a JSON text: see maxEntries.
func countObjects(text []byte) (n int) {
	inString := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			inString = !inString
		case c == '\\':
			i++
		case c == '{' && !inString:
			n++
		}
	}
	return n
}

// tidy takes from an error what says nothing to a caller. The spaces that protojson varies are made one kind.
func tidy(err error) string {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Sprintf("%v, at byte %d", err, syntax.Offset)
	}
	return strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\u00a0", " "), "proto: ")
}
