package report_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

const filterSite = analytics.SiteID("site_abc123")

var filterDay = time.Date(2026, 1, 14, 0, 0, 0, 0, time.UTC)

// filterEvents are visits named by their visitor. Event ids are visitor and number: "B2" is what B did second.
func filterEvents() []analytics.Event {
	var events []analytics.Event
	add := func(id string, minute int, kind analytics.Kind, path string, more ...func(*analytics.Event)) {
		e := analytics.Event{
			ID: analytics.PackEventID("visit-" + id), Kind: kind, Path: path, TS: filterDay.UnixMilli() + int64(minute)*60_000,
			Visitor: analytics.VisitorID{id[0]}, Country: "US", Device: "desktop", Browser: "Chrome", BrowserVersion: "142", OS: "Other",
		}
		if kind == analytics.Pageview {
			e.Channel, e.Source = "direct", "(direct)"
		}
		for _, f := range more {
			f(&e)
		}
		e.ReceivedAt = e.TS
		events = append(events, e)
	}
	pv, ev, en, hb := analytics.Pageview, analytics.Custom, analytics.Engagement, analytics.Heartbeat
	event := func(action string, properties ...string) func(*analytics.Event) {
		return func(e *analytics.Event) {
			e.Action = action
			for i := 0; i < len(properties); i += 2 {
				e.Properties = append(e.Properties, analytics.Property{Key: properties[i], Text: properties[i+1]})
			}
		}
	}
	add("A1", 60, pv, "/", func(e *analytics.Event) {
		e.ReferrerDomain, e.Channel, e.Source = "google.com", "organic", "google.com"
		e.UTM = analytics.UTM{Source: "s", Medium: "m", Campaign: "spring|sale", Term: "t", Content: "c"}
	})
	add("A2", 61, en, "/", func(e *analytics.Event) { e.TimeOnPage, e.Seq = 5000, 1 })
	add("A3", 62, pv, "/pricing")
	add("A4", 63, ev, "/pricing", event("signup", "plan", "pro", "seats", "5"))
	add("B1", 60, pv, "/pricing", func(e *analytics.Event) { e.Country, e.Device, e.BrowserVersion = "ZZ", "mobile", "" })
	add("B2", 60, ev, "/pricing", event("signup", "plan", "free"))
	add("B3", 70, ev, "/thank-you", event("buy", "plan", "pro"))
	add("B4", 71, en, "/pricing", func(e *analytics.Event) { e.TimeOnPage, e.Seq = 5000, 1 })
	add("C1", 60, ev, "/app", event("buy", "plan", ""), func(e *analytics.Event) { e.Region = "US-NY" })
	add("D1", 60, hb, "/") // no core event
	add("E1", 60, pv, "/exit")
	return events
}

var filterGoals = []*analytics.Goal{
	{ID: "goal_pricing", Type: analytics.PageviewGoal, Path: "/pricing", MatchType: analytics.MatchExact},
	{ID: "goal_regex", Type: analytics.PageviewGoal, Path: "^/e.it$", MatchType: analytics.MatchRegex},
	{ID: "goal_buy", Type: analytics.EventGoal, EventAction: "buy"},
	{ID: "goal_late", Type: analytics.EventGoal, EventAction: "buy", TrackedSince: filterDay.UnixMilli() + 61*60_000},
	{ID: "goal_labelled", Type: analytics.EventGoal, EventAction: "buy", EventLabel: "x"},
	{ID: "goal_180s", Type: analytics.DurationGoal, DurationSeconds: 180},
	{ID: "goal_180s_late", Type: analytics.DurationGoal, DurationSeconds: 180, TrackedSince: filterDay.UnixMilli() + 61*60_000},
}

// filterReader has folded the events in blocks of two.
func filterReader(events []analytics.Event) *testkit.Reader {
	r := testkit.NewReader(filterSite, "UTC", 10_000)
	for block := range slices.Chunk(events, 2) {
		r.Events(block...)
	}
	return r
}

func mustFilters(t testing.TB, text string) report.Filters {
	t.Helper()
	f, err := report.ParseFilters(text, filterGoals)
	require.NoError(t, err, text)
	return f
}

