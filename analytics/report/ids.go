package report

import (
	"sort"

	"github.com/ztas-io/ztas/analytics"
)

// idRun holds the packed event ids and the arrivals of some rows, or knows how to get them.
type idRun struct {
	first   uint32 // row
	ends    []uint32
	bytes   []byte
	arrived []int64                         // UTC ms
	load    func() (*analytics.Rows, error) // nil: they are here
	places  []uint32                        // where the rows are in what load gives; nil: they are all of it
}

// add takes in row i of r.
func (r *idRun) add(rows *analytics.Rows, p analytics.Partition, i int) {
	r.bytes = append(r.bytes, rows.EventID(p, i)...)
	r.ends = append(r.ends, uint32(len(r.bytes)))
	r.arrived = append(r.arrived, rows.Arrivals[i].Received)
}

// size is how many bytes of memory the run takes, about.
func (r *idRun) size() int { return len(r.bytes) + 12*len(r.ends) + 4*len(r.places) }

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
	r.ends, r.arrived = make([]uint32, 0, n), make([]int64, 0, n)
	for i := range n {
		if r.places != nil {
			i = int(r.places[i])
		}
		r.add(rows, p, i)
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
		last.bytes, last.arrived = append(last.bytes, r.bytes...), append(last.arrived, r.arrived...)
		return
	}
	t.ids = append(t.ids, r)
}

// run is the run of a row, whose number in it is i; nil when it could not be read, which Err then tells.
func (t *Table) run(row uint32) (r *idRun, i uint32) {
	r = &t.ids[sort.Search(len(t.ids), func(i int) bool { return t.ids[i].first > row })-1]
	if r.load != nil {
		if err := r.read(t.Partition); err != nil {
			*t.idErr = err
			return nil, 0
		}
		t.size += r.size()
	}
	return r, row - r.first
}

// Arrived returns when a row's event arrived, UTC ms; 0 when it could not be read, which Err then tells.
func (t *Table) Arrived(row uint32) int64 {
	r, i := t.run(row)
	if r == nil {
		return 0
	}
	return r.arrived[i]
}

// EventID returns the id of a row; "" when it could not be read, which Err then tells.
func (t *Table) EventID(row uint32) analytics.EventID {
	r, i := t.run(row)
	if r == nil {
		return ""
	}
	start := uint32(0)
	if i > 0 {
		start = r.ends[i-1]
	}
	return analytics.EventID(r.bytes[start:r.ends[i]])
}

// Err tells why an id could not be read. What was computed before it was asked is then worth nothing.
func (t *Table) Err() error { return *t.idErr }
