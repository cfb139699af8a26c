package report_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

func statsOf(t testing.TB, r *testkit.Reader, filters string, q analytics.StatsQuery) *analytics.StatsReport {
	t.Helper()
	sums, err := r.Sums(context.Background(), filterSite, report.Over(report.Stats(q, mustFilters(t, filters)), q.Range))
	require.NoError(t, err)
	plain, err := r.Stats(context.Background(), filterSite, q)
	require.NoError(t, err)
	return sums[0].(*report.StatsSum).Report(q, plain.Filtered, plain.LastPageview)
}

// TestFilteredStats asks everything of the filtered table of a few visits.
func TestFilteredStats(t *testing.T) {
	r := filterReader(filterEvents())
	q, err := analytics.StatsParams{StartDate: "2026-01-13", EndDate: "2026-01-14", Interval: "day"}.Resolve(
		analytics.UTCZone(), filterDay.AddDate(0, 0, 5).UnixMilli())
	require.NoError(t, err)
	got := statsOf(t, r, "page==/pricing", q)
	require.Empty(t, cmp.Diff(&analytics.StatsReport{
		Range: analytics.RangeReport{Start: "2026-01-13T00:00:00.000Z", End: "2026-01-15T00:00:00.000Z", Timezone: "UTC", Interval: "day"},
		// Sessions last as long as they do, in all their rows; only pages and time on them are cut to the path.
		Summary: analytics.Summary{Pageviews: 2, UniqueVisitors: 2, Sessions: 2, AvgSessionDuration: (180 + 660) / 2, AvgTimeOnPage: 5},
		Timeseries: []analytics.Bucket{
			{Date: "2026-01-13"}, {Date: "2026-01-14", Pageviews: 2, UniqueVisitors: 2, Sessions: 2},
		},
		TopPages:         []analytics.PageRow{{Path: "/pricing", Pageviews: 2, UniqueVisitors: 2}},
		TopReferrers:     []analytics.ReferrerRow{{Domain: "(direct)", Visits: 1}, {Domain: "google.com", Visits: 1}},
		Devices:          analytics.Devices{Desktop: 50, Mobile: 50},
		DeviceVisits:     analytics.DeviceVisits{Desktop: 1, Mobile: 1},
		Browsers:         []analytics.ShareRow{{Name: "Chrome", Visits: 2, Percentage: 100}},
		OperatingSystems: []analytics.ShareRow{{Name: "Other", Visits: 2, Percentage: 100}},
		Countries:        []analytics.CountryRow{{Code: "US", Name: "United States", Visits: 1}, {Code: "ZZ", Name: "Unknown", Visits: 1}},
		TrafficSources:   analytics.TrafficSources{Direct: 50, Organic: 50},
		LastPageview:     filterDay.UnixMilli() + 62*60_000,
	}, got))

	none := statsOf(t, r, "page==/nowhere", q)
	require.Equal(t, analytics.Summary{}, none.Summary)
	require.Equal(t, []analytics.Bucket{{Date: "2026-01-13"}, {Date: "2026-01-14"}}, none.Timeseries)
	require.Equal(t, []analytics.PageRow{}, none.TopPages)
	require.Equal(t, []analytics.ReferrerRow{}, none.TopReferrers)
	require.Equal(t, []analytics.ShareRow{}, none.Browsers)
	require.Equal(t, []analytics.CountryRow{}, none.Countries)

	minute := func(n int64) int64 { return filterDay.UnixMilli() + n*60_000 }
	buyers := report.Stats(q, mustFilters(t, "event==buy"))
	sums, err := r.Sums(context.Background(), filterSite, report.Within(buyers, q.Range.Zone, minute(60), minute(71)))
	require.NoError(t, err)
	require.Equal(t, report.StatsTotals{ // all but B4: the sessions of B and C, with all that they are, and their rows in the window
		StatsBucket: report.StatsBucket{Pageviews: 1, Visitors: 2, Sessions: 2}, DurationMS: 660_000,
	}, sums[0].(*report.StatsSum).Totals)

	q.Limit = 1
	require.Len(t, statsOf(t, r, "device==*", q).TopPages, 1)
}

