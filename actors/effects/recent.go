package effects

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

const (
	recentItems = 50
	watchFor    = 2 * time.Minute // after the last question the latest events are no longer collected
)

// GoalItem is a completion as topic goals shows it (ws.md).
type GoalItem struct {
	ID        string      `json:"id"` // of the event; of durations the session's
	GoalID    string      `json:"goalId"`
	GoalName  string      `json:"goalName"`
	Path      string      `json:"path"`
	Value     json.Number `json:"value"`
	Source    string      `json:"source"`
	Country   string      `json:"country"`
	Timestamp string      `json:"timestamp"`
	ts        int64
}

// FeedItem is a core event as topic feed shows it (ws.md).
type FeedItem struct {
	ID         string `json:"id"`
	Type       string `json:"type"`
	Path       string `json:"path"`
	Action     string `json:"action"`
	Source     string `json:"source"`
	Country    string `json:"country"`
	Device     string `json:"device"`
	Browser    string `json:"browser"`
	OS         string `json:"os"`
	Timestamp  string `json:"timestamp"`
	ReceivedAt string `json:"receivedAt"`
	ts         int64
}

// recent holds the latest events of a site while somebody watches, oldest first. It is guarded by its site.
type recent struct {
	asked  time.Time // last; zero: nothing is collected
	seeded bool
	seen   uint64 // core events, since collecting began
	feed   []FeedItem
	goals  []GoalItem
	stale  uint64 // grows whenever goals has to begin anew with what is stored
	filled uint64 // the stale that it last did so for
}

func (r *recent) watched(now time.Time) bool {
	if !r.asked.IsZero() && now.Sub(r.asked) > watchFor {
		*r = recent{}
	}
	return !r.asked.IsZero()
}

func (r *recent) event(l *analytics.Landed) {
	e := l.Event
	if r.asked.IsZero() || !e.Kind.IsCore() {
		return
	}
	r.seen++
	r.feed = push(r.feed, FeedItem{
		l.ID.Text(), e.Kind.String(), strings.Clone(e.Path), strings.Clone(e.Action), l.Source, strings.Clone(e.Country), strings.Clone(e.Device),
		strings.Clone(e.Browser), strings.Clone(e.OS), instant(e.TS), instant(e.ReceivedAt), e.TS,
	})
}

func (r *recent) completion(c *report.Completion, l *analytics.Landed) {
	if !r.asked.IsZero() {
		r.goals = push(r.goals, GoalItem{
			c.ID, c.Goal.ID, c.Goal.Name, strings.Clone(c.Path), number(c.Value), c.Source, c.Country, instant(l.Event.TS), l.Event.TS,
		})
	}
}

// redefine takes over new definitions: completions begin anew when a goal is gone or counts others than before.
func (r *recent) redefine(before, goals []*analytics.Goal) {
	now := make(map[string]*analytics.Goal, len(goals))
	for _, g := range goals {
		now[g.ID] = g
	}
	for _, g := range before {
		if now[g.ID] == nil || !countsAlike(*g, *now[g.ID]) {
			r.goals = nil
			r.stale++
			return
		}
	}
	r.rename(goals)
}

// rename gives completions the names that their goals have now.
func (r *recent) rename(goals []*analytics.Goal) {
	names := make(map[string]string, len(goals))
	for _, g := range goals {
		names[g.ID] = g.Name
	}
	for i := range r.goals {
		r.goals[i].GoalName = names[r.goals[i].GoalID]
	}
}

// countsAlike tells whether two states of a goal have the same completions, with the same values.
func countsAlike(a, b analytics.Goal) bool {
	b.Name, b.Backfill, b.CreatedBy, b.CreatedAt, b.UpdatedAt = a.Name, a.Backfill, a.CreatedBy, a.CreatedAt, a.UpdatedAt
	return a == b
}

func push[T any](list []T, item T) []T {
	if len(list) >= 2*recentItems {
		list = append(list[:0], list[len(list)-recentItems+1:]...)
	}
	return append(list, item)
}

// Feed gives the latest core events, newest first, and how many were seen since they are collected.
func (e *Effects) Feed(ctx context.Context, id analytics.SiteID) (items []FeedItem, seen uint64, err error) {
	s, err := e.watch(ctx, id)
	if err != nil {
		return nil, 0, err
	}
	defer s.mu.Unlock()
	return newest(s.recent.feed), s.recent.seen, nil
}

// Completions gives the latest completions of goals, newest first.
func (e *Effects) Completions(ctx context.Context, id analytics.SiteID) ([]GoalItem, error) {
	s, err := e.watch(ctx, id)
	if err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	return newest(s.recent.goals), nil
}

func newest[T any](list []T) []T {
	out := slices.Clone(list[max(0, len(list)-recentItems):])
	slices.Reverse(out)
	return out
}

// watch sees to it that the latest events are collected, and begins with those that are stored. The site is returned locked.
func (e *Effects) watch(ctx context.Context, id analytics.SiteID) (*site, error) {
	s := e.site(id)
	s.mu.Lock()
	r := &s.recent
	r.watched(e.deps.Now())
	r.asked = e.deps.Now()
	e.refresh(s)
	for !r.seeded || r.filled != r.stale {
		live, stale := s.live, r.stale
		s.mu.Unlock()
		feed, completions, err := e.stored(ctx, id, live)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		e.refresh(s)
		if r.stale != stale || r.seeded && r.filled == stale {
			continue // goals have changed meanwhile, or somebody else was faster
		}
		if !r.seeded { // what landed meanwhile is in both
			r.feed = joined(feed, r.feed, func(i FeedItem) string { return i.ID })
		}
		r.goals = joined(completions, r.goals, func(i GoalItem) string { return i.GoalID + "\n" + i.ID })
		r.rename(s.goals) // which may have other names by now
		r.seeded, r.filled = true, stale
	}
	return s, nil
}

