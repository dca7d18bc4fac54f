// Package backup writes and reads backups of leadmatchd: everything that a store holds at one revision, in one file that
// is checked as a whole. A snapshot, as the command line calls it, is the same file. Both ends stream: neither holds more
// than a frame.
package backup

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/cespare/xxhash/v2"
	"google.golang.org/protobuf/proto"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// A backup is everything that a store holds at one revision, in order:
//
//	magic  "leadmatch backup\n"
//	frame  state      StateRecord
//	frame  policy     PolicyRecord; absent when none was ever set
//	frame  former     FormerPoliciesRecord; absent when there are none, and in backups made before they were kept
//	frames overrides  OverrideRecords, each preceded by its length as a varint
//	frames accounts   AccountRecords, each preceded by its length as a varint
//	frame  end        number of accounts, number of overrides, XXH64 of all the bytes before this frame; 8 bytes each
//
// A frame is its kind, 1 byte, the length of its content, 4 bytes, the content, and the CRC-32C of kind, length and
// content, 4 bytes. Numbers are little-endian. A file without its end frame is not whole, and is not restored.
const beginning = "leadmatch backup\n"

// Format is the version of the records in a backup, which are those of server/store, and so is the history. Whoever reads
// one compares it with the StateRecord's: a newer one may mean something that is not known here.
const Format = 1

// Kinds of frames. They are part of the format.
const (
	frameState     = 'S'
	framePolicy    = 'P'
	frameFormer    = 'H'
	frameOverrides = 'O'
	frameAccounts  = 'A'
	frameEnd       = 'E'
)

const (
	frameBytes    = 256 << 10 // a frame of many records ends when it has grown to this
	maxFrameBytes = 2 << 20   // what a reader accepts: no record is longer than half of it
	frameHead     = 1 + 4     // kind and length
	checksumBytes = 4
	endBytes      = 3 * 8 // content of the end frame
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Writer writes a backup: its parts in their order, then End. After the first error, which all further calls return, it
// does nothing. Not for use by several goroutines at once.
type Writer struct {
	w                   io.Writer
	hash                *xxhash.Digest // of all that was written
	buf                 []byte         // content of the frame that is being filled
	kind                byte           // of that frame
	accounts, overrides uint64
	err                 error
}

// NewWriter begins a backup with the state that the store was in.
func NewWriter(w io.Writer, state *storev1.StateRecord) *Writer {
	f := &Writer{w: w, hash: xxhash.New()}
	f.write([]byte(beginning))
	f.message(frameState, state)
	return f
}

// Policy writes the policy.
func (f *Writer) Policy(p *storev1.PolicyRecord) error {
	f.message(framePolicy, p)
	return f.err
}

// FormerPolicies writes the policies before that one, newest first; it comes after Policy, where there are any.
func (f *Writer) FormerPolicies(policies []*storev1.PolicyRecord) error {
	f.message(frameFormer, &storev1.FormerPoliciesRecord{Policies: policies})
	return f.err
}

// Override adds an override; all of them come before the first account.
func (f *Writer) Override(o *storev1.OverrideRecord) error {
	f.overrides++
	return f.record(frameOverrides, o)
}

// Account adds an account.
func (f *Writer) Account(a *storev1.AccountRecord) error {
	f.accounts++
	return f.record(frameAccounts, a)
}

// Counts returns how many accounts and overrides there are so far.
func (f *Writer) Counts() (accounts, overrides uint64) { return f.accounts, f.overrides }

func (f *Writer) write(p []byte) {
	if f.err == nil {
		f.hash.Write(p)
		_, f.err = f.w.Write(p)
	}
}

func (f *Writer) frame(kind byte, content []byte) {
	frame := make([]byte, 0, frameHead+len(content)+checksumBytes)
	frame = append(frame, kind)
	frame = binary.LittleEndian.AppendUint32(frame, uint32(len(content)))
	frame = append(frame, content...)
	f.write(binary.LittleEndian.AppendUint32(frame, crc32.Checksum(frame, castagnoli)))
}

func (f *Writer) message(kind byte, m proto.Message) {
	content, err := proto.Marshal(m)
	f.err = errors.Join(f.err, err)
	f.frame(kind, content)
}

// record adds a record to the frame that is being filled.
func (f *Writer) record(kind byte, m proto.Message) error {
	if kind != f.kind {
		f.flush()
		f.kind = kind
	}
	f.buf = binary.AppendUvarint(f.buf, uint64(proto.Size(m)))
	var err error
	if f.buf, err = (proto.MarshalOptions{UseCachedSize: true}).MarshalAppend(f.buf, m); err != nil {
		f.err = errors.Join(f.err, err)
	}
	if len(f.buf) >= frameBytes {
		f.flush()
	}
	return f.err
}

func (f *Writer) flush() {
	if len(f.buf) > 0 {
		f.frame(f.kind, f.buf)
		f.buf = f.buf[:0]
	}
}

// End ends the backup; without it, it is not whole.
func (f *Writer) End() error {
	f.flush()
	le := binary.LittleEndian
	content := le.AppendUint64(le.AppendUint64(nil, f.accounts), f.overrides)
	f.frame(frameEnd, le.AppendUint64(content, f.hash.Sum64()))
	return f.err
}

// ErrBroken says that a backup is not whole, or is none.
var ErrBroken = errors.New("the backup cannot be used")

// Read reads a backup, checks all of it, and calls the functions with what it holds, in its order. What they got
// may be used only once Read has returned without an error: a backup is known to be whole at its end.
func Read(r io.Reader, to Funcs) error {
	f := &frameReader{r: bufio.NewReaderSize(r, frameBytes), hash: xxhash.New()}
	if err := f.magic(); err != nil {
		return err
	}
	var accounts, overrides uint64
	for first := true; ; first = false {
		before := f.hash.Sum64()
		kind, content, err := f.frame()
		if err != nil {
			return err
		}
		if first != (kind == frameState) {
			return fmt.Errorf("%w: a frame of kind %q is out of place", ErrBroken, kind)
		}
		switch kind {
		case frameState:
			err = one(content, to.State)
		case framePolicy:
			err = one(content, to.Policy)
		case frameFormer:
			err = one(content, to.Former)
		case frameOverrides:
			err = each(content, &overrides, to.Override)
		case frameAccounts:
			err = each(content, &accounts, to.Account)
		case frameEnd:
			return f.checkEnd(content, accounts, overrides, before)
		default:
			err = fmt.Errorf("%w: there is a frame of the unknown kind %q; a newer leadmatchd may have written it",
				ErrBroken, kind)
		}
		if err != nil {
			return err
		}
	}
}

// Funcs are called with what a backup holds; what has none is read and left out.
type Funcs struct {
	State    func(*storev1.StateRecord) error
	Policy   func(*storev1.PolicyRecord) error
	Former   func(*storev1.FormerPoliciesRecord) error
	Override func(*storev1.OverrideRecord) error
	Account  func(*storev1.AccountRecord) error
}

type frameReader struct {
	r    *bufio.Reader
	hash *xxhash.Digest // of all that was read
	buf  []byte
}

func (f *frameReader) read(p []byte) error {
	if _, err := io.ReadFull(f.r, p); err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("%w: it ends before its end", ErrBroken)
		}
		return err
	}
	f.hash.Write(p)
	return nil
}