// statsStream makes visits of a few people around midnights and changes of the clock: late, repeated, at equal times.
type statsStream struct {
	rng  *rand.Rand
	zone analytics.Zone
	now  int64
	sent []analytics.Event
}

func newStatsStream(t *testing.T, seed uint64) *statsStream {
	t.Helper()
	name := []string{"America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "UTC"}[seed%4]
	zone, err := analytics.LoadZone(name)
	require.NoError(t, err)
	start := []string{"2026-03-07T22:00:00Z", "2026-10-31T20:00:00Z", "2026-03-28T20:00:00Z", "2026-04-04T10:00:00Z"}[seed/4%4]
	at, err := time.Parse(time.RFC3339, start)
	require.NoError(t, err)
	return &statsStream{rng: rand.New(rand.NewPCG(seed, 7)), zone: zone, now: at.UnixMilli()}
}

func oneOf[T any](rng *rand.Rand, from ...T) T { return from[rng.IntN(len(from))] }

func (s *statsStream) next() analytics.Event {
	if len(s.sent) > 0 && s.rng.IntN(15) == 0 { // a retry
		if e := s.sent[s.rng.IntN(len(s.sent))]; s.now-e.ReceivedAt < 24*3_600_000 {
			return e
		}
	}
	s.now += int64(s.rng.ExpFloat64() * oneOf(s.rng, 10.0, 20_000, 900_000))
	e := analytics.Event{
		TS: s.now, ReceivedAt: s.now, Path: fmt.Sprintf("/p%d", s.rng.IntN(12)), Country: oneOf(s.rng, "US", "DE", "ZZ"),
		Device: oneOf(s.rng, "desktop", "mobile"), Browser: oneOf(s.rng, "Chrome", "Safari"), OS: oneOf(s.rng, "iOS", "Linux"),
		ID: analytics.PackEventID(fmt.Sprintf("event-%06d", s.rng.IntN(1000)*1000+len(s.sent))),
	}
	if s.rng.IntN(4) == 0 { // late
		e.TS -= s.rng.Int64N(oneOf[int64](s.rng, 3_000, 2_400_000, 80_000_000))
	}
	if s.rng.IntN(5) == 0 { // at the time of others
		e.TS -= e.TS % 60_000
	}
	day := s.zone.DayAt(e.TS)
	e.Visitor = analytics.VisitorID{byte(s.rng.IntN(9)), byte(day), byte(day >> 8)}
	switch s.rng.IntN(7) {
	case 0:
		e.Kind, e.Action = analytics.Custom, oneOf(s.rng, "buy", "signup")
		e.Properties = []analytics.Property{{Key: "plan", Text: oneOf(s.rng, "", "pro", "free")}}
	case 1:
		e.Kind, e.TimeOnPage, e.Seq = analytics.Engagement, int32(s.rng.IntN(90_000)), int32(1+s.rng.IntN(2))
		e.IsBounce = oneOf(s.rng, analytics.Absent, analytics.True, analytics.False)
	case 2:
		e.Kind = analytics.Heartbeat
	default:
		e.Kind, e.Channel, e.Source = analytics.Pageview, "direct", "(direct)"
		if s.rng.IntN(2) == 0 {
			e.Channel, e.Source, e.ReferrerDomain = "organic", "bing.com", "bing.com"
		}
	}
	s.sent = append(s.sent, e)
	return e
}

// TestStatsStreams folds random streams. Without filters every number of every range must be that of the counters; what a filter on a session
// leaves and what it takes must add up.
func TestStatsStreams(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			g := newStatsStream(t, seed)
			r := testkit.NewReader(filterSite, g.zone.Name(), 10_000)
			for range 30 {
				events := make([]analytics.Event, 1+g.rng.IntN(15))
				for i := range events {
					events[i] = g.next()
				}
				r.Events(events...)
				if g.rng.IntN(8) == 0 {
					require.NoError(t, r.Checkpoint(g.rng.IntN(2) == 0))
				}
			}
			today := g.zone.DayAt(g.now)
			for _, p := range []analytics.StatsParams{
				{Period: "24h"}, {Period: "day"}, {Period: "7d"}, {Period: "30d"}, {Period: "7d", Interval: "hour"}, {Period: "24h", Interval: "day"},
				{StartDate: (today - 1).String(), EndDate: (today - 1).String()}, {StartDate: (today - 3).String(), EndDate: (today - 1).String()},
				{StartDate: (today + 1).String(), EndDate: (today + 2).String()},
			} {
				p.Limit = "100"
				q, err := p.Resolve(g.zone, g.now)
				require.NoError(t, err)
				want, err := r.Stats(context.Background(), filterSite, q)
				require.NoError(t, err)
				require.Empty(t, cmp.Diff(want, statsOf(t, r, "", q)), "%+v", p)
				addsUp(t, r, q)
			}
		})
	}
}

