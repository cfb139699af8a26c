package analytics_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// stream makes random but people-like events: late, repeated, out of order, over midnight and both changes of the clock.
type stream struct {
	rng  *rand.Rand
	zone analytics.Zone
	now  int64
	sent []analytics.Event
	n    int
}

var starts = []string{"2026-03-07T22:00:00Z", "2026-10-31T20:00:00Z", "2026-03-28T20:00:00Z", "2026-10-24T21:00:00Z", "2026-06-30T10:00:00Z"}
var zones = []string{"America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"}

func newStream(seed uint64) *stream {
	rng := rand.New(rand.NewPCG(seed, 1))
	zone, err := analytics.LoadZone(zones[seed%uint64(len(zones))])
	if err != nil {
		panic(err)
	}
	start, err := time.Parse(time.RFC3339, starts[rng.IntN(len(starts))])
	if err != nil {
		panic(err)
	}
	return &stream{rng: rng, zone: zone, now: start.UnixMilli()}
}

func pick[T any](s *stream, from ...T) T { return from[s.rng.IntN(len(from))] }

func (s *stream) event() analytics.Event {
	if len(s.sent) > 0 && s.rng.IntN(12) == 0 { // a retry
		e := s.sent[s.rng.IntN(len(s.sent))]
		if e.ID != "" && s.now-e.ReceivedAt < 48*3_600_000 {
			return e
		}
	}
	s.now += int64(s.rng.ExpFloat64() * pick(s, 10.0, 20_000, 400_000))
	if s.rng.IntN(150) == 0 {
		s.now += int64(s.rng.IntN(30)) * 3_600_000
	}
	s.n++
	e := analytics.Event{TS: s.now, ReceivedAt: s.now, Country: pick(s, "US", "DE", "ZZ"), Device: pick(s, "desktop", "mobile", "tablet"),
		Browser: pick(s, "Chrome", "Safari"), OS: pick(s, "iOS", "Linux"), OSVersion: pick(s, "", "12"), Path: fmt.Sprintf("/p%d", s.rng.IntN(40))}
	if s.rng.IntN(4) == 0 { // late
		e.TS -= s.rng.Int64N(pick[int64](s, 3_000, 2_400_000, 86_400_000))
	}
	if s.rng.IntN(5) > 0 {
		e.ID = analytics.PackEventID(fmt.Sprintf("event-%06d", s.rng.IntN(100)*10_000+s.n))
	}
	if s.rng.IntN(6) == 0 { // the same millisecond as another
		e.TS -= e.TS % 60_000
	}
	who := s.rng.IntN(12)
	e.SessionKey = pick(s, "", "", "a", "b")
	if len(s.sent) > 0 && s.rng.IntN(10) == 0 { // exactly at the edge of another's session
		last := s.sent[len(s.sent)-1]
		if ts := last.TS + pick[int64](s, -1_800_000, -1_799_999, 1_799_999, 1_800_000, 0); ts <= s.now && ts > s.now-86_400_000 {
			e.TS, e.SessionKey, who = ts, last.SessionKey, int(last.Visitor[0])
		}
	}
	if who == 0 && e.SessionKey != "a" { // one with very many pages and sessions
		e.Path = fmt.Sprintf("/many/%d", s.rng.IntN(60))
		e.SessionKey = fmt.Sprintf("s%d", s.rng.IntN(40))
	}
	day := s.zone.DayAt(e.TS)
	e.Visitor = analytics.VisitorID{byte(who), byte(day), byte(day >> 8)}
	s.kind(&e)
	s.sent = append(s.sent, e)
	return e
}

func (s *stream) kind(e *analytics.Event) {
	switch s.rng.IntN(8) {
	case 0:
		e.Kind, e.Action = analytics.Custom, "buy"
	case 1:
		e.Kind, e.TimeOnPage, e.Seq = analytics.Engagement, int32(s.rng.IntN(90_000)), int32(1+s.rng.IntN(2))
		e.IsBounce = pick(s, analytics.Absent, analytics.True, analytics.False)
	case 2:
		e.Kind = pick(s, analytics.Heartbeat, analytics.Move)
		e.ViewportW, e.ViewportH = 800, 600
	default:
		e.Kind = analytics.Pageview
		e.Channel, e.Source, e.ReferrerDomain = "direct", "(direct)", ""
		if s.rng.IntN(2) == 0 {
			e.Channel, e.Source, e.ReferrerDomain = "organic", "bing.com", "bing.com"
			e.UTM.Campaign = pick(s, "", "summer")
		}
	}
}

// seeds is how many random streams are recounted; make sim sets more.
func seeds() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("ZTAS_SEEDS"), 10, 32); err == nil {
		return n
	}
	return defaultSeeds
}

