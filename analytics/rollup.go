package analytics

// Rollup is a closed day as reports need it. It is immutable and safe for concurrent use.
type Rollup struct {
	day      Day
	bounds   []int64
	hours    []hourTotals
	filtered []filteredCell
	dims     [dims][]rollupRow
}

type rollupRow struct {
	value string
	n     Count
}

const rollupVersion = 2

// rollup sums a day.
func (d *day) rollup() *Rollup {
	r := &Rollup{day: d.day, bounds: d.bounds, hours: d.hours[:len(d.bounds)-1], filtered: d.filtered}
	for i := range d.dims {
		d.dims[i].each(0, func(value string, n Count) { r.dims[i] = append(r.dims[i], rollupRow{value, n}) })
	}
	return r
}

func (r *Rollup) encode() []byte {
	b := encodeDayHead(nil, r.day, r.bounds, r.hours, r.filtered)
	b = putUint(b, uint64(dims))
	for _, rows := range r.dims {
		b = putUint(b, uint64(len(rows)))
		for _, row := range rows {
			b = putString(b, row.value)
			b = putInt(b, row.n.A)
			b = putInt(b, row.n.B)
			estimated := byte(0)
			if row.n.Estimated {
				estimated = 1
			}
			b = append(b, estimated)
		}
	}
	return pack(rollupVersion, b)
}

// DecodeRollup reads the bytes of a rollup.
func DecodeRollup(data []byte) (*Rollup, error) {
	body, err := unpack("rollup", rollupVersion, data)
	if err != nil {
		return nil, err
	}
	rd := &reader{b: body}
	r := new(Rollup)
	r.day, r.bounds, r.hours, r.filtered = rd.dayHead()
	if n := rd.uint(); n != uint64(dims) {
		rd.fail("dimensions of a rollup")
	}
	for i := range r.dims {
		n := rd.count(4)
		r.dims[i] = make([]rollupRow, 0, n)
		for range n {
			row := rollupRow{value: rd.string()}
			row.n = Count{A: rd.int(), B: rd.int(), Estimated: rd.bytes(1)[0] != 0}
			r.dims[i] = append(r.dims[i], row)
		}
	}
	return r, rd.end()
}

// encodeDayHead writes what an open day and a rollup have in common.
func encodeDayHead(b []byte, d Day, bounds []int64, hours []hourTotals, filtered []filteredCell) []byte {
	b = putInt(b, int64(d))
	b = putUint(b, uint64(len(bounds)))
	last := int64(0)
	for _, t := range bounds {
		b = putInt(b, t-last)
		last = t
	}
	for _, h := range hours {
		for _, v := range [...]int64{h.pageviews, h.visitors, h.lastHour, h.sessions, h.bounced, h.durationMS, h.timeMS, h.timeFirsts} {
			b = putInt(b, v)
		}
	}
	b = putUint(b, uint64(len(filtered)))
	for _, c := range filtered {
		b = putInt(b, c.quarter)
		b = append(b, byte(c.reason))
		b = putInt(b, c.count)
	}
	return b
}

func (r *reader) dayHead() (d Day, bounds []int64, hours []hourTotals, filtered []filteredCell) {
	d = Day(r.int())
	last := int64(0)
	for range r.count(1) {
		last += r.int()
		bounds = append(bounds, last)
	}
	if len(bounds) < 1 || len(bounds) > maxHours+1 {
		r.fail("hours of a day")
		return d, []int64{0}, nil, nil
	}
	hours = make([]hourTotals, len(bounds)-1)
	for i := range hours {
		h := &hours[i]
		for _, v := range [...]*int64{&h.pageviews, &h.visitors, &h.lastHour, &h.sessions, &h.bounced, &h.durationMS, &h.timeMS, &h.timeFirsts} {
			*v = r.int()
		}
	}
	for range r.count(3) {
		c := filteredCell{quarter: r.int(), reason: DropReason(r.bytes(1)[0])}
		c.count = r.int()
		filtered = append(filtered, c)
	}
	return d, bounds, hours, filtered
}

// Size is about how much memory the rollup takes, in bytes.
func (r *Rollup) Size() int {
	n := 256 + len(r.hours)*64 + len(r.filtered)*24
	for _, rows := range r.dims {
		for i := range rows {
			n += 40 + len(rows[i].value)
		}
	}
	return n
}