// addsUp expects that the sessions with and without something are all sessions, and so are their rows.
func addsUp(t *testing.T, r *testkit.Reader, q analytics.StatsQuery) {
	t.Helper()
	total := func(filters string) report.StatsTotals {
		sums, err := r.Sums(context.Background(), filterSite, report.Over(report.Stats(q, mustFilters(t, filters)), q.Range))
		require.NoError(t, err)
		return sums[0].(*report.StatsSum).Totals
	}
	all := total("device==*")
	for _, filter := range []string{"device%sdesktop", "channel%sorganic", "entry_page%s/p1*", "exit_page%s/p2|/p3", "goal%sgoal_180s"} {
		with, without := total(fmt.Sprintf(filter, "==")), total(fmt.Sprintf(filter, "!="))
		require.GreaterOrEqual(t, with.Visitors+without.Visitors, all.Visitors)
		with.Visitors, without.Visitors = all.Visitors, 0 // one visitor may have sessions of both
		require.Equal(t, all, plus(with, without), filter)
	}
}

func plus(a, b report.StatsTotals) report.StatsTotals {
	return report.StatsTotals{
		StatsBucket: report.StatsBucket{
			Pageviews: a.Pageviews + b.Pageviews, Visitors: a.Visitors + b.Visitors, Sessions: a.Sessions + b.Sessions,
		},
		Bounced: a.Bounced + b.Bounced, DurationMS: a.DurationMS + b.DurationMS, TimeMS: a.TimeMS + b.TimeMS, TimedPages: a.TimedPages + b.TimedPages,
	}
}

// TestStatsKeptCurrent appends a day's rows bit by bit: a sum that is brought up to date is that of all rows at once (R1, R3), and merging it
// before and after it is sealed is the same.
func TestStatsKeptCurrent(t *testing.T) {
	filters := []string{
		"", "device==mobile", "page=~^/p[1-4]", "event==buy;prop:plan!=pro", "event!=buy", "goal==goal_180s", "goal!=goal_buy", "exit_page!=/p1",
	}
	for seed := range uint64(8) {
		g := newStatsStream(t, seed)
		r := testkit.NewReader(filterSite, g.zone.Name(), 10_000)
		for range 300 {
			r.Events(g.next())
		}
		q, err := analytics.StatsParams{Period: "7d", Interval: oneOf(g.rng, "hour", "day")}.Resolve(g.zone, g.now)
		require.NoError(t, err)
		view := r.State.View()
		for _, day := range view.Days() {
			rows, ok := view.Rows(day)
			require.True(t, ok)
			require.Empty(t, rows.Parts, "nothing was stored")
			for _, text := range filters {
				keptCurrent(t, g, rows, report.Stats(q, mustFilters(t, text)), fmt.Sprintf("seed %d day %v %q", seed, day, text))
			}
		}
	}
}

