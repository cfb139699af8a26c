package analytics

import (
	"fmt"
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// A part is rows at rest: one section a group of columns, each compressed for itself, so that a reader unpacks only what it asks for.
// docs/formats.md shows the bytes.

const (
	partVersion = 1
	maxSection  = 256 << 20 // bytes of an unpacked section; more cannot be meant
)

// PartSection is a group of columns of a part.
type PartSection uint8

// The sections. Values are part of the stored format.
const (
	SectionRows         PartSection = 1
	SectionArrivals     PartSection = 2
	SectionIDs          PartSection = 3 // without it and the arrivals, EventID must not be asked
	SectionDictionaries PartSection = 4
	SectionCustoms      PartSection = 5
	SectionEngagements  PartSection = 6
	SectionClicks       PartSection = 7
	SectionScrolls      PartSection = 8
	SectionMoves        PartSection = 9
	SectionNames        PartSection = 10 // ids of visitors and sessions
	sections                        = 11
)

// PartSections is a set of sections.
type PartSections uint32

// Sections makes a set.
func Sections(list ...PartSection) (s PartSections) {
	for _, x := range list {
		s |= 1 << x
	}
	return s
}

// CoreSections is what questions need that do not look into clicks, scrolls and moves: all but the ids of events, visitors and sessions.
const CoreSections = PartSections(1<<SectionRows | 1<<SectionDictionaries | 1<<SectionCustoms | 1<<SectionEngagements)

// IDSections is what rows are named with.
const IDSections = PartSections(1<<SectionArrivals | 1<<SectionIDs | 1<<SectionNames)

// AllSections is the set of all sections.
const AllSections PartSections = 1<<sections - 1

// partWindow is how far back the compressor looks, bytes: it keeps twice as much in memory for as long as the program runs.
const partWindow = 1 << 20

var (
	partEncoder = mustZstd(zstd.NewWriter(nil,
		zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithEncoderCRC(false), zstd.WithWindowSize(partWindow)))
	partDecoder = mustZstd(zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxSection)))
	blobDecoder = mustZstd(zstd.NewReader(nil, zstd.WithDecoderConcurrency(0), zstd.WithDecoderMaxMemory(maxPacked)))
)