func joined[T any](stored, live []T, key func(T) string) []T {
	known := make(map[string]bool, len(live))
	for _, i := range live {
		known[key(i)] = true
	}
	out := slices.DeleteFunc(stored, func(i T) bool { return known[key(i)] })
	return append(out, live...)
}

// How far the latest events are looked for.
const (
	seedDays = 30      // local days
	seedRows = 200_000 // the newest rows of a day, and of the days before today together, before another is begun
)

var errEnough = errors.New("effects: enough was found")

// stored reads the latest events from the site's rows, oldest first.
func (e *Effects) stored(ctx context.Context, id analytics.SiteID, live *report.LiveGoals) (feed []FeedItem, done []GoalItem, err error) {
	reader := e.reader.Load()
	zone, ok := e.deps.Sites.Zone(id)
	if !ok || reader == nil {
		return nil, nil, nil
	}
	today, rows := zone.DayAt(e.deps.Now().UnixMilli()), 0
	err = (*reader).Tables(ctx, id, today-seedDays+1, today+1, true, func(t *report.Table) error {
		f, g := latestOf(t, live, e.most)
		feed, done = append(feed, f...), append(done, g...)
		if t.Day < today {
			rows += t.Len()
		}
		if rows >= e.most || len(feed) >= recentItems && (live.None() || len(done) >= recentItems) {
			return cmp.Or(t.Err(), errEnough)
		}
		return t.Err()
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	slices.SortStableFunc(feed, func(a, b FeedItem) int { return cmp.Compare(a.ts, b.ts) })
	slices.SortStableFunc(done, func(a, b GoalItem) int { return cmp.Compare(a.ts, b.ts) })
	return feed[max(0, len(feed)-recentItems):], done[max(0, len(done)-recentItems):], err
}

// latestOf collects what the visitors of a day's newest rows, most at most, did.
func latestOf(t *report.Table, live *report.LiveGoals, most int) (feed []FeedItem, done []GoalItem) {
	var w report.Walker
	seen := make(map[uint32]bool)
	for i := t.Len() - 1; i >= max(0, t.Len()-most); i-- {
		if visitor := t.Rows[i].Visitor; !seen[visitor] {
			seen[visitor] = true
			v := w.Visitor(t, visitor, t.Len())
			for s := range v.Sessions {
				if v.Sessions[s].HasCore() {
					f, d := latestOfSession(t, &v.Sessions[s], live)
					feed, done = append(feed, f...), append(done, d...)
				}
			}
		}
	}
	return feed, done
}

func latestOfSession(t *report.Table, s *report.Session, live *report.LiveGoals) (feed []FeedItem, done []GoalItem) {
	for n, i := range s.Rows {
		row := &t.Rows[i]
		if row.Imported {
			continue
		}
		if row.Kind.IsCore() && n >= len(s.Rows)-recentItems {
			feed = append(feed, feedItem(t, i, s))
		}
		done = append(done, completionsOf(t, n, s, live)...)
	}
	return feed, done
}

func feedItem(t *report.Table, i uint32, s *report.Session) FeedItem {
	row, c := &t.Rows[i], &t.Clients[t.Rows[i].Client]
	action := ""
	if row.Kind == analytics.Custom {
		action = t.Texts[t.Customs[row.Detail].Action]
	}
	ts := t.Time(i)
	return FeedItem{
		t.EventID(i).Text(), row.Kind.String(), t.Texts[row.Path], action, s.Origin(t).Source, c.Country, c.Device, c.Browser, c.OS,
		instant(ts), instant(t.Arrived(i)), ts,
	}
}

// completionsOf tells which goals row n of a session completed. The one that completes a duration is the first, by time, that reaches it.
func completionsOf(t *report.Table, n int, s *report.Session, live *report.LiveGoals) []GoalItem {
	l := landedOf(t, n, s)
	var out []GoalItem
	for _, c := range live.Completions(&l) {
		out = append(out, GoalItem{c.ID, c.Goal.ID, c.Goal.Name, c.Path, number(c.Value), c.Source, c.Country, instant(l.Event.TS), l.Event.TS})
	}
	return out
}

// landedOf is row n of a session as it would have landed, had the rows come in the order of their times.
func landedOf(t *report.Table, n int, s *report.Session) analytics.Landed {
	t.Name()
	i := s.Rows[n]
	row := &t.Rows[i]
	e := &analytics.Event{
		Kind: row.Kind, Imported: row.Imported, TS: t.Time(i), ReceivedAt: t.Arrived(i), Path: t.Texts[row.Path], Visitor: t.VisitorIDs[row.Visitor],
	}
	if row.Kind == analytics.Custom {
		c := &t.Customs[row.Detail]
		e.Action, e.Category, e.Label = t.Texts[c.Action], t.Texts[c.Category], t.Texts[c.Label]
		e.Value, e.HasValue = c.Value, c.HasValue
	}
	l := analytics.Landed{
		Event: e, ID: t.EventID(i), Session: t.SessionIDs[s.Ordinal], Source: s.Origin(t).Source, Country: s.Client(t).Country,
		EntryPath: t.Texts[t.Rows[s.Entry].Path], DurationBefore: -1, DurationAfter: int64(row.TS - s.Start),
	}
	if n > 0 {
		before := t.Rows[s.Rows[n-1]].TS
		l.LastBefore = t.Start + int64(before)
		if before >= s.Start {
			l.DurationBefore = int64(before - s.Start)
		}
	}
	return l
}
