package store

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/ztas-io/ztas/persist"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

const (
	kindInline = 0
	kindFile   = 1
	kindErased = 2
)

// fileRef is what Badger knows of a value that is a file.
type fileRef struct {
	number uint64
	length uint64 // bytes of the value
	crc    uint32 // the file's own checksum
}

// value is a decoded value: the bytes, or where they are.
type value struct {
	inline   []byte
	file     fileRef
	isFile   bool
	isErased bool // there is no value
}

func sealValue(key, b []byte) []byte {
	return binary.LittleEndian.AppendUint32(b, crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, b))
}

func encodeInline(key, data []byte) []byte {
	b := make([]byte, 0, 1+len(data)+4)
	return sealValue(key, append(append(b, kindInline), data...))
}

func encodeRef(key []byte, ref fileRef) []byte {
	b := make([]byte, 0, 1+20+4)
	b = binary.LittleEndian.AppendUint64(append(b, kindFile), ref.number)
	b = binary.LittleEndian.AppendUint64(b, ref.length)
	return sealValue(key, binary.LittleEndian.AppendUint32(b, ref.crc))
}

// encodeErased gives the value of a key that is there for Badger alone.
func encodeErased(key []byte) []byte { return sealValue(key, []byte{kindErased}) }

// decodeValue checks and reads a value; inline shares memory with b. Errors are persist.ErrCorrupt.
func decodeValue(key, b []byte) (value, error) {
	if len(b) < 1+4 {
		return value{}, fmt.Errorf("value of %d bytes: %w", len(b), persist.ErrCorrupt)
	}
	end := len(b) - 4
	if crc32.Update(crc32.Checksum(key, castagnoli), castagnoli, b[:end]) != binary.LittleEndian.Uint32(b[end:]) {
		return value{}, fmt.Errorf("checksum of value: %w", persist.ErrCorrupt)
	}
	switch body := b[1:end:end]; {
	case b[0] == kindInline:
		return value{inline: body}, nil
	case b[0] == kindErased && len(body) == 0:
		return value{isErased: true}, nil
	case b[0] == kindFile && len(body) == 20:
		return value{isFile: true, file: fileRef{
			number: binary.LittleEndian.Uint64(body),
			length: binary.LittleEndian.Uint64(body[8:]),
			crc:    binary.LittleEndian.Uint32(body[16:]),
		}}, nil
	}
	return value{}, fmt.Errorf("value of kind %d: %w", b[0], persist.ErrCorrupt)
}
