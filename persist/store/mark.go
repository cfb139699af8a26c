package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
)

// mark remembers the newest acknowledged transaction outside Badger, which cuts a damaged log silently. It is written after the transaction is
// durable and synced only at Close: after a power cut it may be behind, and then it merely notices less; it is never ahead. Not safe for
// concurrent use.
type mark struct{ file *os.File }

func openMark(path string) (*mark, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, fileMode)
	if err != nil {
		return nil, fmt.Errorf("open mark: %w", err)
	}
	return &mark{f}, nil
}

// load gives the marked transaction; 0 when there is none or the mark itself is damaged, since then it says nothing.
func (m *mark) load() uint64 {
	var b [12]byte
	if n, _ := m.file.ReadAt(b[:], 0); n < len(b) || crc32.Checksum(b[:8], castagnoli) != binary.LittleEndian.Uint32(b[8:]) {
		return 0
	}
	return binary.LittleEndian.Uint64(b[:])
}

func (m *mark) store(seq uint64) error {
	b := binary.LittleEndian.AppendUint64(make([]byte, 0, 12), seq)
	if _, err := m.file.WriteAt(binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli)), 0); err != nil {
		return fmt.Errorf("write mark: %w", err)
	}
	return nil
}

func (m *mark) close() error { return errors.Join(m.file.Sync(), m.file.Close()) }
