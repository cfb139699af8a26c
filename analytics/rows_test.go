package analytics_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// randomEvent makes an event of any kind with all of its members.
func randomEvent(rng *rand.Rand, n int, ts int64) analytics.Event {
	e := analytics.Event{
		TS: ts, ReceivedAt: ts + rng.Int64N(1000), Kind: analytics.Kind(1 + rng.IntN(7)), Visitor: analytics.VisitorID{byte(rng.IntN(40))},
		Path: fmt.Sprintf("/p/%d", rng.IntN(9)), Country: []string{"US", "DE", "ZZ"}[rng.IntN(3)], Device: []string{"desktop", "mobile"}[rng.IntN(2)],
		Browser: "Chrome", BrowserVersion: fmt.Sprint(140 + rng.IntN(3)), OS: "Linux", Imported: rng.IntN(20) == 0,
	}
	if rng.IntN(3) > 0 {
		e.ID = analytics.PackEventID(fmt.Sprintf("event-%08d", n))
	}
	switch e.Kind {
	case analytics.Pageview:
		e.Channel, e.Source, e.ReferrerDomain = "organic", "google.com", "google.com"
		e.UTM = analytics.UTM{Source: []string{"", "x"}[rng.IntN(2)], Campaign: fmt.Sprint(rng.IntN(3))}
	case analytics.Custom:
		e.Action, e.Label = fmt.Sprint("act", rng.IntN(3)), []string{"", "l"}[rng.IntN(2)]
		if rng.IntN(2) == 0 {
			e.Value, e.HasValue = analytics.Fixed(rng.Int64N(1e9)-5e8), true
		}
		for i := range rng.IntN(4) {
			e.Properties = append(e.Properties, analytics.Property{Key: fmt.Sprint("k", i), Type: analytics.NumberProperty, Text: fmt.Sprint(rng.IntN(5))})
		}
	case analytics.Engagement:
		e.TimeOnPage, e.Seq, e.IsBounce = int32(rng.IntN(60_000)), int32(1+rng.IntN(3)), analytics.Tri(rng.IntN(3))
	case analytics.Click:
		e.X, e.Y, e.ViewportW, e.ViewportH = int32(rng.IntN(1000)), int32(rng.IntN(9000)), 1280, 800
		e.Selector, e.Element, e.Text, e.Rage = "#a", "button#a", "Go", int32(rng.IntN(2)*6)
		e.SinceLoad, e.HasSinceLoad, e.Dead = 5, rng.IntN(2) == 0, rng.IntN(2) == 0
		if !e.HasSinceLoad {
			e.SinceLoad = 0
		}
	case analytics.Scroll:
		e.Depth, e.ViewportW, e.ViewportH, e.DocumentH = int32(rng.IntN(10_001)), 1280, 800, 5000
		for range rng.IntN(3) {
			e.Dwell = append(e.Dwell, analytics.Pair{int32(rng.IntN(4000)), int32(rng.IntN(5000))})
		}
	case analytics.Move:
		e.ViewportW, e.ViewportH = 1280, 800
		for range 1 + rng.IntN(3) {
			e.Points = append(e.Points, analytics.Pair{int32(rng.IntN(1280)), int32(rng.IntN(4000))})
		}
	}
	return e
}

// TestRowsAreTheEvents: whatever checkpoints, restarts, closings and re-openings happen, the rows of the days are the stored events, each with
// every member, in the order of the log.
func TestRowsAreTheEvents(t *testing.T) {
	const start = int64(1_768_435_200_000)
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 7))
		r := testkit.NewReader("site_abc123", "America/New_York", 1000)
		want := map[analytics.Day][]analytics.Event{}
		var ids = map[analytics.Day][]string{}
		now := start
		for block := range 60 {
			now += rng.Int64N(6 * 3_600_000)
			var events []analytics.Event
			for range 1 + rng.IntN(300) {
				e := randomEvent(rng, rng.IntN(4000), now-rng.Int64N(24*3_600_000))
				if e.Imported && e.ID != "" {
					e.TS -= rng.Int64N(12 * 24 * 3_600_000)
				}
				events = append(events, e)
			}
			res := r.Events(events...)
			for _, l := range res.Landed {
				e := *l.Event
				day := r.State.Zone().DayAt(e.TS)
				e.ID, e.SessionKey = "", ""
				want[day] = append(want[day], e)
				ids[day] = append(ids[day], l.ID.Text()+" "+l.Session.String())
			}
			if rng.IntN(4) == 0 {
				require.NoError(t, r.Checkpoint(rng.IntN(2) == 0), "seed %d block %d", seed, block)
			}
		}
		require.NoError(t, r.Checkpoint(true))
		require.Greater(t, len(want), 12)
		for day, events := range want {
			found := false
			require.NoError(t, r.Tables(context.Background(), "site_abc123", day, day, false, func(table *report.Table) error {
				found = true
				table.Name()
				require.Equal(t, len(events), table.Len(), "seed %d %s", seed, day)
				for i := range events {
					got := eventOf(table, uint32(i))
					got.ReceivedAt = events[i].ReceivedAt // not in tables
					require.Equal(t, events[i], got, "seed %d %s row %d", seed, day, i)
					require.Equal(t, ids[day][i], table.EventID(uint32(i)).Text()+" "+table.SessionIDs[table.Rows[i].Session].String())
				}
				return table.Err()
			}))
			require.True(t, found)
		}
	}
}

func eventOf(t *report.Table, i uint32) analytics.Event {
	row := &t.Rows[i]
	c, o := &t.Clients[row.Client], t.Origin(row.Origin)
	e := analytics.Event{
		TS: t.Time(i), Kind: row.Kind, Imported: row.Imported, Visitor: t.VisitorIDs[row.Visitor], Path: t.Texts[row.Path],
		Country: c.Country, Region: c.Region, Device: c.Device, Browser: c.Browser, BrowserVersion: c.BrowserVersion, OS: c.OS, OSVersion: c.OSVersion,
		ReferrerDomain: o.Referrer, Channel: o.Channel, Source: o.Source, UTM: o.UTM,
	}
	switch row.Kind {
	case analytics.Custom:
		d := t.Customs[row.Detail]
		e.Action, e.Category, e.Label = t.Texts[d.Action], t.Texts[d.Category], t.Texts[d.Label]
		e.Value, e.HasValue, e.Properties = d.Value, d.HasValue, t.Properties[d.Properties]
	case analytics.Engagement:
		d := t.Engagements[row.Detail]
		e.TimeOnPage, e.Seq, e.IsBounce = d.TimeOnPage, d.Seq, d.IsBounce
	case analytics.Click:
		d := t.Clicks[row.Detail]
		e.X, e.Y, e.ViewportW, e.ViewportH, e.Rage, e.Dead = d.X, d.Y, d.ViewportW, d.ViewportH, d.Rage, d.Dead
		e.Selector, e.Element, e.Text = t.Texts[d.Selector], t.Texts[d.Element], t.Texts[d.Text]
		e.SinceLoad, e.HasSinceLoad = d.SinceLoad, d.HasSinceLoad
	case analytics.Scroll:
		d := t.Scrolls[row.Detail]
		e.Depth, e.ViewportW, e.ViewportH, e.DocumentH, e.Dwell = d.Depth, d.ViewportW, d.ViewportH, d.DocumentH, d.Dwell
	case analytics.Move:
		d := t.Moves[row.Detail]
		e.ViewportW, e.ViewportH, e.Points = d.ViewportW, d.ViewportH, d.Points
	}
	return e
}