func keptCurrent(t *testing.T, g *statsStream, rows analytics.DayRows, q report.Question, what string) {
	t.Helper()
	table := report.NewTable(filterSite.Partition(), rows.Day, rows.Bounds)
	w := report.Window{From: table.Start + g.rng.Int64N(3_600_000), To: table.End - g.rng.Int64N(3_600_000)}
	live := q.New(table, w)
	for _, run := range rows.Runs {
		for from := 0; from < run.Len(); {
			part := *run
			part.List = run.List[:min(run.Len(), from+1+g.rng.IntN(40))]
			counted := table.Len()
			table.Append(&part, from)
			report.Update(table, live, counted)
			from = part.Len()
		}
	}
	once := q.New(table, w)
	report.AddAll(table, once)
	open, sealed := q.New(nil, w), q.New(nil, w)
	open.Merge(live)
	live.Seal()
	once.Seal()
	require.Empty(t, cmp.Diff(once, live, cmpopts.IgnoreUnexported(report.StatsSum{})), what)
	sealed.Merge(live)
	require.Empty(t, cmp.Diff(sealed, open, cmpopts.IgnoreUnexported(report.StatsSum{})), what)
	require.Equal(t, live.Size(), sealed.Size())
}

// TestFilteredExample is the line on filters of metrics.md §7.
func TestFilteredExample(t *testing.T) {
	r := testkit.NewReader(filterSite, "America/New_York", 10_000)
	r.Events(testkit.ExampleEvents()...)
	q, err := analytics.StatsParams{StartDate: "2026-01-14", EndDate: "2026-01-14"}.Resolve(r.State.Zone(), filterDay.AddDate(0, 0, 6).UnixMilli())
	require.NoError(t, err)
	want := analytics.Summary{Pageviews: 2, UniqueVisitors: 2, Sessions: 2, BounceRate: 0, AvgSessionDuration: 731, AvgTimeOnPage: 30}
	require.Equal(t, want, statsOf(t, r, "page==/signup", q).Summary)
}

// TestFilteredOracle asks random filters about random streams, and expects what SQL says.
func TestFilteredOracle(t *testing.T) {
	clauses := []string{
		"device==mobile", "device!=mobile", "channel==organic", "source!=bing.com", "referrer==(direct)", "referrer=~bing", "country==ZZ|DE",
		"browser_version==Chrome", "os_version!~^L", "entry_page==/p1*", "exit_page!=/p2|/p3", "exit_page=~^/p1[01]?$", "page==/p1*", "page!=/p1",
		"page=~^/p[1-5]", "page!~[13579]", "event==buy", "event!=buy", "event=~^s", "event!~u", "prop:plan==pro", "prop:plan!=pro",
		"prop:plan==(none)", "prop:plan=~r", "prop:plan!~e", "prop:x==*", "prop:x!=*", "goal==goal_180s", "goal!=goal_180s",
		"goal==goal_buy|goal_pricing", "goal=~late", "goal!=goal_*", "goal==goal_none", "goal!~none",
	}
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			g := newStatsStream(t, seed)
			oracle, r := testkit.NewOracle(t, filterGoals...), testkit.NewReader(filterSite, g.zone.Name(), 10_000)
			for range 240 {
				e := g.next()
				r.Events(e)
				oracle.Add(&e, "")
			}
			found := 0
			for range 50 {
				text := oneOf(g.rng, clauses...)
				for range g.rng.IntN(4) {
					text += ";" + oneOf(g.rng, clauses...)
				}
				q, err := analytics.StatsParams{Period: oneOf(g.rng, "24h", "7d", "day")}.Resolve(g.zone, g.now)
				require.NoError(t, err)
				sums, err := r.Sums(context.Background(), filterSite, report.Over(report.Stats(q, mustFilters(t, text)), q.Range))
				require.NoError(t, err)
				got := sums[0].(*report.StatsSum).Totals
				n := oracle.Numbers(text, testkit.Span{From: q.Range.From, To: q.Range.To})
				require.Equal(t, report.StatsTotals{
					StatsBucket: report.StatsBucket{Pageviews: n.Pageviews, Visitors: n.Visitors, Sessions: n.Sessions},
					Bounced:     n.Bounces, DurationMS: n.DurationMS, TimeMS: n.EngagedMS, TimedPages: n.Engagements,
				}, got, "%s over %v", text, q.Range)
				if got.Sessions > 0 {
					found++
				}
			}
			require.Greater(t, found, 15, "most filters find nothing")
		})
	}
}
