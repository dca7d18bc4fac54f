package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/grpc-ecosystem/grpc-gateway/v2/runtime"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

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
