package analytics

import "slices"

// PartRef names a part of a day's rows.
type PartRef struct {
	Blob        uint64 // the whole blob is the part
	Rows        uint32
	First, Last int64 // earliest and latest event time, UTC ms
}

func encodeParts(b []byte, parts []PartRef) []byte {
	b = putUint(b, uint64(len(parts)))
	for _, p := range parts {
		b = putUint(putUint(b, p.Blob), uint64(p.Rows))
		b = putInt(putInt(b, p.First), p.Last-p.First)
	}
	return b
}

func (r *reader) parts() []PartRef {
	var out []PartRef
	for range r.count(4) {
		p := PartRef{Blob: r.uint(), Rows: uint32(r.uint()), First: r.int()}
		p.Last = p.First + r.int()
		out = append(out, p)
	}
	return out
}

// mergeBytes is up to how many bytes a day's parts are merged: all of its rows are in memory meanwhile, and rows with long texts fill parts early.
const mergeBytes = 32 << 20

// dayParts makes parts of the day's full runs. Those of a day that is closed are merged where that makes them fewer.
func (c *Checkpoint) dayParts(d *day, closing bool, blobs Blobs) ([]PartRef, error) {
	parts, runs := slices.Clone(d.parts), d.full
	if n := len(parts) + len(runs); closing && n > 1 && n >= 2*mergedParts(d.rows()) && c.partBytes(d) <= mergeBytes {
		merged, err := mergeRuns(d, blobs)
		if err != nil {
			return nil, err
		}
		if len(merged) < n {
			parts, runs = nil, merged
		}
	}
	for _, run := range runs {
		id := c.id()
		c.put[id] = EncodePart(run)
		first, last := run.Span()
		parts = append(parts, PartRef{id, uint32(run.Len()), first, last})
	}
	return parts, nil
}

// partBytes is how many bytes the day's parts have as they are stored.
func (c *Checkpoint) partBytes(d *day) (n uint64) {
	for _, p := range d.parts {
		n += c.frozen.s.blobs[p.Blob]
	}
	return n
}

func mergedParts(rows int) int { return (rows + partRows - 1) / partRows }

// mergeRuns reads all rows of a day and cuts them into as few runs as can be.
func mergeRuns(d *day, blobs Blobs) ([]*Rows, error) {
	m := newHead(d.start, 0, 0)
	var out []*Rows
	take := func(r *Rows) {
		for i := range r.List {
			if m.full() {
				out = append(out, m.rows.frozen())
				m = newHead(d.start, m.rows.FirstVisitor+uint32(len(m.rows.Visitors)), m.rows.FirstSession+uint32(len(m.rows.Sessions)))
			}
			m.copy(r, i)
		}
	}
	for _, p := range d.parts {
		data, err := blobs.Blob(p.Blob)
		if err != nil {
			return nil, err
		}
		r, err := DecodePart(data, AllSections)
		if err != nil {
			return nil, err
		}
		take(r)
	}
	for _, r := range d.full {
		take(r)
	}
	if m.rows.Len() > 0 {
		out = append(out, m.rows.frozen())
	}
	return out, nil
}

// copy appends row i of another run of the same day.
func (h *head) copy(r *Rows, i int) {
	row := &r.List[i]
	e := r.event(0, i)
	e.ID = ""
	if start := r.idStart(i); start < r.idEnds[i] {
		e.ID = EventID(r.ids[start:r.idEnds[i]])
	}
	var session SessionID
	if at := int(row.Visitor) - int(r.FirstVisitor); at >= 0 && at < len(r.Visitors) {
		e.Visitor = r.Visitors[at]
	}
	if at := int(row.Session) - int(r.FirstSession); at >= 0 && at < len(r.Sessions) {
		session = r.Sessions[at]
	}
	h.add(&e, r.Arrivals[i], h.text(e.Path), row.Visitor, row.Session, session)
}

// DayRows names the rows of one local day, in the order of the log: parts at rest, then runs in memory. It is immutable. Row n of a day is the
// same row until the day is dropped, however often it is cut anew.
type DayRows struct {
	Day    Day
	Zone   string   // of which it is a local day; "": of none, it is only where rows are kept (zonechange.go)
	Span   [2]int64 // UTC ms, [from, to): no row is outside
	Bounds []int64  // starts of the local hours, then the day's end, UTC ms; nil: those of the rollup
	Rollup uint64   // blob of a closed day's rollup; 0: the day is open
	Parts  []PartRef
	Runs   []*Rows
}

// Len is the number of rows.
func (d *DayRows) Len() int {
	n := 0
	for _, p := range d.Parts {
		n += int(p.Rows)
	}
	for _, r := range d.Runs {
		n += r.Len()
	}
	return n
}

// Rows names the rows of a local day; ok is false when it has none.
func (v *View) Rows(number Day) (d DayRows, ok bool) {
	for _, o := range v.days {
		if o.day == number {
			d = DayRows{
				Day: number, Zone: o.zone, Span: o.span(), Bounds: o.bounds, Parts: o.parts, Runs: slices.Clip(o.full),
			}
			if o.head.rows.Len() > 0 {
				d.Runs = append(d.Runs, &o.head.rows)
			}
			return d, d.Len() > 0
		}
	}
	at, ok := slices.BinarySearchFunc(v.closed, number, func(c closedDay, n Day) int { return int(c.day - n) })
	if !ok {
		return d, false
	}
	c := &v.closed[at]
	d = DayRows{Day: number, Zone: c.zone, Span: c.span, Rollup: c.rollup, Parts: c.parts}
	return d, d.Len() > 0
}

// Expired lists the days of which nothing is younger than before (UTC ms), neither the day nor the arrival of any of its rows, and whose ids are
// not asked for any more at the time now (data-model.md, Retention).
func (v *View) Expired(now, before int64) []Forget {
	var out []Forget
	for _, c := range v.closed {
		if !v.isOpen(c.day) && c.kept <= before {
			out = append(out, Forget{c.day, before})
		}
	}
	for _, d := range v.days {
		if d.kept() <= before && d.end+openAfterEnd <= now {
			out = append(out, Forget{d.day, before})
		}
	}
	return out
}

// FirstEvent returns the time of the earliest stored event, UTC ms; ok is false without one.
func (v *View) FirstEvent() (ts int64, ok bool) {
	for _, number := range v.Days() {
		d, stored := v.Rows(number)
		if !stored {
			continue
		}
		for _, p := range d.Parts {
			if !ok || p.First < ts {
				ts, ok = p.First, true
			}
		}
		for _, r := range d.Runs {
			if first, _ := r.Span(); !ok || first < ts {
				ts, ok = first, true
			}
		}
		return ts, ok
	}
	return 0, false
}

// Days lists the local days that have rows or counts, ascending.
func (v *View) Days() []Day {
	var out []Day
	for _, c := range v.closed {
		out = append(out, c.day)
	}
	for _, d := range v.days {
		if !slices.Contains(out, d.day) {
			out = append(out, d.day)
		}
	}
	slices.Sort(out)
	return out
}

// Zone returns the zone whose days the view has.
func (v *View) Zone() Zone { return v.zone }

// Bounds returns the starts of the day's local hours, then its end, UTC ms.
func (r *Rollup) Bounds() []int64 { return r.bounds }