// mustZstd is for options that are fixed: they are right or they are not.
func mustZstd[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// EncodePart writes rows as a part.
func EncodePart(r *Rows) []byte {
	return written(appendPart(takeBufferOf(len(r.List)*rowBytes), r))
}

func appendPart(b []byte, r *Rows) []byte {
	b = append(b, partVersion)
	raw, packed := takeBuffer(), takeBuffer()
	b = putInt(b, r.Base)
	b = putUint(b, uint64(len(r.List)))
	b = putUint(b, uint64(r.FirstVisitor))
	b = putUint(b, uint64(r.FirstSession))
	for id, encode := range partEncoders {
		if encode == nil {
			continue
		}
		if raw = encode(r, raw[:0]); len(raw) == 0 {
			continue
		}
		packed = partEncoder.EncodeAll(raw, packed[:0])
		b = append(b, byte(id))
		b = putUint(b, uint64(len(raw)))
		b = putUint(b, uint64(len(packed)))
		b = append(b, packed...)
	}
	giveBuffer(raw)
	giveBuffer(packed)
	return b
}

// DecodePart reads the wanted sections of a part. The rows and dictionaries are always needed by who looks at rows. Errors: ErrCorrupt.
func DecodePart(data []byte, want PartSections) (*Rows, error) {
	return DecodePartInto(nil, data, want)
}

// unpacked keeps memory for unpacked sections: what is made of a section does not point into it, but for the ids.
var unpacked = sync.Pool{New: func() any { return new([]byte) }}

// DecodePartInto is DecodePart for who has a place for the rows: they are put into room, as far as it reaches for all of them.
func DecodePartInto(room []Row, data []byte, want PartSections) (*Rows, error) {
	rd := &reader{b: data}
	if v := rd.bytes(1)[0]; v != partVersion {
		return nil, fmt.Errorf("part of version %d: %w", v, ErrCorrupt)
	}
	r := &Rows{Base: rd.int(), List: room[:0], Texts: []string{""}, Origins: []Origin{{}}, Properties: [][]Property{nil}}
	n := rd.uint()
	if n > partRows {
		return nil, fmt.Errorf("part of %d rows: %w", n, ErrCorrupt)
	}
	r.FirstVisitor, r.FirstSession = uint32(rd.uint()), uint32(rd.uint())
	for len(rd.b) > 0 {
		id, rawLen := rd.bytes(1)[0], rd.uint()
		packed := rd.bytes(rd.count(1))
		if rd.err != nil {
			break
		}
		if id >= sections || partDecoders[id] == nil {
			return nil, fmt.Errorf("section %d of a part: %w", id, ErrCorrupt)
		}
		if want&(1<<id) == 0 {
			continue
		}
		if rawLen > maxSection {
			return nil, fmt.Errorf("section of %d bytes: %w", rawLen, ErrCorrupt)
		}
		if err := r.section(PartSection(id), packed, rawLen, int(n)); err != nil {
			return nil, err
		}
	}
	if err := rd.end(); err != nil {
		return nil, err
	}
	return r, r.check(want, int(n))
}

// section unpacks and reads one section of a part with n rows.
func (r *Rows) section(id PartSection, packed []byte, rawLen uint64, n int) error {
	memory := new([]byte)
	if id != SectionIDs {
		memory = unpacked.Get().(*[]byte)
		defer unpacked.Put(memory)
	}
	raw, err := partDecoder.DecodeAll(packed, slices.Grow((*memory)[:0], int(rawLen)))
	if err != nil || uint64(len(raw)) != rawLen {
		return fmt.Errorf("unpack section %d (%w): %w", id, err, ErrCorrupt)
	}
	*memory = raw
	s := &reader{b: raw}
	partDecoders[id](r, s, n)
	if err := s.end(); err != nil {
		return fmt.Errorf("section %d of a part: %w", id, err)
	}
	return nil
}

// check refuses rows that refer to what is not there.
func (r *Rows) check(want PartSections, n int) error {
	if want&Sections(SectionRows) == 0 {
		return nil
	}
	if len(r.List) != n {
		return fmt.Errorf("part has %d of %d rows: %w", len(r.List), n, ErrCorrupt)
	}
	if want&Sections(SectionIDs) != 0 && len(r.idEnds) != n || want&Sections(SectionArrivals) != 0 && len(r.Arrivals) != n {
		return fmt.Errorf("part without the ids or places of its rows: %w", ErrCorrupt)
	}
	if want&Sections(SectionDictionaries) == 0 {
		return nil
	}
	counts := [...]int{Custom: len(r.Customs), Engagement: len(r.Engagements), Click: len(r.Clicks), Scroll: len(r.Scrolls), Move: len(r.Moves)}
	most := &r.most
	for kind, section := range [...]PartSection{
		Custom: SectionCustoms, Engagement: SectionEngagements, Click: SectionClicks, Scroll: SectionScrolls, Move: SectionMoves,
	} {
		if section != 0 && want&Sections(section) != 0 && int(most.details[kind]) > counts[kind] {
			return fmt.Errorf("details of a part's rows: %w", ErrCorrupt)
		}
	}
	if n > 0 && (int(most.path) >= len(r.Texts) || int(most.client) >= len(r.Clients) || int(most.origin) >= len(r.Origins)) {
		return fmt.Errorf("numbers of a part's rows: %w", ErrCorrupt)
	}
	for i := range r.Customs {
		if c := &r.Customs[i]; int(max(c.Action, c.Category, c.Label)) >= len(r.Texts) || int(c.Properties) >= len(r.Properties) {
			return fmt.Errorf("custom event %d of a part: %w", i, ErrCorrupt)
		}
	}
	for i := range r.Clicks {
		if c := &r.Clicks[i]; int(max(c.Selector, c.Element, c.Text)) >= len(r.Texts) {
			return fmt.Errorf("click %d of a part: %w", i, ErrCorrupt)
		}
	}
	return nil
}
