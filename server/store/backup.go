package store

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
//	frames overrides  OverrideRecords, each preceded by its length as a varint
//	frames accounts   AccountRecords, each preceded by its length as a varint
//	frame  end        number of accounts, number of overrides, XXH64 of all the bytes before this frame; 8 bytes each
//
// A frame is its kind, 1 byte, the length of its content, 4 bytes, the content, and the CRC-32C of kind, length and
// content, 4 bytes. Numbers are little-endian. A file without its end frame is not whole, and is not restored.
const backupMagic = "leadmatch backup\n"

// Kinds of frames. They are part of the format.
const (
	frameState     = 'S'
	framePolicy    = 'P'
	frameOverrides = 'O'
	frameAccounts  = 'A'
	frameEnd       = 'E'
)

const (
	frameBytes    = 256 << 10       // a frame of many records ends when it has grown to this
	maxFrameBytes = 2 * inlineBytes // what a reader accepts: no record is longer than half of it
	frameHead     = 1 + 4           // kind and length
	endBytes      = 3 * 8           // content of the end frame
)

// Backup writes a backup of what the view shows.
func (v *View) Backup(w io.Writer) error {
	f := &frameWriter{w: w, hash: xxhash.New()}
	f.write([]byte(backupMagic))
	f.message(frameState, v.state)
	policy, err := v.Policy()
	if err != nil {
		return err
	}
	if policy != nil {
		f.message(framePolicy, policy)
	}
	var overrides, accounts uint64
	for o, err := range v.Overrides("") {
		if err != nil {
			return err
		}
		if f.record(frameOverrides, o); f.err != nil {
			return f.err
		}
		overrides++
	}
	f.flush(frameOverrides)
	for a, err := range v.Accounts("") {
		if err != nil {
			return err
		}
		if f.record(frameAccounts, a); f.err != nil {
			return f.err
		}
		accounts++
	}
	f.flush(frameAccounts)
	if accounts != v.state.GetAccounts() || overrides != v.state.GetOverrides() {
		return damaged("%d accounts and %d overrides are there instead of %d and %d", accounts, overrides,
			v.state.GetAccounts(), v.state.GetOverrides())
	}
	f.end(accounts, overrides)
	return f.err
}

// frameWriter writes frames; after the first error it does nothing.
type frameWriter struct {
	w    io.Writer
	hash *xxhash.Digest // of all that was written
	buf  []byte         // content of the frame that is being filled
	err  error
}

func (f *frameWriter) write(p []byte) {
	if f.err == nil {
		f.hash.Write(p)
		_, f.err = f.w.Write(p)
	}
}

func (f *frameWriter) frame(kind byte, content []byte) {
	frame := make([]byte, 0, frameHead+len(content)+checksumBytes)
	frame = append(frame, kind)
	frame = binary.LittleEndian.AppendUint32(frame, uint32(len(content)))
	frame = append(frame, content...)
	f.write(binary.LittleEndian.AppendUint32(frame, crc32.Checksum(frame, castagnoli)))
}

func (f *frameWriter) message(kind byte, m proto.Message) {
	content, err := proto.Marshal(m)
	f.err = errors.Join(f.err, err)
	f.frame(kind, content)
}

// record adds a record to the frame that is being filled.
func (f *frameWriter) record(kind byte, m proto.Message) {
	f.buf = binary.AppendUvarint(f.buf, uint64(proto.Size(m)))
	var err error
	if f.buf, err = (proto.MarshalOptions{UseCachedSize: true}).MarshalAppend(f.buf, m); err != nil {
		f.err = errors.Join(f.err, err)
	}
	if len(f.buf) >= frameBytes {
		f.flush(kind)
	}
}

func (f *frameWriter) flush(kind byte) {
	if len(f.buf) > 0 {
		f.frame(kind, f.buf)
		f.buf = f.buf[:0]
	}
}

func (f *frameWriter) end(accounts, overrides uint64) {
	le := binary.LittleEndian
	content := le.AppendUint64(le.AppendUint64(nil, accounts), overrides)
	f.frame(frameEnd, le.AppendUint64(content, f.hash.Sum64()))
}

// ErrBackup says that a backup is not whole, or is none.
var ErrBackup = errors.New("the backup cannot be used")

// ReadBackup reads a backup, checks all of it, and calls the functions with what it holds, in its order. What they got
// may be used only once ReadBackup has returned without an error: a backup is known to be whole at its end.
func ReadBackup(r io.Reader, to BackupReader) error {
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
			return fmt.Errorf("%w: a frame of kind %q is out of place", ErrBackup, kind)
		}
		switch kind {
		case frameState:
			err = one(content, to.State)
		case framePolicy:
			err = one(content, to.Policy)
		case frameOverrides:
			err = each(content, &overrides, to.Override)
		case frameAccounts:
			err = each(content, &accounts, to.Account)
		case frameEnd:
			return f.checkEnd(content, accounts, overrides, before)
		default:
			err = fmt.Errorf("%w: there is a frame of the unknown kind %q; a newer leadmatchd may have written it",
				ErrBackup, kind)
		}
		if err != nil {
			return err
		}
	}
}

// BackupReader is called with what a backup holds.
type BackupReader struct {
	State    func(*storev1.StateRecord) error
	Policy   func(*storev1.PolicyRecord) error
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
			return fmt.Errorf("%w: it ends before its end", ErrBackup)
		}
		return err
	}
	f.hash.Write(p)
	return nil
}

func (f *frameReader) magic() error {
	magic := make([]byte, len(backupMagic))
	if err := f.read(magic); err != nil {
		return err
	}
	if string(magic) != backupMagic {
		return fmt.Errorf("%w: it does not begin as a backup of leadmatch does", ErrBackup)
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
		return 0, nil, fmt.Errorf("%w: a frame says that it has %d bytes, at most %d are written", ErrBackup, length,
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
		return 0, nil, fmt.Errorf("%w: the checksum of a frame of kind %q is wrong", ErrBackup, head[0])
	}
	return head[0], content, nil
}

func (f *frameReader) checkEnd(content []byte, accounts, overrides, hash uint64) error {
	le := binary.LittleEndian
	switch {
	case len(content) != endBytes:
		return fmt.Errorf("%w: its end has %d bytes instead of %d", ErrBackup, len(content), endBytes)
	case le.Uint64(content) != accounts || le.Uint64(content[8:]) != overrides:
		return fmt.Errorf("%w: it holds %d accounts and %d overrides, and should hold %d and %d", ErrBackup, accounts,
			overrides, le.Uint64(content), le.Uint64(content[8:]))
	case le.Uint64(content[16:]) != hash:
		return fmt.Errorf("%w: its checksum is wrong", ErrBackup)
	}
	if _, err := f.r.ReadByte(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows its end", ErrBackup)
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
		return fmt.Errorf("%w: %w", ErrBackup, err)
	}
	return f(m)
}

func each[T any, M record[T]](content []byte, count *uint64, f func(M) error) error {
	for len(content) > 0 {
		length, n := binary.Uvarint(content)
		if n <= 0 || length > uint64(len(content)-n) {
			return fmt.Errorf("%w: a record is longer than its frame", ErrBackup)
		}
		m := M(new(T))
		if err := proto.Unmarshal(content[n:n+int(length)], m); err != nil {
			return fmt.Errorf("%w: %w", ErrBackup, err)
		}
		if err := f(m); err != nil {
			return err
		}
		content = content[n+int(length):]
		*count++
	}
	return nil
}