// TestRecount folds random streams with checkpoints, restarts and ways back at random places, and expects of every answer what SQLite says
// to the SQL of metrics.md over the same rows.
func TestRecount(t *testing.T) {
	for seed := range seeds() {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			recountStream(t, seed)
		})
	}
}

func recountStream(t *testing.T, seed uint64) {
	g := newStream(seed)
	recount := testkit.NewOracle(t)
	s := newSite(t, g.zone.Name(), 10_000)
	store := &blobs{Blobs: make(testkit.Blobs)}
	partition := s.Site().Partition()
	for pos := analytics.Pos(2); pos < 60; pos++ {
		before := g.now
		var batch []analytics.Event
		for range 1 + g.rng.IntN(20) {
			batch = append(batch, g.event())
		}
		if g.rng.IntN(4) == 0 { // a way that is taken back
			astray := []analytics.Event{g.event(), g.event(), g.event()}
			attach(t, s, store, g.now+1, astray)
			frozen := s.Freeze()
			fold(s, pos, g.now+1, astray)
			g.sent = g.sent[:max(0, len(g.sent)-3)]
			s.Restore(frozen)
		}
		duplicates := 0
		for i := range batch {
			if !recount.Add(&batch[i], analytics.ServerEventID(partition, pos, i).Text()) {
				duplicates++
			}
		}
		for age := before; age < g.now; age += 3_600_000 {
			s.Begin(pos, age) // ids and days age by an hour a block at most: as if other blocks had come between
		}
		attach(t, s, store, g.now, batch)
		res := fold(s, pos, g.now, batch)
		require.Len(t, res.Duplicates, duplicates, "seed %d block %d", seed, pos)
		require.Equal(t, len(batch)-duplicates, res.Stored)
		switch g.rng.IntN(6) {
		case 0: // a checkpoint while the fold goes on
			c := s.BeginCheckpoint()
			store.save(c)
			s.Finish(c)
			s.Evict(g.rng.Int64N(100_000))
		case 1: // and a restart
			c := s.BeginCheckpoint()
			store.save(c)
			loaded, err := analytics.LoadState(store.root, store, g.rng.Int64N(20_000))
			require.NoError(t, err)
			s = loaded
			if pos%9 == 0 {
				view, err := analytics.LoadView(store.root, store)
				require.NoError(t, err)
				compareView(t, g, view, store, recount)
			}
		}
		if pos%7 == 0 || pos == 59 {
			compare(t, g, s, store, recount)
		}
	}
}

func attach(t *testing.T, s *analytics.State, store *blobs, logical int64, batch []analytics.Event) {
	records := make([]analytics.Record, len(batch))
	for i := range batch {
		records[i].Event = &batch[i]
	}
	for _, d := range s.Needs(records) {
		require.NoError(t, s.Attach(d, store))
	}
	_, err := s.Recall(logical, records, store)
	require.NoError(t, err)
}

func compare(t *testing.T, g *stream, s *analytics.State, store *blobs, recount *testkit.Oracle) {
	t.Helper()
	compareView(t, g, s.View(), store, recount)
	compareRealtime(t, g, s, store, recount)
}

func compareView(t *testing.T, g *stream, view *analytics.View, store *blobs, recount *testkit.Oracle) {
	t.Helper()
	today := g.zone.DayAt(g.now)
	params := []analytics.StatsParams{
		{Period: "24h"}, {Period: "day"}, {Period: "7d"}, {Period: "30d"}, {Period: "7d", Interval: "hour"},
		{StartDate: (today - 1).String(), EndDate: (today - 1).String()}, {StartDate: (today - 5).String(), EndDate: (today - 2).String()},
	}
	for _, p := range params {
		p.Limit = "100"
		q, err := p.Resolve(g.zone, g.now)
		require.NoError(t, err)
		got, err := view.Stats(q, store.rollup, nil, 0)
		require.NoError(t, err)
		compareStats(t, q.Range, got, recount, fmt.Sprintf("%+v", p))
	}
}

