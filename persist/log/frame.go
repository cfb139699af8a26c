package log

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/hashicorp/raft"

	"github.com/ztas-io/ztas/analytics"
)

// An entry of the physical log is one frame: a header of 40 bytes and the block, which is opaque here. Integers are little-endian.
//
//	offset  width  field
//	     0      2  magic, "zL"
//	     2      1  version, 1
//	     3      1  partition, 0 to 63
//	     4      1  place of the frame in its commit, from 0
//	     5      1  frames in the commit, 1 to 64; a commit is what one sync made durable
//	     6      2  zero
//	     8      8  physical index, rises by 1 per frame and never starts again
//	    16      8  position in the partition, rises by 1 per frame of the partition, from 1
//	    24      4  CRC32C of the frame before (the field at 36 of that frame); 0 in the frame with physical index 1
//	    28      4  length of the block in bytes, at most 32 MiB
//	    32      4  CRC-32 (IEEE) of the block
//	    36      4  CRC32C of the bytes 0 to 35 and of the block
//	    40      n  the block
//
// Why two sums: a block ends with its own CRC32C, and a CRC over bytes that end with their CRC depends on their length only. With CRC32C alone
// two different blocks of one length would leave the same chain; the IEEE sum makes the chain depend on what the blocks say.
//
// Why the place in the commit: raft-wal syncs one commit before it starts the next. A readable frame of a later commit behind an unreadable
// place therefore proves that something acknowledged was damaged, and a frame of the same commit proves nothing; see tail.
//
// raft-wal stores a frame as the payload of its own entry (8 bytes before it, padding to 8 after it, one more 8 per commit) under codec id
// 0x7a4c31 ("zL1").
const (
	frameHeader  = 40
	frameVersion = 1
	frameCodec   = 0x7a4c31
	maxBlock     = 32 << 20 // bytes of a block; raft-wal would write more than 64 MiB and then refuse to read it
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// header is what a frame says beside its block.
type header struct {
	partition analytics.Partition
	place     uint8  // in the commit
	commit    uint8  // frames in the commit
	index     uint64 // physical
	pos       analytics.Pos
	prev      uint32 // CRC of the frame before
}

// firstOfCommit is the physical index of the first frame that was synced together with this one.
func (h *header) firstOfCommit() uint64 { return h.index - uint64(h.place) }

// encode returns the frame's first bytes, up to the block, and the frame's CRC.
func (h *header) encode(block []byte) ([]byte, uint32) {
	b := make([]byte, frameHeader)
	b[0], b[1], b[2], b[3], b[4], b[5] = 'z', 'L', frameVersion, byte(h.partition), h.place, h.commit
	binary.LittleEndian.PutUint64(b[8:], h.index)
	binary.LittleEndian.PutUint64(b[16:], uint64(h.pos))
	binary.LittleEndian.PutUint32(b[24:], h.prev)
	binary.LittleEndian.PutUint32(b[28:], uint32(len(block)))
	binary.LittleEndian.PutUint32(b[32:], crc32.ChecksumIEEE(block))
	sum := crc32.Update(crc32.Checksum(b[:36], castagnoli), castagnoli, block)
	binary.LittleEndian.PutUint32(b[36:], sum)
	return b, sum
}

var (
	errFrame        = errors.New("frame fails its checksum")
	errFrameVersion = errors.New("frame has a version that this program does not know")
)

// decodeFrame checks a frame and returns its header, its CRC and its block, which shares memory with data. After errFrame the header holds
// what the bytes seem to say.
func decodeFrame(data []byte) (h header, sum uint32, block []byte, err error) {
	if len(data) < frameHeader || data[0] != 'z' || data[1] != 'L' {
		return h, 0, nil, errFrame
	}
	h = header{
		partition: analytics.Partition(data[3]),
		place:     data[4],
		commit:    data[5],
		index:     binary.LittleEndian.Uint64(data[8:]),
		pos:       analytics.Pos(binary.LittleEndian.Uint64(data[16:])),
		prev:      binary.LittleEndian.Uint32(data[24:]),
	}
	block = data[frameHeader:]
	sum = binary.LittleEndian.Uint32(data[36:])
	if crc32.Update(crc32.Checksum(data[:36], castagnoli), castagnoli, block) != sum {
		return h, 0, nil, errFrame
	}
	if data[2] != frameVersion {
		return h, 0, nil, fmt.Errorf("version %d: %w", data[2], errFrameVersion)
	}
	if data[6] != 0 || data[7] != 0 || h.partition >= analytics.Partitions || h.place >= h.commit || h.commit > analytics.Partitions ||
		h.pos == 0 || h.index <= uint64(h.place) || uint32(len(block)) != binary.LittleEndian.Uint32(data[28:]) ||
		crc32.ChecksumIEEE(block) != binary.LittleEndian.Uint32(data[32:]) {
		return h, 0, nil, errFrame
	}
	return h, sum, block, nil
}

// codec lets raft-wal store exactly the bytes of our frames. raft-wal's own codec would panic on some damaged entries.
type codec struct{}

// ID returns the codec's number in raft-wal's files.
func (codec) ID() uint64 { return frameCodec }

// Encode writes the frame: its header travels in Extensions, its block in Data.
func (codec) Encode(l *raft.Log, w io.Writer) error {
	if b, ok := w.(interface{ Grow(int) }); ok {
		b.Grow(len(l.Extensions) + len(l.Data))
	}
	if _, err := w.Write(l.Extensions); err != nil {
		return err
	}
	_, err := w.Write(l.Data)
	return err
}

// Decode copies the whole frame to Data; who reads it checks it.
func (codec) Decode(data []byte, l *raft.Log) error {
	l.Data = append(l.Data[:0], data...)
	return nil
}
