package analytics

// A site's zone may change when it has days (data-model.md, Zone change). What is stored stays where it is: a visitor id belongs to the local
// date on which it was made, in the zone of that time, and so do its rows and sessions. From then on an event goes to the day of its date in the
// new zone, which may be one that was cut in the old zone: the two overlap, but no visitor is in both. Such days are not local days of the new
// zone any more. Their counters by hour are of no use; reports are made of their rows, each local day of the new zone from all stored days that
// have rows in it. So a change costs nothing, reads follow it at once, and a change back makes the old counters right again.

// openNumber finds an open day by its number.
func (s *State) openNumber(number Day) *day {
	for i := len(s.days) - 1; i >= 0; i-- {
		if s.days[i].day == number {
			return s.days[i]
		}
	}
	return nil
}

// span is the time outside of which the day has no row, UTC ms, [from, to).
func (d *day) span() [2]int64 {
	from, to := d.start, d.end
	if d.zone != "" {
		return [2]int64{from, to}
	}
	widen := func(first, last int64) { from, to = min(from, first), max(to, last+1) }
	for _, p := range d.parts {
		widen(p.First, p.Last)
	}
	for _, r := range d.full {
		widen(r.Span())
	}
	if d.head.rows.Len() > 0 {
		widen(d.head.rows.Span())
	}
	return [2]int64{from, to}
}

// around tells whether the day may have a row of the time ts.
func (d *day) around(ts int64) bool {
	span := d.span()
	return ts >= span[0] && ts < span[1]
}

// closedAround names the closed days that may have a row of the time ts: an id of that time may be known there.
func (s *State) closedAround(ts int64, f func(Day)) {
	for i := range s.closed {
		if c := &s.closed[i]; ts >= c.span[0] && ts < c.span[1] {
			f(c.day)
		}
	}
}

// Native tells whether every stored day with rows or counts in the range is a local day of the range's zone, so that counters answer. That may be
// another zone than the view's for a moment: the one that the site is about to have.
func (v *View) Native(r Range) bool {
	zone := r.Zone.Name()
	for _, d := range v.days {
		if span := d.span(); d.zone != zone && span[0] < r.To && span[1] > r.From {
			return false
		}
	}
	for i := range v.closed {
		if c := &v.closed[i]; c.zone != zone && c.span[0] < r.To && c.span[1] > r.From {
			return false
		}
	}
	return true
}

// Ignored counts the hits in the range that were ignored, and returns the latest pageview of all time beside it (UTC ms; 0: none). Errors are
// those of load.
func (v *View) Ignored(r Range, load Rollups) (FilteredReport, int64, error) {
	t := new(tally)
	for _, d := range v.days {
		t.addFiltered(d.filtered, r)
	}
	for i := range v.closed {
		c := &v.closed[i]
		if c.span[0] >= r.To || c.span[1] <= r.From || v.isOpen(c.day) {
			continue
		}
		rollup, err := load(c.rollup)
		if err != nil {
			return FilteredReport{}, 0, err
		}
		t.addFiltered(rollup.filtered, r)
	}
	return t.filteredReport(), v.lastView, nil
}

func (v *View) isOpen(number Day) bool {
	for _, d := range v.days {
		if d.day == number {
			return true
		}
	}
	return false
}
