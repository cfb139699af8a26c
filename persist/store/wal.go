package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/ztas-io/ztas/persist"
)

// Badger cuts each of its logs at the first entry that it cannot read and says nothing. Every transaction of ours writes the sequence, so the
// numbers in the logs are dense: a gap between two logs, or an end below the mark, is lost data. This is looked for before Badger opens, so that
// nothing is changed when it is found.

// checkLogs reads the sequence numbers in Badger's logs.
func (s *Store) checkLogs(marked uint64, buf *[]byte) error {
	paths, err := filepath.Glob(filepath.Join(s.cfg.Dir, "*.mem"))
	if err != nil {
		return err
	}
	slices.Sort(paths) // numbered with leading zeros
	last := uint64(0)
	for _, path := range paths {
		b, err := readInto(path, buf)
		if err != nil {
			return fmt.Errorf("read log of the store: %w", err)
		}
		first, end := sequenceOf(b)
		if first == 0 {
			continue
		}
		if last != 0 && first > last+1 {
			return fmt.Errorf("logs of the store go from transaction %d to %d at %s: %w: restore a backup", last, first, path, persist.ErrCorrupt)
		}
		last = end
	}
	if last != 0 && last < marked {
		return s.lostTransactions(last, marked)
	}
	return nil
}

// removeEmptyLogs removes logs of length 0. Badger makes a log and gives it its length in two steps and refuses to open what a kill between
// them leaves behind ("Create a new file"). Such a file never held anything: that nothing is missing was checked before.
func (s *Store) removeEmptyLogs() error {
	removed := false
	for _, pattern := range []string{"*.mem", "*.vlog"} {
		paths, err := filepath.Glob(filepath.Join(s.cfg.Dir, pattern))
		if err != nil {
			return err
		}
		for _, path := range paths {
			info, err := os.Stat(path)
			if err == nil && info.Size() == 0 {
				err = os.Remove(path)
				removed = true
			}
			if err != nil {
				return fmt.Errorf("remove an empty log of the store: %w", err)
			}
		}
	}
	if !removed {
		return nil
	}
	return syncDir(s.cfg.Dir)
}

const (
	walHeader    = 20 // key id, IV
	walBitFinTxn = 1 << 7
	walBitTxn    = 1 << 6
)

// sequenceOf gives the first and last whole transaction of a log in Badger's format: entries of meta u8, user meta u8, key length, value length
// and expiry as uvarints, key with 8 bytes of timestamp, value, CRC32C big-endian; a transaction ends with an entry of its own. 0: none.
func sequenceOf(log []byte) (first, last uint64) {
	var open uint64
	for at := min(walHeader, len(log)); ; {
		e, n := walEntryAt(log[at:])
		if n == 0 {
			return first, last
		}
		at += n
		switch {
		case e.meta&walBitFinTxn != 0:
			number, err := strconv.ParseUint(string(e.val), 10, 64)
			if err != nil || number != open || open == 0 {
				return first, last
			}
			if first == 0 {
				first = open
			}
			last, open = open, 0
		case e.meta&walBitTxn != 0 && len(e.key) > 8:
			version := ^binary.BigEndian.Uint64(e.key[len(e.key)-8:])
			if open != 0 && version != open {
				return first, last
			}
			open = version
		default:
			return first, last // not an entry that this store writes
		}
	}
}

type walEntry struct {
	meta     byte
	key, val []byte
}

// walEntryAt reads one entry; n is 0 where there is none.
func walEntryAt(b []byte) (e walEntry, n int) {
	if len(b) < 2 {
		return e, 0
	}
	var sizes [3]uint64
	at := 2
	for i := range sizes {
		v, m := binary.Uvarint(b[at:])
		if m <= 0 {
			return e, 0
		}
		sizes[i], at = v, at+m
	}
	left := uint64(len(b) - at)
	if sizes[0] == 0 || sizes[0] > left || sizes[1] > left-sizes[0] || left-sizes[0]-sizes[1] < 4 {
		return e, 0
	}
	end := at + int(sizes[0]+sizes[1])
	if crc32.Checksum(b[:end], castagnoli) != binary.BigEndian.Uint32(b[end:]) {
		return e, 0
	}
	return walEntry{b[0], b[at : at+int(sizes[0])], b[at+int(sizes[0]) : end]}, end + 4
}
