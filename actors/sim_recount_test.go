package actors_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// simMirror is what a site must be, by the blocks that ever became durable: a fold from zero that never stored anything, and a recount that only
// knows sets.
type simMirror struct {
	id      analytics.SiteID
	plain   *testkit.Reader
	read    int // blocks of the partition
	zone    analytics.Zone
	ids     map[string]bool
	days    map[analytics.Day][]*analytics.Event // stored, in the order of the log
	times   int64                                // how often an event was stored
	poison  int64                                // how often one could not be
	moved   bool                                 // the zone changed: days are not what the recount takes them for
	dropped bool                                 // retention took a day
}

func newSimMirror(site analytics.SiteID, zone analytics.Zone) *simMirror {
	return &simMirror{
		id: site, plain: &testkit.Reader{State: analytics.NewState(site)}, zone: zone, ids: map[string]bool{}, days: map[analytics.Day][]*analytics.Event{},
	}
}

// follow takes the blocks that became durable since.
func (m *simMirror) follow(d *simDisk) error {
	d.mu.Lock()
	blocks := d.history[m.id.Partition()][m.read:]
	d.mu.Unlock()
	for _, b := range blocks {
		m.read++
		block, err := analytics.DecodeBlock(b.data)
		if err != nil {
			return err
		}
		for _, s := range block.Sections {
			if s.Site != m.id {
				continue
			}
			if block.Steady {
				m.plain.State.Trust(block.LogicalTime)
			}
			records, err := analytics.DecodeRecords(s.Data, s.Count)
			if err != nil {
				return err
			}
			m.take(records)
			for i := range records {
				if r := &records[i]; r.Event != nil && r.Event.Path == poisonPath {
					*r = analytics.Record{Skip: &analytics.Skip{Pos: b.pos, Index: i}} // changes nothing, and the others keep their places
				}
			}
			m.plain.State.ApplyAll(b.pos, block.LogicalTime, records, new(analytics.Result))
		}
	}
	return nil
}

// take recounts.
func (m *simMirror) take(records []analytics.Record) {
	for i := range records {
		switch r := &records[i]; {
		case r.Event != nil && r.Event.Path == poisonPath:
			m.poison++
		case r.Event != nil:
			id := r.Event.ID.Text()
			if id != "" && m.ids[id] {
				continue
			}
			m.ids[id] = true
			m.times++
			day := m.zone.DayAt(r.Event.TS)
			m.days[day] = append(m.days[day], r.Event)
		case r.Forget != nil:
			m.forget(r.Forget)
		case r.Define != nil && r.Define.Revision > 1:
			m.moved = true
		}
	}
}

// forget drops a day of which nothing is younger.
func (m *simMirror) forget(f *analytics.Forget) {
	end := m.zone.DayStart(f.Day + 1)
	kept := end
	for _, e := range m.days[f.Day] {
		kept = max(kept, e.ReceivedAt)
	}
	m.dropped = true
	if kept <= f.Before {
		delete(m.days, f.Day)
	}
}

// simAnswers is what a system says of a site at one moment.
type simAnswers struct {
	Stats    map[string]*analytics.StatsReport
	Realtime *analytics.RealtimeReport
	Sums     []any
	Rows     []storedRow
}

// simReader is what answers: the running system or the mirror.
type simReader interface {
	Stats(context.Context, analytics.SiteID, analytics.StatsQuery) (*analytics.StatsReport, error)
	Realtime(ctx context.Context, site analytics.SiteID, now int64, detail bool) (*analytics.RealtimeReport, error)
	Sums(context.Context, analytics.SiteID, ...report.Ask) ([]report.Sum, error)
	Tables(ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error) error
}

// simQuestion is what to ask about a site.
type simQuestion struct {
	site  analytics.SiteID
	zone  analytics.Zone
	now   int64
	moved bool // counters alone do not answer: days were cut in another zone
	every questions
}