// filteredTable lists the ids of the rows that the filters leave, by visitor.
func filteredTable(t *testing.T, r *testkit.Reader, text string) string {
	t.Helper()
	var ids []string
	f := mustFilters(t, text)
	day := analytics.UTCZone().DayAt(filterDay.UnixMilli())
	err := r.Tables(context.Background(), filterSite, day, day, false, func(table *report.Table) error {
		x := f.On(table)
		var w report.Walker
		for v := range table.Visitors() {
			visitor := w.Visitor(table, uint32(v), table.Len())
			for i := range visitor.Sessions {
				s := &visitor.Sessions[i]
				if !x.Session(visitor, s) {
					continue
				}
				for _, row := range s.Rows {
					if x.Row(row) {
						ids = append(ids, strings.TrimPrefix(table.EventID(row).Text(), "visit-"))
					}
				}
			}
		}
		return nil
	})
	require.NoError(t, err)
	return strings.Join(ids, " ")
}

// TestFilteredTable says of every filter which rows it leaves (extended.md, Filters and Filtered table).
func TestFilteredTable(t *testing.T) {
	r := filterReader(filterEvents())
	f := func(filters, want string) {
		t.Helper()
		require.Equal(t, want, filteredTable(t, r, filters), filters)
	}
	const a, b, c, d, e = "A1 A2 A3 A4", "B1 B2 B3 B4", "C1", "D1", "E1"
	list := func(visits ...string) string { return strings.Join(visits, " ") }

	f("", list(a, b, c, d, e))
	f("device==*", list(a, b, c, e)) // D has no core event, so its session is in no table

	f("source==google.com", a)
	f("source==(direct)", list(b, c, e))
	f("referrer==google.*", a)
	f("referrer==(direct)", list(b, c, e))
	f("channel==organic", a)
	f("channel!=organic", list(b, c, e))
	f("channel==direct", list(b, c, e)) // C was entered by a custom event
	f("utm_source==s;utm_medium==m;utm_term==t;utm_content==c", a)
	f("utm_source==(none)", list(b, c, e))
	f("utm_source=~^$", "")
	f(`utm_campaign==spring\|sale`, a)
	f("country==ZZ", b)
	f("country==US|ZZ;country!=US", b)
	f("region==(none)", list(a, b, e))
	f("region=~NY", c)
	f("device==mobile", b)
	f("browser==Chrome", list(a, b, c, e))
	f("browser_version==Chrome 142", list(a, c, e))
	f("browser_version==Chrome", b)
	f("os==Other;os_version==Other", list(a, b, c, e))
	f("entry_page==/|/app", list(a, c))
	f("exit_page==/thank-you", b)
	f("exit_page!~^/(thank|exit)", list(a, c))
	f("device==mobile;channel==organic", "")

	// page: one and the same pageview; pageviews and engagements of such paths only
	f("page==/pricing", "A3 A4 B1 B2 B3 B4")
	f("page!=/pricing", "A1 A2 A4 E1")
	f("page==/p*;page!=/pricing", "")
	f("page=~^/;page!~p", "A1 A2 A4 E1")
	f("page==/;page==/pricing", "")
	f("page==/thank-you", "") // only a custom event was there
	f("page==/pricing;device==mobile", b)

	// event and prop:KEY: one and the same custom event; negated: no such event
	f("event==signup", "A1 A2 A3 A4 B1 B2 B4")
	f("event==buy", "B1 B3 B4 C1")
	f("event!=buy", list(a, e))
	f("event!=buy;event!=signup", e)
	f("event==signup|buy;event!=buy", a)
	f("event==signup;prop:plan==pro", a)
	f("event==signup;prop:plan!=pro", "")
	f("event==buy;prop:plan!=pro", c)
	f("prop:plan==pro", "A1 A2 A3 A4 B1 B3 B4")
	f("prop:plan==pro;prop:seats==5", a)
	f("prop:plan==free;prop:seats==5", "")
	f("prop:plan!=pro", list(c, e))
	f("prop:plan==(none)", c) // an empty value; events without the key have none
	f("prop:plan!=(none)", list(a, b, e))
	f("prop:seats=~^[0-9]+$", a)
	f("prop:seats!~x", list(a, b, c, e))
	f("event==signup;page==/", "A1 A2 A4")

	f("goal==goal_pricing", list(a, b))
	f("goal!=goal_pricing", list(c, e))
	f("goal==goal_regex", e)
	f("goal==goal_buy", list(b, c))
	f("goal==goal_late", b)
	f("goal==goal_labelled", "")
	f("goal==goal_180s", list(a, b))
	f("goal==goal_180s_late", "")
	f("goal==goal_regex|goal_buy", list(b, c, e))
	f("goal!=goal_regex|goal_buy", a)
	f("goal=~buy|regex", list(b, c, e))
	f("goal!=goal_*", "")
	f("goal==goal_buy;goal==goal_pricing", b)
	f("goal==goal_buy;goal!=goal_pricing", c)
	f("goal==goal_unknown", "")
	f("goal!=goal_unknown", list(a, b, c, e))
}
