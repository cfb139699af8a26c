package log

import (
	"bytes"
	"testing"

	"github.com/hashicorp/raft-wal/types"
)

func FuzzFrame(f *testing.F) {
	h := header{partition: 3, place: 1, commit: 2, index: 9, pos: 4, prev: 7}
	head, _ := h.encode([]byte("block"))
	f.Add(append(head, "block"...))
	f.Add([]byte("zL"))
	f.Add(make([]byte, frameHeader))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, sum, block, err := decodeFrame(data)
		if err != nil {
			return
		}
		head, again := h.encode(block)
		if again != sum || !bytes.Equal(append(head, block...), data) {
			t.Fatalf("%x is read as another frame", data)
		}
	})
}

func FuzzSegment(f *testing.F) {
	info := types.SegmentInfo{ID: 1, BaseIndex: 1, MinIndex: 1, Codec: frameCodec}
	f.Add(make([]byte, 64))
	f.Add(append(make([]byte, 32), 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff))
	f.Add(append(make([]byte, 32), 2, 0, 0, 0, 4, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0))
	f.Fuzz(func(t *testing.T, file []byte) {
		s := parseSegment(file, info)
		if s.end > len(file) || s.lastCommit > s.end {
			t.Fatalf("commit from %d to %d of %d bytes", s.lastCommit, s.end, len(file))
		}
		s.tableOK(file)
		s.later(file, 1)
	})
}

func FuzzMark(f *testing.F) {
	m := newMark()
	f.Add(m.encode())
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := decodeMark(data)
		if err == nil && !bytes.Equal(m.encode(), data) {
			t.Fatalf("%x is read as another mark", data)
		}
	})
}
