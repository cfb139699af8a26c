package analytics

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"slices"
)

// Most visitors of a day never come back, so most pages of a large day are only waiting for its end. Those that a checkpoint has may leave memory;
// before a block is folded the pages that it touches are read back. What is computed never depends on which are there.

// Blobs reads what the checkpoints of a site stored. Safe for concurrent use.
type Blobs interface {
	// Blob returns a whole blob.
	Blob(id uint64) ([]byte, error)
	// BlobRange returns n bytes of a blob from an offset on, fewer where it ends before. Nobody has checked them.
	BlobRange(id uint64, off, n uint32) ([]byte, error)
}

// wholeBlob is a blob that is in memory: the only one.
type wholeBlob []byte

// Blob implements Blobs.
func (b wholeBlob) Blob(uint64) ([]byte, error) { return b, nil }

// BlobRange implements Blobs.
func (b wholeBlob) BlobRange(_ uint64, off, n uint32) ([]byte, error) {
	from := min(uint64(off), uint64(len(b)))
	return b[from:min(from+uint64(n), uint64(len(b)))], nil
}

// readAhead is how many bytes are read for a page when its neighbours are likely to be asked for next.
const readAhead = 64 << 10

// pageReader reads pages. It belongs to one goroutine.
type pageReader struct {
	site  SiteID
	blobs Blobs
	ahead uint32 // bytes that are read at once, at least

	blob uint64 // data is what this one has from off on
	off  uint64
	data []byte
}

func newPageReader(site SiteID, blobs Blobs, ahead uint32) *pageReader {
	return &pageReader{site: site, blobs: blobs, ahead: ahead}
}

// page returns the bytes of a page, good until the next call. Errors: ErrCorrupt, those of the blobs.
func (r *pageReader) page(ref Ref) ([]byte, error) {
	if from := uint64(ref.Off); r.blob != ref.Blob || from < r.off || from+uint64(ref.Len) > r.off+uint64(len(r.data)) {
		data, err := r.blobs.BlobRange(ref.Blob, ref.Off, max(ref.Len, r.ahead))
		if err != nil {
			return nil, fmt.Errorf("page of blob %d of %s: %w", ref.Blob, r.site, err)
		}
		if len(data) < int(ref.Len) {
			return nil, fmt.Errorf("page beyond blob %d of %s: %w", ref.Blob, r.site, ErrCorrupt)
		}
		r.blob, r.off, r.data = ref.Blob, from, data
	}
	data := r.data[uint64(ref.Off)-r.off:][:ref.Len]
	if crc32.Checksum(data, castagnoli) != ref.Sum {
		return nil, fmt.Errorf("checksum of a page of blob %d of %s: %w", ref.Blob, r.site, ErrCorrupt)
	}
	return data, nil
}

func decodeVisitorPage(data []byte) (*visitorPage, error) {
	r := &reader{b: data}
	p := r.visitorPage()
	return p, r.end()
}

func decodeLivePage(data []byte) (*livePage, error) {
	r := &reader{b: data}
	p := r.livePage()
	return p, r.end()
}

// awayPage is a page that is to come back.
type awayPage struct {
	ref Ref
	day *day // whose visitors it has; nil: it is of the live window
	at  int
}

// Recall reads the pages that the records of a block touch back into memory. It comes behind Attach and before the records are applied. It returns
// how many they were. Errors: ErrCorrupt, those of blobs.
func (s *State) Recall(logical int64, records []Record, blobs Blobs) (int, error) {
	need, ahead := s.visitorsAway(records), uint32(0)
	switch l := s.live; {
	case l.visitors.away == 0:
	case l.rewinds(secondOf(logical)): // who stays is decided for each
		need, ahead = l.visitors.allAway(need), readAhead
	default:
		for i := range records {
			if e := records[i].Event; e != nil {
				need = awayOf(&l.visitors.pages, nil, &l.visitors.index, e.Visitor, need)
			}
		}
	}
	return s.recall(need, newPageReader(s.site, blobs, ahead))
}

// visitorsAway returns the pages of visitors of open days that the records touch, some more than once.
func (s *State) visitorsAway(records []Record) (need []awayPage) {
	if !slices.ContainsFunc(s.days, func(d *day) bool { return d.away > 0 }) {
		return nil
	}
	moves := s.recut || slices.ContainsFunc(records, func(r Record) bool { return r.Define != nil })
	for i := range records {
		e := records[i].Event
		if e == nil {
			continue
		}
		for _, d := range s.days {
			if d.away == 0 || !moves && (e.TS < d.start || e.TS >= d.end) {
				continue
			}
			need = awayOf(&d.visitors, d, &d.index, e.Visitor, need)
		}
	}
	return need
}

// awayOf appends the pages of a table to need that are away and may have a visitor.
func awayOf[P page[P]](t *table[P], d *day, index *placeIndex, id VisitorID, need []awayPage) []awayPage {
	places := index.probe(visitorHash(id))
	for at, ok := places.next(); ok; at, ok = places.next() {
		page := int(at / visitorsPerPage)
		if slot := &t.slots[page]; slot.away() {
			need = append(need, awayPage{slot.ref, d, page})
		}
	}
	return need
}

// recall reads pages back, in the order in which they lie.
func (s *State) recall(need []awayPage, source *pageReader) (int, error) {
	slices.SortFunc(need, func(a, b awayPage) int {
		return cmp.Or(cmp.Compare(a.ref.Blob, b.ref.Blob), cmp.Compare(a.ref.Off, b.ref.Off))
	})
	need = slices.Compact(need)
	for _, n := range need {
		data, err := source.page(n.ref)
		if err == nil {
			err = s.putBack(n, data)
		}
		if err != nil {
			return 0, fmt.Errorf("page %d of the visitors of %s: %w", n.at, s.site, err)
		}
	}
	return len(need), nil
}

func (s *State) putBack(n awayPage, data []byte) error {
	if n.day == nil {
		p, err := decodeLivePage(data)
		if err == nil {
			s.live.visitors.recall(n.at, p)
		}
		return err
	}
	p, err := decodeVisitorPage(data)
	if err == nil {
		n.day.visitors.recall(n.at, p)
		n.day.away--
		for at := n.at * visitorsPerPage; at < (n.at+1)*visitorsPerPage; at++ { // records have other places in a page that was stored
			delete(n.day.manyViews, at)
			delete(n.day.manySessions, at)
		}
	}
	return err
}

// Evict takes pages from memory that did not change since the last checkpoint, until they took so many bytes: of visitors, the oldest of the oldest
// day first, then of the live window, which stays while somebody looks at it. It returns how many bytes they took. No checkpoint may be under way.
func (s *State) Evict(bytes int64) (freed int64) {
	for _, d := range s.days {
		for i := range max(0, len(d.visitors.slots)-1) { // new visitors come into the last
			if freed >= bytes {
				return freed
			}
			if size := d.visitors.read(i).size(); d.visitors.evict(i) {
				d.away++
				freed += size
			}
		}
	}
	if s.live.count != nil {
		return freed
	}
	live := s.live.visitors
	for i := range max(0, len(live.pages.slots)-1) {
		if freed >= bytes {
			break
		}
		freed += live.evict(i)
	}
	return freed
}

// keepFrom is the first of a table's newest pages that take no more than so many bytes as they are stored, but at least one.
func keepFrom[P page[P]](t *table[P], bytes int64) int {
	from := len(t.slots)
	for from > 0 && (from == len(t.slots) || bytes >= int64(t.slots[from-1].ref.Len)) {
		from--
		bytes -= int64(t.slots[from].ref.Len)
	}
	return from
}
