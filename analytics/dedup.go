package analytics

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

const idsPerPage = 512

// idPage holds hashes of event ids in the order of their arrival.
type idPage struct{ hashes []uint64 }

func (p *idPage) clone() *idPage {
	return &idPage{append(make([]uint64, 0, min(2*len(p.hashes), idsPerPage)), p.hashes...)}
}

func (p *idPage) encode(b []byte) []byte {
	b = putUint(b, uint64(len(p.hashes)))
	for _, h := range p.hashes {
		b = binary.LittleEndian.AppendUint64(b, h)
	}
	return b
}

func (r *reader) idPage() *idPage {
	n := r.count(8)
	p := &idPage{make([]uint64, 0, n)}
	for range n {
		p.hashes = append(p.hashes, binary.LittleEndian.Uint64(r.bytes(8)))
	}
	return p
}

// idSet knows the event ids of one local day, as 8-byte hashes keyed with the site's own key.
type idSet struct {
	pages table[*idPage]
	count int
	set   hashSet // derived
}

func (s *idSet) has(h uint64) bool { return s.set.has(h) }

// add remembers a hash; known tells that it was there.
func (s *idSet) add(h uint64) (known bool) {
	if !s.set.add(h) {
		return true
	}
	if s.count%idsPerPage == 0 {
		s.pages.grow(&idPage{make([]uint64, 0, 16)})
	}
	p := s.pages.write(s.count / idsPerPage)
	p.hashes = append(p.hashes, h)
	s.count++
	return false
}

func (s *idSet) freeze() idSet { return idSet{pages: s.pages.freeze(), count: s.count} }

// enter takes the hashes of a page that was read into the set. It returns what of the page has to stay in memory: a full one only waits for a
// checkpoint that writes everything anew, which finds it where it was.
func (s *idSet) enter(p *idPage) *idPage {
	for _, h := range p.hashes {
		s.set.add(h)
	}
	if len(p.hashes) == idsPerPage {
		return nil
	}
	return p
}

// evict takes the full pages that a checkpoint has from memory.
func (s *idSet) evict() {
	for i := range s.count / idsPerPage {
		s.pages.evict(i)
	}
}

// hashEventID is the keyed hash under which an id is remembered.
func hashEventID(key uint64, id EventID) uint64 {
	var buf [8 + 72]byte
	binary.LittleEndian.PutUint64(buf[:], key)
	n := copy(buf[8:], id)
	return xxhash.Sum64(buf[:8+n])
}
