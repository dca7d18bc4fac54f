package store

import (
	"encoding/binary"
	"hash/crc32"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/server/backup"
)

// Format is the version of what is on disk. A store of an older format that is listed here is read; one of a newer
// format is refused.
//
//	1  the first. Former policies and the journal came later: programs that do not know them leave them alone
const Format = backup.Format

// Keys. Accounts carry the generation of their set, so that a new set can be written beside the present one, and are in
// ascending order of id within it.
//
//	s                          StateRecord
//	p                          PolicyRecord
//	h                          FormerPoliciesRecord
//	o<id>                      OverrideRecord
//	a<generation, 8 bytes><id> AccountRecord
//	j                          JournalRecord
//	r<revision, 8 bytes><n, 4> ReplacedRecord
//	g<generation, 8 bytes><id> revision that removed the account, 8 bytes; where a log is followed
//	x<id>                      revision that removed the override, likewise
//
// Values are the record followed by the CRC-32C, 4 bytes, of key and record: Badger does not look at its own checksums
// when it reads, and a value that got under the wrong key would pass them.
const (
	keyState        = "s"
	keyPolicy       = "p"
	keyFormer       = "h"
	keyOverride     = "o"
	keyAccount      = "a"
	endAccount      = "b" // behind all accounts
	keyJournal      = "j"
	keyReplaced     = "r"
	keyGoneAccount  = "g"
	keyGoneOverride = "x"
)

const (
	generationBytes = 8
	checksumBytes   = 4
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// accountPrefix is what the keys of a generation's accounts begin with.
func accountPrefix(generation uint64) []byte {
	return binary.BigEndian.AppendUint64([]byte(keyAccount), generation)
}

func accountKey(generation uint64, id string) []byte {
	return append(accountPrefix(generation), id...)
}

// goneKey is where the removal of what stood under key is noted.
func goneKey(key []byte) []byte {
	gone := append([]byte(nil), key...)
	if gone[0] = keyGoneOverride[0]; key[0] == keyAccount[0] {
		gone[0] = keyGoneAccount[0]
	}
	return gone
}

func overrideKey(id string) []byte { return append([]byte(keyOverride), id...) }

// seal appends the checksum to a record that will be stored under key.
func seal(key, record []byte) []byte {
	return binary.LittleEndian.AppendUint32(record, checksum(key, record))
}

// unseal returns the record of a value, which it is a part of.
func unseal(key, value []byte) ([]byte, error) {
	end := len(value) - checksumBytes
	if end < 0 || binary.LittleEndian.Uint32(value[end:]) != checksum(key, value[:end]) {
		return nil, damaged("the checksum of the record under key %q is wrong", key)
	}
	return value[:end], nil
}

func checksum(key, record []byte) uint32 {
	return crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, record)
}

// sealed encodes a message as the value under key.
func sealed(key []byte, m proto.Message) ([]byte, error) {
	record, err := proto.Marshal(m)
	if err != nil {
		return nil, err
	}
	return seal(key, record), nil
}

// open decodes a value into a message.
func open(key, value []byte, m proto.Message) error {
	record, err := unseal(key, value)
	if err != nil {
		return err
	}
	if err := proto.Unmarshal(record, m); err != nil {
		return damaged("the record under key %q cannot be read: %v", key, err)
	}
	return nil
}

// Numbers of the fields of an AccountRecord that are known only once it is committed. They are appended to a record
// that was encoded before, outside the one goroutine that commits.
const (
	accountRevision   protowire.Number = 11
	accountUpdateTime protowire.Number = 12
	accountStampBytes                  = 2 * (1 + binary.MaxVarintLen64)
)

func appendStamp(record []byte, revision uint64, timeMS int64) []byte {
	if revision != 0 {
		record = protowire.AppendTag(record, accountRevision, protowire.VarintType)
		record = protowire.AppendVarint(record, revision)
	}
	record = protowire.AppendTag(record, accountUpdateTime, protowire.VarintType)
	return protowire.AppendVarint(record, uint64(timeMS))
}
