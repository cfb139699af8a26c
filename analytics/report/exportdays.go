package report

import "github.com/ztas-io/ztas/analytics"

// Daily counts M1 to M6 and the custom events of each local day. Its sum is a *DailySum.
func Daily(zone analytics.Zone) Question { return daily{zone.Name()} }

type daily struct{ zone string }

// Key names the question.
func (d daily) Key() string { return "daily\n" + d.zone }

// New makes an empty sum.
func (d daily) New(t *Table, w Window) Sum {
	s := &DailySum{Days: make(map[analytics.Day]DayTotals)}
	if t != nil {
		s.t, s.from, s.to = t, offset(w.From-t.Start), offset(w.To-t.Start)
	}
	return s
}

// DayTotals are the numbers of one day.
type DayTotals struct {
	StatsTotals
	Customs int64
}

// DailySum is the answer of Daily.
type DailySum struct {
	Days map[analytics.Day]DayTotals

	t        *Table // nil when sealed
	from, to int32  // the window, ms since the day's start
}

// Add adds the visitor's share, or takes it away.
func (s *DailySum) Add(v *Visitor, sign int64) {
	n := s.share(v)
	day := s.Days[s.t.Day]
	if day.add(&n, sign); day == (DayTotals{}) {
		delete(s.Days, s.t.Day)
		return
	}
	s.Days[s.t.Day] = day
}

func (s *DailySum) share(v *Visitor) (n DayTotals) {
	for i := range v.Sessions {
		x := &v.Sessions[i]
		if !x.HasCore() || x.Start < s.from || x.Start >= s.to {
			continue
		}
		n.Sessions++
		n.DurationMS += int64(x.Duration())
		if x.Bounced() {
			n.Bounced++
		}
	}
	for _, i := range v.Rows {
		row := &s.t.Rows[i]
		if row.TS < s.from || row.TS >= s.to {
			continue
		}
		switch row.Kind {
		case analytics.Pageview:
			n.Pageviews++
		case analytics.Custom:
			n.Customs++
		case analytics.Engagement:
			e := &s.t.Engagements[row.Detail]
			n.TimeMS += int64(e.TimeOnPage)
			if e.Seq == 1 {
				n.TimedPages++
			}
		}
	}
	if n.Pageviews+n.Customs > 0 {
		n.Visitors = 1
	}
	return n
}

func (d *DayTotals) add(o *DayTotals, sign int64) {
	d.Pageviews += sign * o.Pageviews
	d.Visitors += sign * o.Visitors
	d.Sessions += sign * o.Sessions
	d.Bounced += sign * o.Bounced
	d.DurationMS += sign * o.DurationMS
	d.TimeMS += sign * o.TimeMS
	d.TimedPages += sign * o.TimedPages
	d.Customs += sign * o.Customs
}

// Merge adds another day's sum.
func (s *DailySum) Merge(day Sum) {
	for number, n := range day.(*DailySum).Days {
		total := s.Days[number]
		total.add(&n, 1)
		s.Days[number] = total
	}
}

// Seal lets go of the table.
func (s *DailySum) Seal() { s.t = nil }

// Size is about how many bytes the sum takes.
func (s *DailySum) Size() int { return 64 + 96*len(s.Days) }
