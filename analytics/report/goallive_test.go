package report_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// TestLiveCompletions expects that what was told event by event, in the order of arrival, are exactly the completions that the definition finds
// in the end, each once.
func TestLiveCompletions(t *testing.T) {
	type told struct {
		goal, id, session string
		value             analytics.Fixed
	}
	durations := 0
	for seed := range uint64(sumCases) {
		c := newSumCase(t, seed)
		goals := c.goals()
		for _, g := range goals {
			if g.Type == analytics.DurationGoal {
				g.TrackedSince = 0 // a late event may move a session's start before it, after it was told
			}
		}
		live, got := report.NewLiveGoals(goals), map[told]int64{}
		for i := range c.landed {
			for _, x := range live.Completions(&c.landed[i]) {
				key := told{x.Goal.ID, x.ID, x.Session.String(), x.Value}
				require.NotContains(t, got, key, "seed %d", seed)
				got[key] = x.At
			}
		}
		sessions := c.sessions(func(*analytics.Row, *report.Table) bool { return true })
		want := map[told]int64{}
		for _, g := range goals {
			for _, s := range sessions {
				s.table.Name()
				id := s.table.SessionIDs[s.entry().Session].String()
				for _, x := range completions(g, []*dumbSession{s}, report.Window{From: 0, To: c.window.To}) {
					key := told{g.ID, id, id, x.value}
					if g.Type == analytics.DurationGoal {
						durations++
						require.GreaterOrEqual(t, got[key], x.ts, "seed %d: the start may have moved back since", seed)
						want[key] = got[key]
						continue
					}
					key.id = s.table.EventID(x.row).Text()
					want[key] = x.ts
				}
			}
		}
		require.Equal(t, want, got, "seed %d", seed)
	}
	require.Greater(t, durations, sumCases)
}

// TestLiveCompletion tells what of an event.
func TestLiveCompletion(t *testing.T) {
	page := &analytics.Goal{ID: "goal_page", Type: analytics.PageviewGoal, MatchType: analytics.MatchRegex, Path: "^/t", Value: 50_000}
	long := &analytics.Goal{ID: "goal_long", Type: analytics.DurationGoal, DurationSeconds: 120, Value: 10_000}
	buy := &analytics.Goal{ID: "goal_buy", Type: analytics.EventGoal, EventAction: "buy", Value: 20_000}
	goals := []*analytics.Goal{page, long, buy}
	landed := func(change func(*analytics.Landed)) *analytics.Landed {
		l := &analytics.Landed{
			Event: &analytics.Event{
				Kind: analytics.Pageview, TS: 1_000_000, ReceivedAt: 1_000_500, Path: "/thanks", Visitor: analytics.VisitorID{1}, Country: "FR",
			},
			ID: analytics.PackEventID("event-0001"), Session: analytics.SessionID{2}, Source: "a.com", Country: "US", EntryPath: "/in",
			DurationBefore: 119_999, DurationAfter: 120_000, LastBefore: 990_000,
		}
		change(l)
		return l
	}
	first := report.Completion{
		Goal: page, ID: "event-0001", Session: analytics.SessionID{2}, Visitor: analytics.VisitorID{1}, Path: "/thanks", Value: 50_000,
		Source: "a.com", Country: "US", At: 1_000_000,
	}
	second := first
	second.Goal, second.ID, second.Path, second.Value, second.At = long, analytics.SessionID{2}.String(), "/in", 10_000, 880_000
	require.Equal(t, []report.Completion{first, second}, report.NewLiveGoals(goals).Completions(landed(func(*analytics.Landed) {})))

	bought := first
	bought.Goal, bought.Value = buy, -5
	require.Equal(t, []report.Completion{bought}, report.NewLiveGoals(goals).Completions(landed(func(l *analytics.Landed) {
		l.Event.Kind, l.Event.Action, l.Event.Value, l.Event.HasValue, l.DurationBefore = analytics.Custom, "buy", -5, true, 120_000
	})))
	require.Empty(t, report.NewLiveGoals(goals).Completions(landed(func(l *analytics.Landed) { l.Event.Imported = true })))
	require.Empty(t, report.NewLiveGoals(goals).Completions(landed(func(l *analytics.Landed) { l.Event.Kind, l.DurationAfter = analytics.Heartbeat, -1 })))

	later := *page
	later.MatchedSince = time.UnixMilli(1_000_501)
	require.Empty(t, report.NewLiveGoals([]*analytics.Goal{&later}).Completions(landed(func(*analytics.Landed) {})))
	later.MatchedSince = time.UnixMilli(1_000_500)
	require.Len(t, report.NewLiveGoals([]*analytics.Goal{&later}).Completions(landed(func(*analytics.Landed) {})), 1)
	tracked := *long
	tracked.TrackedSince = 880_001
	require.Empty(t, report.NewLiveGoals([]*analytics.Goal{&tracked}).Completions(landed(func(*analytics.Landed) {})))
}
