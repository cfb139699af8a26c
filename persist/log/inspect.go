package log

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	wseg "github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"

	"github.com/ztas-io/ztas/analytics"
)

// inspection is a log as it lies on the disk. Making one changes nothing.
type inspection struct {
	index *index
	last  uint64 // physical index of the last frame, also of one that was cut
	crc   uint32 // of that frame
	list  segmentList
	tail  tailFile
}

// tailFile is what the segment that is written to needs before raft-wal may open it.
type tailFile struct {
	info    types.SegmentInfo
	missing bool
	segment
	dirtyTo int // bytes from segment.end to here are left over from a commit that was never finished
}

// walker checks frame after frame: sums, chain, density.
type walker struct {
	index *index
	mark  *mark
	seam  *seam
	next  [analytics.Partitions]analytics.Pos // expected; 0: any, none seen yet
	end   uint64                              // physical index of the next frame
	crc   uint32                              // of the frame before
	known bool                                // crc is known
	prev  header                              // the frame before, to name a place by
	file  []byte                              // the segment that is walked through; the next one is read into its memory
}

// inspect reads and checks all of a log and compares it with the mark.
func inspect(dir string, m *mark, list segmentList) (*inspection, error) {
	in := &inspection{list: list, last: m.last, crc: m.crc}
	w := &walker{mark: m, seam: list.Seam, index: newIndex(m)}
	w.index.parts = [analytics.Partitions]part{}
	for p := range w.index.parts {
		w.index.parts[p].first = m.first[p]
	}
	for i, info := range list.Segments {
		if i == 0 {
			w.end, w.index.first = info.BaseIndex, info.MinIndex
		}
		if info.BaseIndex != w.end {
			return nil, damaged(0, 0, "segment %d begins at entry %d, want %d", i, info.BaseIndex, w.end)
		}
		if info.SealTime.IsZero() != (i == len(list.Segments)-1) {
			return nil, damaged(0, 0, "the list of segments makes no sense")
		}
		if err := w.segment(dir, info, in); err != nil {
			return nil, err
		}
	}
	if len(list.Segments) == 0 {
		w.end = 1
	}
	if err := w.finish(); err != nil {
		return nil, err
	}
	in.index = w.index
	if w.known {
		in.last, in.crc = w.end-1, w.crc
	}
	return in, nil
}

// segment walks through one file.
func (w *walker) segment(dir string, info types.SegmentInfo, in *inspection) error {
	name := wseg.FileName(info)
	sealed := !info.SealTime.IsZero()
	err := w.read(filepath.Join(dir, name))
	if errors.Is(err, os.ErrNotExist) && !sealed {
		in.tail = tailFile{info: info, missing: true}
		return nil
	}
	if errors.Is(err, os.ErrNotExist) {
		return w.damage("segment %s is missing", name)
	}
	if err != nil {
		return fmt.Errorf("read log: %w", err)
	}
	file := w.file
	s := parseSegment(file, info)
	if len(s.frames) > 0 && !s.headerOK {
		return w.damage("segment %s has a wrong header", name)
	}
	for _, frame := range s.frames {
		if sealed && w.end > info.MaxIndex {
			break
		}
		if err := w.frame(frame, info.MinIndex); err != nil {
			return err
		}
	}
	if sealed {
		if w.end != info.MaxIndex+1 || s.indexStart != info.IndexStart || !s.tableOK(file) {
			return w.damage("segment %s is not whole", name)
		}
		return nil
	}
	if h, ok := s.later(file, w.end); ok {
		return w.damage("segment %s is not readable here, but at partition %d position %d again", name, h.partition, h.pos)
	}
	if s.indexStart > 0 && !s.tableOK(file) {
		return w.damage("segment %s has a wrong table", name)
	}
	in.tail = tailFile{info: info, segment: s, dirtyTo: rest(file)}
	return nil
}

// read makes file what is in the segment. All of them are read into the same memory: what takes time is to have the system give it out, not to fill it.
func (w *walker) read(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	w.file = slices.Grow(w.file[:0], int(info.Size()))[:info.Size()]
	_, err = io.ReadFull(f, w.file)
	return err
}

// frame takes the next frame in; the ones below lowest were cut already and only carry the chain on.
func (w *walker) frame(data []byte, lowest uint64) error {
	h, sum, _, err := decodeFrame(data)
	wrongCopy := false
	if s := w.seam; err == nil && s != nil && w.end == s.Index {
		sum, wrongCopy = s.Original, sum != s.Copy
	}
	switch {
	case errors.Is(err, errFrameVersion):
		return fmt.Errorf("open log: entry %d: %w", w.end, err)
	case err != nil && h.partition < analytics.Partitions && h.pos != 0 && h.pos == w.next[h.partition]:
		return damaged(h.partition, h.pos, "%v", err)
	case err != nil:
		return w.damage("%v", err)
	case h.index != w.end || w.known && h.prev != w.crc || !w.known && w.end == w.mark.last+1 && h.prev != w.mark.crc:
		return damaged(h.partition, h.pos, "it does not follow the entry before it")
	case w.next[h.partition] != 0 && h.pos != w.next[h.partition]:
		return damaged(h.partition, w.next[h.partition], "position %d stands in its place", h.pos)
	case wrongCopy || w.end == w.mark.last && sum != w.mark.crc:
		return damaged(h.partition, h.pos, "it is not the block that was acknowledged")
	}
	if w.end >= lowest {
		part := &w.index.parts[h.partition]
		if h.pos > part.next() {
			return damaged(h.partition, part.next(), "the log begins at position %d", h.pos)
		}
		if h.pos == part.next() {
			part.refs = append(part.refs, w.end)
		}
		w.index.entries = append(w.index.entries, entry{h.partition, uint32(len(data))})
		w.index.bytes += int64(len(data))
	}
	w.next[h.partition] = h.pos + 1
	w.crc, w.known, w.prev, w.end = sum, true, h, w.end+1
	return nil
}

// finish compares the end with the mark.
func (w *walker) finish() error {
	for p := range w.index.parts {
		if next := w.index.parts[p].next(); next < w.mark.next[p] {
			return damaged(analytics.Partition(p), next, "the log ends before it, but position %d was acknowledged", w.mark.next[p]-1)
		}
	}
	if w.end <= w.mark.last {
		return damaged(0, 0, "the log ends at entry %d, but entry %d was acknowledged", w.end-1, w.mark.last)
	}
	if len(w.index.entries) == 0 {
		w.index.first = w.end
	}
	w.index.needed = w.index.first
	w.index.advance()
	return nil
}

// damage names the place by the frame before it.
func (w *walker) damage(format string, args ...any) *DamageError {
	reason := fmt.Sprintf(format, args...)
	if w.known {
		return damaged(w.prev.partition, w.prev.pos, "behind it, %s", reason)
	}
	return damaged(0, 0, "%s", reason)
}

// hasSegments tells whether the directory holds any segment file.
func hasSegments(dir string) (bool, error) {
	files, err := os.ReadDir(dir)
	if err != nil {
		return false, fmt.Errorf("read log directory: %w", err)
	}
	for _, f := range files {
		if strings.HasSuffix(f.Name(), ".wal") {
			return true, nil
		}
	}
	return false, nil
}
