package log

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/hashicorp/raft-wal/types"
)

// segment is what one file of raft-wal holds, read without raft-wal: raft-wal checks the last commit only, and cuts without a word what it
// cannot read. Its format is documented in its README; the version is pinned.
type segment struct {
	frames     [][]byte // payloads of the entries of all whole commits
	lastCommit int      // offset at which the last whole commit starts
	end        int      // offset behind the last whole commit; 0 when there is none
	indexStart uint64   // offset of the table of entries when a whole commit has one: the segment is sealed
	table      []byte   // that table
	headerOK   bool     // the file's header is the expected one
}

// raft-wal's frames.
const (
	walHeader    = 32
	walFrame     = 8
	walEntry     = 1
	walIndex     = 2
	walCommit    = 3
	walMagic     = 0x58eb6b0d
	walAlignment = 8
)

// parseSegment reads commits until the first one that is not whole.
func parseSegment(file []byte, info types.SegmentInfo) segment {
	s := segment{headerOK: len(file) >= walHeader && binary.LittleEndian.Uint64(file) == walMagic &&
		binary.LittleEndian.Uint64(file[8:]) == info.BaseIndex &&
		binary.LittleEndian.Uint64(file[16:]) == info.ID &&
		binary.LittleEndian.Uint64(file[24:]) == info.Codec}
	var pending [][]byte // of the commit being read
	var indexStart uint64
	var table []byte
	start := 0
	for off := walHeader; off+walFrame <= len(file); {
		length := uint64(binary.LittleEndian.Uint32(file[off+4:]))
		kind := binary.LittleEndian.Uint32(file[off:])
		switch kind {
		case walEntry, walIndex:
			next := uint64(off) + walFrame + (length+walAlignment-1)&^(walAlignment-1)
			if next > uint64(len(file)) {
				return s
			}
			payload := file[off+walFrame : uint64(off)+walFrame+length]
			if kind == walEntry {
				pending = append(pending, payload)
			} else {
				indexStart, table = uint64(off)+walFrame, payload
			}
			off = int(next)
		case walCommit:
			if crc32.Checksum(file[start:off], castagnoli) != uint32(length) {
				return s
			}
			off += walFrame
			s.frames = append(s.frames, pending...)
			s.indexStart, s.table = indexStart, table
			s.lastCommit, s.end = start, off
			pending, start = pending[:0], off
			if indexStart > 0 {
				return s
			}
		default:
			return s
		}
	}
	return s
}

// tableOK tells whether the table of a sealed segment leads to each frame.
func (s *segment) tableOK(file []byte) bool {
	if len(s.table) != 4*len(s.frames) {
		return false
	}
	for i, frame := range s.frames {
		off := uint64(binary.LittleEndian.Uint32(s.table[4*i:]))
		if off+walFrame+uint64(len(frame)) > uint64(len(file)) || binary.LittleEndian.Uint32(file[off+4:]) != uint32(len(frame)) ||
			len(frame) == 0 || &file[off+walFrame] != &frame[0] {
			return false
		}
	}
	return true
}

// later looks behind the last whole commit for a readable frame of a commit that follows the one with physical index torn. Such a frame was
// written after the torn commit had been synced and acknowledged.
func (s *segment) later(file []byte, torn uint64) (header, bool) {
	for off := max(s.end, walHeader); off+walFrame+frameHeader <= len(file); off += walAlignment {
		if binary.LittleEndian.Uint32(file[off:]) != walEntry {
			continue
		}
		length := uint64(binary.LittleEndian.Uint32(file[off+4:]))
		if uint64(off)+walFrame+length > uint64(len(file)) {
			continue
		}
		h, _, _, err := decodeFrame(file[off+walFrame : uint64(off)+walFrame+length])
		if err == nil && h.firstOfCommit() > torn {
			return h, true
		}
	}
	return header{}, false
}

// rest is the offset behind the last byte that is not zero.
func rest(file []byte) int {
	n := len(file)
	for n > 0 && file[n-1] == 0 {
		n--
	}
	return n
}