func (f *frameReader) magic() error {
	magic := make([]byte, len(beginning))
	if err := f.read(magic); err != nil {
		return err
	}
	if string(magic) != beginning {
		return fmt.Errorf("%w: it does not begin as a backup of leadmatch does", ErrBroken)
	}
	return nil
}

// frame returns the next frame; the content is valid until the next call.
func (f *frameReader) frame() (kind byte, content []byte, err error) {
	var head [frameHead]byte
	if err := f.read(head[:]); err != nil {
		return 0, nil, err
	}
	length := int(binary.LittleEndian.Uint32(head[1:]))
	if length > maxFrameBytes {
		return 0, nil, fmt.Errorf("%w: a frame says that it has %d bytes, at most %d are written", ErrBroken, length,
			maxFrameBytes)
	}
	if cap(f.buf) < length+checksumBytes {
		f.buf = make([]byte, length+checksumBytes)
	}
	f.buf = f.buf[:length+checksumBytes]
	if err := f.read(f.buf); err != nil {
		return 0, nil, err
	}
	content = f.buf[:length]
	sum := crc32.Update(crc32.Checksum(head[:], castagnoli), castagnoli, content)
	if sum != binary.LittleEndian.Uint32(f.buf[length:]) {
		return 0, nil, fmt.Errorf("%w: the checksum of a frame of kind %q is wrong", ErrBroken, head[0])
	}
	return head[0], content, nil
}

func (f *frameReader) checkEnd(content []byte, accounts, overrides, hash uint64) error {
	le := binary.LittleEndian
	switch {
	case len(content) != endBytes:
		return fmt.Errorf("%w: its end has %d bytes instead of %d", ErrBroken, len(content), endBytes)
	case le.Uint64(content) != accounts || le.Uint64(content[8:]) != overrides:
		return fmt.Errorf("%w: it holds %d accounts and %d overrides, and should hold %d and %d", ErrBroken, accounts,
			overrides, le.Uint64(content), le.Uint64(content[8:]))
	case le.Uint64(content[16:]) != hash:
		return fmt.Errorf("%w: its checksum is wrong", ErrBroken)
	}
	if _, err := f.r.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows its end", ErrBroken)
	}
	return nil
}

// record is a pointer to a message.
type record[T any] interface {
	*T
	proto.Message
}

func one[T any, M record[T]](content []byte, f func(M) error) error {
	m := M(new(T))
	if err := proto.Unmarshal(content, m); err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	if f == nil {
		return nil
	}
	return f(m)
}

func each[T any, M record[T]](content []byte, count *uint64, f func(M) error) error {
	for len(content) > 0 {
		length, n := binary.Uvarint(content)
		if n <= 0 || length > uint64(len(content)-n) {
			return fmt.Errorf("%w: a record is longer than its frame", ErrBroken)
		}
		m := M(new(T))
		if err := proto.Unmarshal(content[n:n+int(length)], m); err != nil {
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
		if f != nil {
			if err := f(m); err != nil {
				return err
			}
		}
		content = content[n+int(length):]
		*count++
	}
	return nil
}
