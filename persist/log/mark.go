package log

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/ztas-io/ztas/analytics"
)

// mark is the high-water mark: what a log that is opened again must at least have (L5), and where its positions go on (L6).
//
// The file, integers little-endian:
//
//	offset  width  field
//	     0      4  magic, "zLM1"
//	     4      8  physical index of the last acknowledged frame; 0: none yet
//	    12      4  CRC32C of that frame
//	    16   1024  for each partition: next position (8), first position that is still needed (8)
//	  1040      4  CRC32C of all before
//
// It is replaced as a whole: written beside, synced, renamed, the directory synced.
type mark struct {
	last  uint64
	crc   uint32
	next  [analytics.Partitions]analytics.Pos
	first [analytics.Partitions]analytics.Pos
}

const (
	markFile  = "mark"
	markMagic = "zLM1"
	markSize  = 16 + 16*analytics.Partitions + 4
)

// newMark is the mark of a log in which nothing was ever written.
func newMark() mark {
	var m mark
	for p := range m.next {
		m.next[p], m.first[p] = 1, 1
	}
	return m
}

func (m *mark) encode() []byte {
	b := make([]byte, 16, markSize)
	copy(b, markMagic)
	binary.LittleEndian.PutUint64(b[4:], m.last)
	binary.LittleEndian.PutUint32(b[12:], m.crc)
	for p := range m.next {
		b = binary.LittleEndian.AppendUint64(b, uint64(m.next[p]))
		b = binary.LittleEndian.AppendUint64(b, uint64(m.first[p]))
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

func decodeMark(b []byte) (mark, error) {
	var m mark
	if len(b) != markSize || string(b[:4]) != markMagic ||
		crc32.Checksum(b[:markSize-4], castagnoli) != binary.LittleEndian.Uint32(b[markSize-4:]) {
		return m, errors.New("the high-water mark fails its checksum")
	}
	m.last = binary.LittleEndian.Uint64(b[4:])
	m.crc = binary.LittleEndian.Uint32(b[12:])
	for p := range m.next {
		m.next[p] = analytics.Pos(binary.LittleEndian.Uint64(b[16+16*p:]))
		m.first[p] = analytics.Pos(binary.LittleEndian.Uint64(b[24+16*p:]))
		if m.first[p] == 0 || m.first[p] > m.next[p] {
			return m, fmt.Errorf("the high-water mark of partition %d makes no sense", p)
		}
	}
	return m, nil
}

// readMark finds the mark; ok is false when there is no file.
func readMark(dir string) (m mark, ok bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, markFile))
	if errors.Is(err, os.ErrNotExist) {
		return newMark(), false, nil
	}
	if err != nil {
		return m, false, fmt.Errorf("read high-water mark: %w", err)
	}
	if m, err = decodeMark(b); err != nil {
		return m, false, damaged(0, 0, "%v", err)
	}
	return m, true, nil
}

func writeMark(dir string, m *mark) error {
	if err := replaceFile(dir, markFile, m.encode()); err != nil {
		return fmt.Errorf("write high-water mark: %w", err)
	}
	return nil
}

// replaceFile makes the file have the content, durably, or leaves it as it was.
func replaceFile(dir, name string, content []byte) error {
	temp := filepath.Join(dir, name+".new")
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp, filepath.Join(dir, name))
	}
	if err != nil {
		_ = os.Remove(temp)
		return err
	}
	return syncDir(dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if closed := d.Close(); err == nil {
		err = closed
	}
	return err
}