func compareStats(t *testing.T, r analytics.Range, got *analytics.StatsReport, recount *testkit.Oracle, what string) {
	t.Helper()
	span := testkit.Span{From: r.From, To: r.To}
	n := recount.Numbers("", span)
	require.Equal(t, analytics.Summary{
		Pageviews: n.Pageviews, UniqueVisitors: n.Visitors, Sessions: n.Sessions, BounceRate: analytics.Percent(n.Bounces, n.Sessions),
		AvgSessionDuration: analytics.MeanSeconds(n.DurationMS, n.Sessions), AvgTimeOnPage: analytics.MeanSeconds(n.EngagedMS, n.Engagements),
	}, got.Summary, what)
	var rows []testkit.Line
	for _, p := range got.TopPages {
		rows = append(rows, testkit.Line{Key: p.Path, N: [4]int64{p.Pageviews, p.UniqueVisitors}})
	}
	pages := recount.Pages("", span)
	require.Empty(t, cmp.Diff(pages[:min(len(pages), 100)], rows), what)
	visits := func(column string, rows []testkit.Line) {
		t.Helper()
		require.Empty(t, cmp.Diff(recount.Visits("", span, column), rows), "%s by %s", what, column)
	}
	var referrers, countries, browsers, systems []testkit.Line
	for _, x := range got.TopReferrers {
		if x.Domain == "(direct)" {
			x.Domain = ""
		}
		referrers = append(referrers, testkit.Line{Key: x.Domain, N: [4]int64{x.Visits}})
	}
	for _, x := range got.Countries {
		countries = append(countries, testkit.Line{Key: x.Code, N: [4]int64{x.Visits}})
	}
	for _, x := range got.Browsers {
		browsers = append(browsers, testkit.Line{Key: x.Name, N: [4]int64{x.Visits}})
	}
	for _, x := range got.OperatingSystems {
		systems = append(systems, testkit.Line{Key: x.Name, N: [4]int64{x.Visits}})
	}
	visits("referrer_domain", referrers)
	visits("country", countries)
	visits("browser", browsers)
	visits("os", systems)
	for _, c := range recount.Visits("", span, "channel") {
		share := map[string]float64{"direct": got.TrafficSources.Direct, "organic": got.TrafficSources.Organic}[c.Key]
		require.Equal(t, analytics.Percent(c.N[0], n.Sessions), share, what)
	}
	compareSeries(t, r, got, recount, what)
}

// compareSeries recounts every bucket from its own bounds, which are found here by walking the clock.
func compareSeries(t *testing.T, r analytics.Range, got *analytics.StatsReport, recount *testkit.Oracle, what string) {
	t.Helper()
	var bounds []int64
	for ts := r.From; ts < r.To; ts += 900_000 {
		now, before := time.UnixMilli(ts).In(r.Zone.Location()), time.UnixMilli(ts-900_000).In(r.Zone.Location())
		layout := "2006-01-02 15 -07"
		if r.Interval == analytics.Daily {
			layout = "2006-01-02"
		}
		if now.Format(layout) != before.Format(layout) {
			bounds = append(bounds, ts)
		}
	}
	require.Len(t, got.Timeseries, len(bounds), what)
	for i, b := range got.Timeseries {
		to := r.To
		if i+1 < len(bounds) {
			to = bounds[i+1]
		}
		n := recount.Numbers("", testkit.Span{From: bounds[i], To: to})
		require.Equal(t, [3]int64{n.Pageviews, n.Visitors, n.Sessions}, [3]int64{b.Pageviews, b.UniqueVisitors, b.Sessions}, "%s bucket %s", what, b.Date)
	}
}

func compareRealtime(t *testing.T, g *stream, s *analytics.State, store *blobs, recount *testkit.Oracle) {
	t.Helper()
	now := (g.now + 999) / 1000 * 1000
	got := realtime(t, s, store, g.now)
	window := testkit.Span{From: now - 299_999, To: now + 1}
	visitors, pageviews := recount.Active(window)
	require.Equal(t, visitors, got.ActiveVisitors)
	require.Equal(t, pageviews, got.PageviewsLast5Min)
	latest := func(expr string) map[string]int64 {
		out := map[string]int64{}
		for _, l := range recount.Latest(window, expr) {
			out[l.Key] = l.N[0]
		}
		return out
	}
	require.Empty(t, cmp.Diff(latest("e.path"), got.PageBreakdown))
	require.Empty(t, cmp.Diff(latest("COALESCE(s.source,'(direct)')"), got.SourceBreakdown))
	require.Empty(t, cmp.Diff(latest("COALESCE(s.country,e.country)"), got.CountryBreakdown))
	for i, m := range got.VisitorsPerMinute {
		from := (now/60_000 - 4 + int64(i)) * 60_000
		n, _ := recount.Active(testkit.Span{From: from, To: from + 60_000})
		require.Equal(t, n, m.Visitors, "minute %s", m.Minute)
	}
	for i, m := range got.PageviewsPerMinute {
		from := (now/60_000 - 29 + int64(i)) * 60_000
		_, n := recount.Active(testkit.Span{From: from, To: from + 60_000})
		require.Equal(t, n, m.Pageviews, "minute %s", m.Minute)
	}
}
