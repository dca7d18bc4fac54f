package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"

	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
)

// The marker is a small file of our own beside Badger's files that says what the store must hold. It is there because
// Badger opens a folder whose manifest was removed as an empty store, and cuts a damaged log where the damage begins,
// without a word either way. Every commit writes it after Badger's log and before the commit is acknowledged, so a
// store whose state is behind its marker has lost something that was acknowledged.
//
// The file is two slots of 512 bytes, written in turn and synced: a write that is cut short damages one slot, and the
// other still says what was true one commit before, which is enough, as the commit that was cut short was not
// acknowledged. A slot is, little-endian:
//
//	magic 16 bytes, format 4, sequence 8, revision 8, accounts 8, generation 8, CRC-32C of all these 4
//
// The slot with the higher sequence counts.
type marker struct {
	file     *os.File
	sequence uint64
}

// mark is what a marker says.
type mark struct {
	format     uint32
	revision   uint64
	accounts   uint64
	generation uint64
}

const (
	markerName   = "MARKER"
	markerMagic  = "leadmatch store\n"
	slotBytes    = 512
	slotSumAt    = len(markerMagic) + 4 + 4*8
	markerLength = 2 * slotBytes
)

func markOf(s *storev1.StateRecord) mark {
	return mark{format: s.GetFormat(), revision: s.GetRevision(), accounts: s.GetAccounts(), generation: s.GetGeneration()}
}

// createMarker writes a marker that says that nothing has been acknowledged yet. The file appears whole or not at all.
func createMarker(dir string) (*marker, error) {
	temp := filepath.Join(dir, markerName+".new")
	m := &marker{}
	slot := m.encode(mark{format: Format})
	if err := writeSynced(temp, append(make([]byte, slotBytes), slot...)); err != nil {
		return nil, err
	}
	if err := os.Rename(temp, filepath.Join(dir, markerName)); err != nil {
		return nil, err
	}
	if err := syncDir(dir); err != nil {
		return nil, err
	}
	m, _, err := openMarker(dir)
	return m, err
}

// openMarker reads the marker; the error is fs.ErrNotExist when there is none.
func openMarker(dir string) (*marker, mark, error) {
	path := filepath.Join(dir, markerName)
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, mark{}, err
	}
	var slots [markerLength]byte
	n, err := file.ReadAt(slots[:], 0)
	if n != markerLength {
		file.Close()
		return nil, mark{}, damaged("%s has %d bytes instead of %d (%v)", path, n, markerLength, err)
	}
	m, newest := &marker{file: file}, mark{}
	for i := 0; i < markerLength; i += slotBytes {
		if sequence, k, ok := decodeSlot(slots[i : i+slotBytes]); ok && sequence > m.sequence {
			m.sequence, newest = sequence, k
		}
	}
	if m.sequence == 0 {
		file.Close()
		return nil, mark{}, damaged("%s cannot be read: no part of it has the right checksum", path)
	}
	return m, newest, nil
}

// write makes the marker say k, and syncs it.
func (m *marker) write(k mark) error {
	slot := m.encode(k)
	at := int64(m.sequence%2) * slotBytes
	if _, err := m.file.WriteAt(slot, at); err != nil {
		return fmt.Errorf("writing %s: %w", m.file.Name(), err)
	}
	if err := syncData(m.file); err != nil {
		return fmt.Errorf("syncing %s: %w", m.file.Name(), err)
	}
	return nil
}

func (m *marker) close() error { return m.file.Close() }

// encode returns the next slot. The first has the sequence 1 and stands second.
func (m *marker) encode(k mark) []byte {
	m.sequence++
	le := binary.LittleEndian
	slot := make([]byte, 0, slotBytes)
	slot = append(slot, markerMagic...)
	slot = le.AppendUint32(slot, k.format)
	for _, v := range []uint64{m.sequence, k.revision, k.accounts, k.generation} {
		slot = le.AppendUint64(slot, v)
	}
	slot = le.AppendUint32(slot, crc32.Checksum(slot, castagnoli))
	return slot[:slotBytes]
}

func decodeSlot(slot []byte) (sequence uint64, k mark, ok bool) {
	le := binary.LittleEndian
	if string(slot[:len(markerMagic)]) != markerMagic ||
		le.Uint32(slot[slotSumAt:]) != crc32.Checksum(slot[:slotSumAt], castagnoli) {
		return 0, mark{}, false
	}
	at := slot[len(markerMagic):]
	return le.Uint64(at[4:]), mark{
		format:     le.Uint32(at),
		revision:   le.Uint64(at[12:]),
		accounts:   le.Uint64(at[20:]),
		generation: le.Uint64(at[28:]),
	}, true
}

// check compares what the marker says with what Badger holds.
func (k mark) check(s *storev1.StateRecord) error {
	switch {
	case s.GetRevision() < k.revision:
		return damaged("the last change that was acknowledged is number %d, the last one that is there is number %d",
			k.revision, s.GetRevision())
	case s.GetRevision() == k.revision && s.GetAccounts() != k.accounts:
		return damaged("at revision %d there were %d accounts, now there are %d", k.revision, k.accounts, s.GetAccounts())
	}
	return nil
}

func writeSynced(path string, data []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return errors.Join(err, file.Sync(), file.Close())
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
