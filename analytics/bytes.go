package analytics

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sync"
)

// The state's bytes are a sequence of varints (little-endian base 128, signed ones zig-zag) and length-prefixed strings.

func putUint(b []byte, v uint64) []byte { return binary.AppendUvarint(b, v) }

func putInt(b []byte, v int64) []byte { return binary.AppendVarint(b, v) }

func putString(b []byte, s string) []byte { return append(putUint(b, uint64(len(s))), s...) }

// bufferPool keeps buffers for what is written before its size is known: one that grows leaves as much again behind.
var bufferPool sync.Pool // of *[]byte

// maxBuffer is the size of a buffer that is kept.
const maxBuffer = 1 << 20

func takeBuffer() []byte {
	if b, ok := bufferPool.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return nil
}

// takeBufferOf is takeBuffer for about n bytes: one that grows a quarter at a time copies each byte four times.
func takeBufferOf(n int) []byte {
	b := takeBuffer()
	if cap(b) >= n {
		return b
	}
	giveBuffer(b)
	return make([]byte, 0, n)
}

// giveBuffer takes a buffer back: nothing may point into it.
func giveBuffer(b []byte) {
	if 0 < cap(b) && cap(b) <= maxBuffer {
		bufferPool.Put(&b)
	}
}

// written is what was written to a buffer, for good: a copy, and the buffer goes back; one that is too large to be kept is taken as it is.
func written(b []byte) []byte {
	if cap(b) > maxBuffer {
		return b
	}
	defer giveBuffer(b)
	return slices.Clone(b)
}

// reader reads what the put functions wrote. The first error sticks; afterwards every read gives zero values.
type reader struct {
	b     []byte
	err   error
	texts string // ends with what b holds, when texts share memory
	cells []cell // memory that pages are read into
}

func (r *reader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%s: %w", what, ErrCorrupt)
	}
	r.b = nil
}

func (r *reader) uint() uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 {
		r.fail("number")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// uints reads as many numbers as list has room for, each below 2³². A loop of its own for what takes up to three bytes, as nearly all numbers of
// columns do, reads them three times as fast as uint.
func (r *reader) uints(list []uint32) {
	b, at := r.b, 0
	for i := range list {
		if at+2 < len(b) {
			v := uint32(b[at])
			if v < 0x80 {
				list[i] = v
				at++
				continue
			}
			v = v&0x7f | uint32(b[at+1])<<7
			if v < 0x80<<7 {
				list[i] = v
				at += 2
				continue
			}
			v = v&0x3fff | uint32(b[at+2])<<14
			if v < 0x80<<14 {
				list[i] = v
				at += 3
				continue
			}
		}
		v, n := binary.Uvarint(b[at:])
		if n <= 0 {
			r.fail("number")
			return
		}
		list[i] = uint32(v)
		at += n
	}
	r.b = b[at:]
}

func (r *reader) int() int64 {
	v, n := binary.Varint(r.b)
	if n <= 0 {
		r.fail("number")
		return 0
	}
	r.b = r.b[n:]
	return v
}

// count reads a number of things of at least size bytes each that follow; a number that cannot be true is an error.
func (r *reader) count(size int) int {
	v := r.uint()
	if v > uint64(len(r.b)/size) {
		r.fail("count")
		return 0
	}
	return int(v)
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.fail("bytes")
		return make([]byte, max(0, min(n, 64)))
	}
	v := r.b[:n]
	r.b = r.b[n:]
	return v
}

// shareTexts is for what is mostly texts: they are parts of one piece of memory. Who keeps few of them copies those.
func (r *reader) shareTexts() { r.texts = string(r.b) }

func (r *reader) string() string {
	n := r.count(1)
	at := len(r.texts) - len(r.b)
	b := r.bytes(n)
	if r.texts == "" || r.err != nil {
		return string(b)
	}
	return r.texts[at : at+n]
}

// end reports the error, or that bytes are left over.
func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.fail("end")
	}
	return r.err
}
