package report_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestStoredEvents: every row becomes a line, and the line the event that was stored.
func TestStoredEvents(t *testing.T) {
	kinds := map[analytics.Kind]int{}
	for seed := range uint64(4) {
		s := testkit.RandomStream(seed)
		for range 12 {
			r := testkit.NewReader(filterSite, s.Zone.Name(), 10_000)
			batch := s.Batch()
			r.Events(batch...)
			sent := map[string]analytics.Event{}
			for i, e := range batch {
				id := e.ID
				if id == "" {
					id = analytics.ServerEventID(filterSite.Partition(), r.Pos(), i)
				}
				if _, twice := sent[id.Text()]; !twice {
					sent[id.Text()] = e
				}
			}
			view := r.State.View()
			for _, day := range view.Days() {
				rows, ok := view.Rows(day)
				require.True(t, ok)
				run := rows.Runs[0]
				for i := range run.List {
					row := &run.List[i]
					stored, err := report.StoredRow(filterSite, run, i, run.Visitors[row.Visitor], run.Sessions[row.Session])
					require.NoError(t, err)
					line, err := stored.Line()
					require.NoError(t, err)
					read, err := report.ParseLine(line)
					require.NoError(t, err)
					require.NoError(t, read.Verify())
					got, err := read.Event()
					require.NoError(t, err)
					want := sent[stored.EventID]
					want.ID, want.Imported, want.SessionKey = analytics.PackEventID(stored.EventID), true, stored.SessionID
					require.Equal(t, want, got, string(line))
					require.Equal(t, int64(r.Pos()), stored.Position)
					kinds[got.Kind]++
				}
			}
		}
	}
	require.Len(t, kinds, 7)
}

func TestStoredLine(t *testing.T) {
	value, depth, seq, dead := report.Decimal4(-12_500), report.Decimal2(9_905), int32(1), true
	text := "a<b>&"
	e := report.StoredEvent{
		SiteID: "site_a", EventID: "event-0001", TS: 1, ReceivedAt: 2, Type: "event", VisitorID: "vis_" + strings.Repeat("0a", 16), SessionID: "visit_1",
		Path: "/", Action: &text, Value: &value, Depth: &depth, Seq: &seq, Dead: &dead, Properties: json.RawMessage(`{"a":1e3}`), Position: 7, Index: 1,
	}
	line, err := e.Line()
	require.NoError(t, err)
	require.Equal(t, `{"site_id":"site_a","event_id":"event-0001","ts":1,"received_at":2,"type":"event","visitor_id":"vis_0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",`+
		`"session_id":"visit_1","path":"/","country":"","region":"","device":"","browser":"","os":"","browser_version":"","os_version":"",`+
		`"referrer_domain":null,"channel":null,"source":null,"utm_source":null,"utm_medium":null,"utm_campaign":null,"utm_term":null,"utm_content":null,`+
		`"action":"a<b>&","category":null,"label":null,"value":-1.25,"properties":{"a":1e3},"time_on_page_ms":null,"seq":1,"is_bounce":null,`+
		`"x":null,"y":null,"vw":null,"vh":null,"dh":null,"selector":null,"element":null,"text":null,"since_load_ms":null,"dead":true,"rage":null,`+
		`"depth":99.05,"dwell":null,"points":null,"position":7,"index":1,"checksum":"`+e.Checksum+`"}`, string(line))
	for i := range line {
		for _, bit := range []byte{1, 4, 32} {
			changed := append([]byte(nil), line...)
			changed[i] ^= bit
			_, err := report.ParseLine(changed)
			require.Error(t, err, "byte %d: %s", i, changed)
		}
	}
	_, err = report.ParseLine(line[:len(line)-1])
	require.Error(t, err)
	_, err = report.ParseLine(nil)
	require.Error(t, err)

	e.Checksum = "00000000"
	require.ErrorIs(t, e.Verify(), report.ErrChecksum)
}

func TestDecimals(t *testing.T) {
	f := func(text string, want int64, ok bool) {
		t.Helper()
		var d report.Decimal4
		err := json.Unmarshal([]byte(text), &d)
		require.Equal(t, ok, err == nil, "%s: %v", text, err)
		if ok {
			require.EqualValues(t, want, d)
			again, err := json.Marshal(d)
			require.NoError(t, err)
			require.Equal(t, text, string(again))
		}
	}
	f("0", 0, true)
	f("1.5", 15_000, true)
	f("-0.0001", -1, true)
	f("1000000000000", 10_000_000_000_000_000, true)
	f("0.00001", 0, false)
	f("1e9", 0, false)
	f(`"1"`, 0, false)
	f("1000000000000000000000", 0, false)
	f("0.0000000000000000000000001", 0, false)
}

// TestDailyIsExact: days equal GET /api/stats, and what is added can be taken away.
func TestDailyIsExact(t *testing.T) {
	for seed := range uint64(4) {
		s := testkit.RandomStream(seed)
		r := testkit.NewReader(filterSite, s.Zone.Name(), 10_000)
		for range 25 {
			r.Events(s.Batch()...)
		}
		q, err := analytics.StatsParams{Period: "30d"}.Resolve(s.Zone, s.Now)
		require.NoError(t, err)
		stats, err := r.Stats(t.Context(), filterSite, q)
		require.NoError(t, err)
		sums, err := r.Sums(t.Context(), filterSite, report.Over(report.Daily(s.Zone), q.Range))
		require.NoError(t, err)
		days := sums[0].(*report.DailySum).Days
		total := report.DayTotals{}
		for i, b := range stats.Timeseries {
			n := days[q.Range.First+analytics.Day(i)]
			require.Equal(t, []int64{b.Pageviews, b.UniqueVisitors, b.Sessions}, []int64{n.Pageviews, n.Visitors, n.Sessions}, b.Date)
			total.Sessions += n.Sessions
			total.Bounced += n.Bounced
			total.TimeMS += n.TimeMS
			total.TimedPages += n.TimedPages
			total.DurationMS += n.DurationMS
		}
		require.Equal(t, stats.Summary.BounceRate, analytics.Percent(total.Bounced, total.Sessions))
		require.Equal(t, stats.Summary.AvgTimeOnPage, analytics.MeanSeconds(total.TimeMS, total.TimedPages))
		require.Equal(t, stats.Summary.AvgSessionDuration, analytics.MeanSeconds(total.DurationMS, total.Sessions))

		err = r.Tables(t.Context(), filterSite, q.Range.First, q.Range.Last, false, func(x *report.Table) error {
			sum := report.Daily(s.Zone).New(x, report.Window{From: x.Start, To: x.End})
			report.AddAll(x, sum)
			var w report.Walker
			for v := range x.Visitors() {
				if visitor := w.Visitor(x, uint32(v), x.Len()); len(visitor.Rows) > 0 {
					sum.Add(visitor, -1)
				}
			}
			require.Empty(t, sum.(*report.DailySum).Days)
			return x.Err()
		})
		require.NoError(t, err)
	}
}
