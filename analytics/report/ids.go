package report

import (
	"sort"

	"github.com/ztas-io/ztas/analytics"
)

// idRun holds the packed event ids of some rows, or knows how to get them.
type idRun struct {
	first  uint32 // row
	ends   []uint32
	bytes  []byte
	load   func() (*analytics.Rows, error) // nil: they are here
	places []uint32                        // where the rows are in what load gives; nil: they are all of it
}

func (r *idRun) add(id analytics.EventID) {
	r.bytes = append(r.bytes, id...)
	r.ends = append(r.ends, uint32(len(r.bytes)))
}

// read gets the ids.
func (r *idRun) read(p analytics.Partition) error {
	rows, err := r.load()
	if err != nil {
		return err
	}
	n := rows.Len()
	if r.places != nil {
		n = len(r.places)
	}
	r.ends = make([]uint32, 0, n)
	for i := range n {
		if r.places != nil {
			i = int(r.places[i])
		}
		r.add(rows.EventID(p, i))
	}
	r.load, r.places = nil, nil
	return nil
}

// addIDs keeps a run; small ones that follow each other become one.
func (t *Table) addIDs(r idRun) {
	if n := len(t.ids); n > 0 && r.load == nil && t.ids[n-1].load == nil {
		last := &t.ids[n-1]
		base := uint32(len(last.bytes))
		for _, end := range r.ends {
			last.ends = append(last.ends, base+end)
		}
		last.bytes = append(last.bytes, r.bytes...)
		return
	}
	t.ids = append(t.ids, r)
}

// EventID returns the id of a row; "" when it could not be read, which Err then tells.
func (t *Table) EventID(row uint32) analytics.EventID {
	r := &t.ids[sort.Search(len(t.ids), func(i int) bool { return t.ids[i].first > row })-1]
	if r.load != nil {
		if err := r.read(t.Partition); err != nil {
			*t.idErr = err
			return ""
		}
		t.size += len(r.bytes) + 4*len(r.ends)
	}
	i, start := row-r.first, uint32(0)
	if i > 0 {
		start = r.ends[i-1]
	}
	return analytics.EventID(r.bytes[start:r.ends[i]])
}

// Err tells why an id could not be read. What was computed before it was asked is then worth nothing.
func (t *Table) Err() error { return *t.idErr }
