package report

import (
	"sort"

	"github.com/ztas-io/ztas/analytics"
)

// idRun holds the packed event ids of some rows, or knows how to get them.
type idRun struct {
	first uint32 // row
	ends  []uint32
	bytes []byte
	rows  *analytics.Rows
	load  func() (*analytics.Rows, error)
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
	i := int(row - r.first)
	if r.load == nil {
		start := uint32(0)
		if i > 0 {
			start = r.ends[i-1]
		}
		return analytics.EventID(r.bytes[start:r.ends[i]])
	}
	if r.rows == nil {
		rows, err := r.load()
		if err != nil {
			*t.idErr = err
			return ""
		}
		r.rows = rows
		t.size += 24 * rows.Len()
	}
	return r.rows.EventID(t.Partition, i)
}

// Err tells why an id could not be read. What was computed before it was asked is then worth nothing.
func (t *Table) Err() error { return *t.idErr }
