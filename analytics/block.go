package analytics

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/s2"
)

// Block is the unit that is appended to the log: records of some sites of one partition, taken together. Blocks do not know their position
// and are not chained, so that any node may append one.
type Block struct {
	Producer    uint64 // the process that made the block
	Sequence    uint64 // rises by 1 per block of a producer; (Producer, Sequence) is how waiting requests find their answer
	LogicalTime int64  // the producer's clock, UTC ms; it may fall
	Steady      bool   // that clock has run without a jump for a while: State.Trust
	Sections    []Section
}

// Section holds one site's records of a block, in the order in which they are folded.
type Section struct {
	Site  SiteID
	Count int    // records
	Data  []byte // the records, each by Record.Encode
}

const (
	blockMagic   = "ztB1"
	blockHeader  = 4 + 8 + 8 + 8 + 2 + 4 // magic, producer, sequence, logical time, sections, raw length
	maxBlockBody = 64 << 20              // bytes; a length beyond it is corrupt
	steadyBit    = 1 << 15               // of the number of sections, which are fewer
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Encode gives the block's bytes: header, section table, body compressed with s2, CRC32C over all of it. Integers are little-endian.
func (b *Block) Encode() []byte {
	raw := 0
	for i := range b.Sections {
		raw += len(b.Sections[i].Data)
	}
	var body []byte
	if len(b.Sections) == 1 {
		body = b.Sections[0].Data
	} else {
		body = make([]byte, 0, raw)
	}
	out := make([]byte, blockHeader, blockHeader+32*len(b.Sections)+s2.MaxEncodedLen(raw)+4)
	copy(out, blockMagic)
	binary.LittleEndian.PutUint64(out[4:], b.Producer)
	binary.LittleEndian.PutUint64(out[12:], b.Sequence)
	binary.LittleEndian.PutUint64(out[20:], uint64(b.LogicalTime))
	n := uint16(len(b.Sections))
	if b.Steady {
		n |= steadyBit
	}
	binary.LittleEndian.PutUint16(out[28:], n)
	binary.LittleEndian.PutUint32(out[30:], uint32(raw))
	for _, s := range b.Sections {
		out = append(out, byte(len(s.Site)))
		out = append(out, s.Site...)
		out = binary.AppendUvarint(out, uint64(s.Count))
		out = binary.AppendUvarint(out, uint64(len(s.Data)))
		if len(b.Sections) > 1 {
			body = append(body, s.Data...)
		}
	}
	end := len(out)
	out = out[:cap(out)]
	end += len(s2.Encode(out[end:], body))
	return binary.LittleEndian.AppendUint32(out[:end], crc32.Checksum(out[:end], castagnoli))
}

// DecodeBlock checks and reads a block. The sections share one new buffer; data is not kept.
func DecodeBlock(data []byte) (*Block, error) {
	b, body, lengths, err := decodeBlockHeader(data)
	if err != nil {
		return nil, err
	}
	raw, err := s2.Decode(nil, body)
	if err != nil {
		return nil, fmt.Errorf("block body: %w: %w", err, ErrCorrupt)
	}
	for i := range b.Sections {
		if lengths[i] > len(raw) {
			return nil, fmt.Errorf("block section %d: %w", i, ErrCorrupt)
		}
		b.Sections[i].Data, raw = raw[:lengths[i]:lengths[i]], raw[lengths[i]:]
	}
	if len(raw) != 0 {
		return nil, fmt.Errorf("block body is %d bytes too long: %w", len(raw), ErrCorrupt)
	}
	return b, nil
}

// DecodeBlockHeader checks a block and reads all but the records: the sections have no Data.
func DecodeBlockHeader(data []byte) (*Block, error) {
	b, _, _, err := decodeBlockHeader(data)
	return b, err
}

func decodeBlockHeader(data []byte) (*Block, []byte, []int, error) {
	if len(data) < blockHeader+4 || string(data[:4]) != blockMagic {
		return nil, nil, nil, fmt.Errorf("block header: %w", ErrCorrupt)
	}
	end := len(data) - 4
	if crc32.Checksum(data[:end], castagnoli) != binary.LittleEndian.Uint32(data[end:]) {
		return nil, nil, nil, fmt.Errorf("block checksum: %w", ErrCorrupt)
	}
	b := &Block{
		Producer:    binary.LittleEndian.Uint64(data[4:]),
		Sequence:    binary.LittleEndian.Uint64(data[12:]),
		LogicalTime: int64(binary.LittleEndian.Uint64(data[20:])),
	}
	n := int(binary.LittleEndian.Uint16(data[28:]))
	b.Steady, n = n&steadyBit != 0, n&^steadyBit
	raw := int(binary.LittleEndian.Uint32(data[30:]))
	rest := data[blockHeader:end]
	b.Sections = make([]Section, 0, n)
	lengths := make([]int, 0, n)
	sum := 0
	for range n {
		if len(rest) == 0 || len(rest) < 1+int(rest[0]) {
			return nil, nil, nil, fmt.Errorf("block sections: %w", ErrCorrupt)
		}
		site := SiteID(rest[1 : 1+rest[0]])
		rest = rest[1+rest[0]:]
		var v [2]uint64
		for j := range v {
			x, m := binary.Uvarint(rest)
			if m <= 0 || x > maxBlockBody {
				return nil, nil, nil, fmt.Errorf("block sections: %w", ErrCorrupt)
			}
			v[j], rest = x, rest[m:]
		}
		b.Sections = append(b.Sections, Section{Site: site, Count: int(v[0])})
		lengths = append(lengths, int(v[1]))
		sum += int(v[1])
	}
	if sum != raw || raw > maxBlockBody {
		return nil, nil, nil, fmt.Errorf("block length: %w", ErrCorrupt)
	}
	if n, err := s2.DecodedLen(rest); err != nil || n != raw {
		return nil, nil, nil, fmt.Errorf("block body length: %w", ErrCorrupt)
	}
	return b, rest, lengths, nil
}
