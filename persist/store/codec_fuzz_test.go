package store

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/ztas-io/ztas/persist"
)

func FuzzDecodeValue(f *testing.F) {
	key := []byte("key")
	f.Add(encodeInline(key, []byte("value")))
	f.Add(encodeRef(key, fileRef{7, 100, 9}))
	f.Add(encodeErased(key))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, in := range [][]byte{b, sealValue(key, bytes.Clone(b))} { // as it is, and past the checksum
			v, err := decodeValue(key, in)
			switch {
			case err != nil:
				if !errors.Is(err, persist.ErrCorrupt) {
					t.Fatalf("another error: %v", err)
				}
			case v.isFile:
				if !bytes.Equal(encodeRef(key, v.file), in) {
					t.Fatalf("%x reads as %+v", in, v)
				}
			case !v.isErased:
				if !bytes.Equal(encodeInline(key, v.inline), in) {
					t.Fatalf("%x reads as %+v", in, v)
				}
			}
		}
	})
}

func FuzzDecodeList(f *testing.F) {
	f.Add(encodeList(listUndo, nil))
	f.Add(encodeList(listRedo, []uint64{1, 5, 1<<64 - 1}))
	f.Add([]byte{1, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		kind, ids, err := decodeList(b)
		if err != nil {
			if !errors.Is(err, persist.ErrCorrupt) {
				t.Fatalf("another error: %v", err)
			}
			return
		}
		again, same, err := decodeList(encodeList(kind, slices.Clone(ids)))
		if err != nil || again != kind || !slices.Equal(ids, same) {
			t.Fatalf("%v comes back as %v, %v", ids, same, err)
		}
	})
}

func FuzzDecodeBlobFile(f *testing.F) {
	files := &blobFiles{dir: f.TempDir(), next: 1, pending: map[uint64]struct{}{}}
	key := []byte("key")
	if _, err := files.write(1, key, []byte("some data")); err != nil {
		f.Fatal(err)
	}
	var buf []byte
	good, err := readInto(files.path(1, blobSuffix), &buf)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add([]byte("ztF1\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		data, _, err := decodeBlobFile(b, key)
		if err != nil && !errors.Is(err, persist.ErrCorrupt) {
			t.Fatalf("another error: %v", err)
		}
		if err == nil && len(b) != 6+len(key)+8+len(data)+4 {
			t.Fatalf("%d bytes of %d", len(data), len(b))
		}
	})
}

func FuzzSequenceOf(f *testing.F) {
	f.Add(make([]byte, 100))
	f.Add([]byte("01234567890123456789\x40\x00\x09\x01\x00123456789x1234"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if first, last := sequenceOf(b); (first == 0) != (last == 0) {
			t.Fatalf("from %d to %d", first, last)
		}
	})
}
