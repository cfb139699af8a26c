package report

import (
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

type stats struct {
	interval analytics.Interval
	filters  Filters
	key      string
}

// Stats answers GET /api/stats over the filtered table. Its sum is a *StatsSum. Of the query only the interval and the zone matter here; the rest
// is given to the report. Without filters the numbers are those of analytics.View.Stats, but of every value: here no dimension has a cap.
func Stats(q analytics.StatsQuery, f Filters) Question {
	key := []string{"stats", string(q.Range.Interval), q.Range.Zone.Name(), f.Key()}
	return &stats{q.Range.Interval, f, strings.Join(key, "\n")}
}

// Key names the question.
func (q *stats) Key() string { return q.key }

// New makes an empty sum.
func (q *stats) New(t *Table, w Window) Sum {
	s := &StatsSum{Buckets: make(map[BucketKey]StatsBucket), Pages: make(map[string]PageCount)}
	for i := range s.Visits {
		s.Visits[i] = make(map[string]int64)
	}
	if t != nil {
		s.adder = newStatsAdder(t, w, q)
	}
	return s
}

// StatsTotals are what M1 to M6 are made of.
type StatsTotals struct {
	StatsBucket
	Bounced    int64
	DurationMS int64 // of the sessions
	TimeMS     int64 // on pages
	TimedPages int64 // engagements with seq 1
}

// StatsBucket is a point of the time series: M1, M2, M3.
type StatsBucket struct{ Pageviews, Visitors, Sessions int64 }

// PageCount is what a path contributes.
type PageCount struct{ Pageviews, Visitors int64 }

// visit is something of a session's entry by which sessions are counted.
type visit int

const (
	byReferrer visit = iota
	byChannel
	byCountry
	byDevice
	byBrowser
	byOS
	visitDims // their number
)

// StatsSum is the answer of Stats. One that is not sealed has its texts as numbers of its table; merging translates them.
type StatsSum struct {
	Totals  StatsTotals
	Buckets map[BucketKey]StatsBucket
	Pages   map[string]PageCount
	Visits  [visitDims]map[string]int64 // sessions by what their entry says

	adder *statsAdder // nil when sealed
}

// Add adds the visitor's share, or takes it away.
func (s *StatsSum) Add(v *Visitor, sign int64) { s.adder.add(v, sign) }

// Merge adds another day's sum.
func (s *StatsSum) Merge(day Sum) {
	o := day.(*StatsSum)
	if o.adder != nil {
		o.adder.addTo(s, func(text string) string { return text })
		return
	}
	s.Totals.add(&o.Totals)
	for key, n := range o.Buckets {
		s.bucket(key, n)
	}
	for path, n := range o.Pages {
		s.page(path, n)
	}
	for i, m := range o.Visits {
		for value, n := range m {
			s.Visits[i][value] += n
		}
	}
}

// Seal lets go of the table.
func (s *StatsSum) Seal() {
	if s.adder != nil {
		s.adder.addTo(s, strings.Clone)
		s.adder = nil
	}
}

// Size is about how many bytes the sum takes.
func (s *StatsSum) Size() int {
	size := 512 + 64*len(s.Buckets)
	for path := range s.Pages {
		size += 64 + len(path)
	}
	for _, m := range s.Visits {
		for value := range m {
			size += 48 + len(value)
		}
	}
	return size
}

func (s *StatsSum) bucket(key BucketKey, n StatsBucket) {
	b := s.Buckets[key]
	b.add(&n)
	s.Buckets[key] = b
}

func (s *StatsSum) page(path string, n PageCount) {
	p := s.Pages[path]
	s.Pages[path] = PageCount{p.Pageviews + n.Pageviews, p.Visitors + n.Visitors}
}

func (b *StatsBucket) add(o *StatsBucket) {
	b.Pageviews += o.Pageviews
	b.Visitors += o.Visitors
	b.Sessions += o.Sessions
}

func (s *StatsTotals) add(o *StatsTotals) {
	s.StatsBucket.add(&o.StatsBucket)
	s.Bounced += o.Bounced
	s.DurationMS += o.DurationMS
	s.TimeMS += o.TimeMS
	s.TimedPages += o.TimedPages
}
