package store

import (
	"encoding/binary"
	"errors"
	"io"
	"os"
	"runtime"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/dgraph-io/badger/v4/pb"
	"github.com/dgraph-io/badger/v4/table"
	"github.com/dgraph-io/badger/v4/y"
	"github.com/dgraph-io/ristretto/v2/z"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/proto"
)

// checkTables reads all the tables that a manifest lists and checks all their checksums. Badger itself ends the process
// over some damaged tables, from goroutines of its own, and leaves others out without a word. What it costs is little:
// the accounts are read from the same pages a moment later.
func checkTables(dir string, m badger.Manifest) error {
	var checks errgroup.Group
	checks.SetLimit(runtime.GOMAXPROCS(0))
	for id := range m.Tables {
		checks.Go(func() error {
			path := table.NewFilename(id, badgerDir(dir))
			if found, err := exists(path); err != nil || !found {
				return damaged("%s is missing (%v)", path, err)
			}
			if err := checkTable(path); err != nil {
				return damaged("the table %s: %v", path, err)
			}
			return nil
		})
	}
	return checks.Wait()
}

func checkTable(path string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = errors.New("it cannot be read")
		}
	}()
	if err := checkTableIndex(path); err != nil {
		return err
	}
	file, err := z.OpenMmapFile(path, os.O_RDONLY, 0)
	if err != nil {
		return err
	}
	t, err := table.OpenTable(file, table.Options{
		ReadOnly: true, ChkMode: options.NoVerification, Compression: options.None,
	})
	if err != nil {
		return err
	}
	defer t.Close(-1)
	return t.VerifyChecksum()
}

// checkTableIndex checks the end of a table, as reading it with wrong lengths ends the process. It is the index, its
// length, its checksum, and the length of that; lengths have 4 bytes, big-endian.
func checkTableIndex(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	sum, at, err := readBackward(file, info.Size())
	if err != nil {
		return err
	}
	index, _, err := readBackward(file, at)
	if err != nil {
		return err
	}
	var checksum pb.Checksum
	if err := proto.Unmarshal(sum, &checksum); err != nil {
		return errors.New("its checksum cannot be read")
	}
	return y.VerifyChecksum(index, &checksum)
}

// readBackward returns what stands in a file before its length, which ends at end, and where it begins.
func readBackward(file io.ReaderAt, end int64) (content []byte, begin int64, err error) {
	var length [4]byte
	if end < int64(len(length)) {
		return nil, 0, errCutShort
	}
	end -= int64(len(length))
	if _, err := file.ReadAt(length[:], end); err != nil {
		return nil, 0, err
	}
	begin = end - int64(binary.BigEndian.Uint32(length[:]))
	if begin < 0 {
		return nil, 0, errCutShort
	}
	content = make([]byte, end-begin)
	_, err = file.ReadAt(content, begin)
	return content, begin, err
}

var errCutShort = errors.New("it is cut short")