// ask asks everything about a site.
func (q simQuestion) ask(ctx context.Context, r simReader) (a simAnswers, err error) {
	site, zone, now := q.site, q.zone, q.now
	a.Stats = map[string]*analytics.StatsReport{}
	for _, period := range []string{"24h", "7d", "30d"} {
		if q.moved {
			break
		}
		query, err := analytics.StatsParams{Period: period, Limit: "100"}.Resolve(zone, now)
		if err != nil {
			return a, err
		}
		if a.Stats[period], err = r.Stats(ctx, site, query); err != nil {
			return a, err
		}
	}
	if a.Realtime, err = r.Realtime(ctx, site, now, true); err != nil {
		return a, err
	}
	if !q.moved {
		sums, err := r.Sums(ctx, site, q.every.asks...)
		if err != nil {
			return a, err
		}
		a.Sums = q.every.answer(sums)
	}
	err = r.Tables(ctx, site, -1<<30, 1<<30, false, func(x *report.Table) error {
		for i := range x.Rows {
			row := &x.Rows[i]
			a.Rows = append(a.Rows, storedRow{
				x.Day, x.Time(uint32(i)), row.Kind, clientID(x.EventID(uint32(i))), x.Texts[row.Path], x.VisitorIDs[row.Visitor], row.Session,
			})
		}
		return x.Err()
	})
	return a, err
}

// difference says where two answers differ; "" when they do not.
func (a simAnswers) difference(b simAnswers) string {
	if reflect.DeepEqual(a, b) {
		return ""
	}
	one, err := json.Marshal(a)
	two, err2 := json.Marshal(b)
	if err != nil || err2 != nil {
		return fmt.Sprint(err, err2)
	}
	if string(one) == string(two) {
		return ""
	}
	at := 0
	for at < min(len(one), len(two)) && one[at] == two[at] {
		at++
	}
	from := max(0, at-200)
	return fmt.Sprintf("…%s\nis not\n…%s", one[from:min(len(one), at+200)], two[from:min(len(two), at+200)])
}

// recount compares answers with sets: every id once, and the counters that need no more than counting.
func (m *simMirror) recount(a simAnswers, now int64) error {
	if m.moved && m.dropped {
		return nil // which day was dropped is not known here: it was cut in another zone
	}
	var wantIDs, gotIDs []string
	rows := 0
	for _, list := range m.days {
		rows += len(list)
		for _, e := range list {
			if id := e.ID.Text(); id != "" {
				wantIDs = append(wantIDs, id)
			}
		}
	}
	for _, r := range a.Rows {
		if r.ID != "" {
			gotIDs = append(gotIDs, r.ID)
		}
	}
	slices.Sort(wantIDs)
	slices.Sort(gotIDs)
	if rows != len(a.Rows) || !slices.Equal(wantIDs, gotIDs) {
		return fmt.Errorf("%d rows with %d ids are stored, of %d with %d; too many: %v, too few: %v", len(a.Rows), len(gotIDs), rows, len(wantIDs),
			beyond(gotIDs, wantIDs), beyond(wantIDs, gotIDs))
	}
	if m.moved {
		return nil
	}
	pages, visitors, total := map[string]int64{}, 0, int64(0)
	today := m.zone.DayAt(now)
	for day, list := range m.days {
		seen := map[analytics.VisitorID]bool{}
		if day <= today-30 || day > today {
			continue
		}
		for _, e := range list {
			if e.Kind.IsCore() {
				seen[e.Visitor] = true
			}
			if e.Kind == analytics.Pageview {
				pages[e.Path]++
				total++
			}
		}
		visitors += len(seen)
	}
	got := a.Stats["30d"]
	shown := map[string]int64{}
	for _, p := range got.TopPages {
		shown[p.Path] = p.Pageviews
	}
	if got.Summary.Pageviews != total || got.Summary.UniqueVisitors != int64(visitors) || !maps.Equal(shown, pages) {
		return fmt.Errorf("%+v, but %d pageviews of %d visitors: %v, counted %v", got.Summary, total, visitors, shown, pages)
	}
	return nil
}

// beyond lists what a has more often than b.
func beyond(a, b []string) (out []string) {
	count := map[string]int{}
	for _, id := range b {
		count[id]++
	}
	for _, id := range a {
		if count[id]--; count[id] < 0 {
			out = append(out, id)
		}
	}
	return out
}

// sums is V5.
func (a simAnswers) sums() error {
	for period, s := range a.Stats {
		var pages, perBucket, sessions int64
		for _, p := range s.TopPages {
			pages += p.Pageviews
		}
		for _, b := range s.Timeseries {
			perBucket, sessions = perBucket+b.Pageviews, sessions+b.Sessions
		}
		if pages != s.Summary.Pageviews || perBucket != s.Summary.Pageviews || sessions != s.Summary.Sessions {
			return fmt.Errorf("%s: %+v, but pages sum to %d, the series to %d and %d sessions", period, s.Summary, pages, perBucket, sessions)
		}
	}
	return nil
}
