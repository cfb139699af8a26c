package effects_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors/effects"
	"github.com/ztas-io/ztas/actors/outbox"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

const siteID = analytics.SiteID("site_abc123")

// world is a site with a real fold; what is put into the outbox is kept, with its writes, as a store would.
type world struct {
	t *testing.T
	*testkit.Reader
	stream   *testkit.Stream
	fold     sync.Mutex // guards these two: what watches reads them in its own goroutine
	time     atomic.Int64
	mask     outbox.Mask
	goals    []*analytics.Goal
	revision uint64 // of the goals
	mu       sync.Mutex
	meta     map[string][]byte
	put      []outbox.Effect
	cursor   analytics.Pos
	still    bool // the clock stands, whatever the stream's does
	e        *effects.Effects
	cancel   context.CancelFunc
	done     chan struct{}
	blocks   []block // all so far: a start hears of them again, as one that found no checkpoint
	reading  func()  // called before each day that Tables gives; nil: nothing is
}

type block struct {
	pos    analytics.Pos
	landed []analytics.Landed
}

func (w *world) Revision() uint64                              { return w.revision }
func (w *world) Goals(analytics.SiteID) []*analytics.Goal      { return w.goals }
func (w *world) Goal(string) (*analytics.Goal, bool)           { return nil, false }
func (w *world) Funnel(string) (*analytics.Funnel, bool)       { return nil, false }
func (w *world) Alert(string) (*analytics.Alert, bool)         { return nil, false }
func (w *world) Wants(analytics.SiteID) outbox.Mask            { return w.mask }
func (w *world) Cursor(analytics.SiteID) analytics.Pos         { return w.cursor }
func (w *world) Flush(context.Context, analytics.SiteID) error { return nil }
func (w *world) Zone(analytics.SiteID) (analytics.Zone, bool)  { return w.stream.Zone, true }
func (w *world) Place(analytics.SiteID) (string, analytics.Zone) {
	return "example.com", w.stream.Zone
}

// Tables gives the days as of now.
func (w *world) Tables(ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error) error {
	w.fold.Lock()
	defer w.fold.Unlock()
	return w.Reader.Tables(ctx, site, first, last, newestFirst, func(t *report.Table) error {
		if w.reading != nil {
			w.reading()
		}
		return f(t)
	})
}

// Sums answers as of now.
func (w *world) Sums(ctx context.Context, site analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	w.fold.Lock()
	defer w.fold.Unlock()
	return w.Reader.Sums(ctx, site, asks...)
}

// clock is the stream's time.
func (w *world) clock() time.Time {
	return time.UnixMilli(w.time.Load())
}

func (w *world) Put(_ analytics.SiteID, pos analytics.Pos, list []outbox.Effect) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cursor = max(w.cursor, pos)
	for _, e := range list {
		for _, op := range e.Writes {
			w.meta[op.Key] = op.Value
			if op.Value == nil {
				delete(w.meta, op.Key)
			}
		}
		if e.Type != "" {
			w.put = append(w.put, e)
		}
	}
}

func (w *world) Get(key string) ([]byte, bool, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	val, ok := w.meta[key]
	return val, ok, nil
}
func (w *world) told() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.put)
}

func (w *world) Scan(prefix string, f func(string, []byte) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for key, val := range w.meta {
		if strings.HasPrefix(key, prefix) {
			if err := f(key, val); err != nil {
				return err
			}
		}
	}
	return nil
}
func (w *world) Txn(...outbox.Op) error { return nil }

func newWorld(t *testing.T, seed uint64, types ...string) *world {
	stream := testkit.RandomStream(seed)
	w := &world{t: t, Reader: testkit.NewReader(siteID, stream.Zone.Name(), 1000), stream: stream, mask: outbox.MaskOf(types...), meta: map[string][]byte{}}
	w.time.Store(stream.Now)
	return w
}

// start begins a life in which the site's shell has asked whether anybody listens.
func (w *world) start() {
	w.launch()
	require.Equal(w.t, w.mask != 0 || len(w.goals) > 0, w.e.Wants(siteID))
}

func (w *world) launch() {
	w.e = effects.New(effects.Deps{Definitions: w, Outbox: w, Meta: w, Sites: w, Logger: slog.New(slog.DiscardHandler),
		Now: w.clock})
	w.e.SetReader(w)
	for _, b := range w.blocks {
		w.e.Landed(siteID, b.pos, b.landed, nil)
	}
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel, w.done = cancel, make(chan struct{})
	go func() {
		defer close(w.done)
		w.e.Run(ctx)
	}()
}

func (w *world) stop() {
	w.cancel()
	<-w.done
}

// batch folds the stream's next block and tells of it, as the site's shell does.
func (w *world) batch() analytics.Result {
	w.fold.Lock()
	events := w.stream.Batch()
	records := make([]analytics.Record, len(events))
	for i := range events {
		records[i].Event = &events[i]
	}
	if !w.still {
		w.time.Store(w.stream.Now)
	}
	res := w.Apply(w.stream.Now, records...)
	w.blocks = append(w.blocks, block{w.Pos(), res.Landed})
	w.e.Landed(siteID, w.Pos(), res.Landed, res.Fired) // as a site's actor does before it answers the next question
	w.fold.Unlock()
	return res
}

// TestSessionsEndOnce: every session with a core event that no import began is told once, when it is over, whatever comes late, out of order or
// after a restart, which hears of blocks again; none is told before. ZTAS_SEEDS sets how many streams, 10 if it is not set.
func TestSessionsEndOnce(t *testing.T) {
	seeds := uint64(10)
	if n, err := strconv.ParseUint(os.Getenv("ZTAS_SEEDS"), 10, 32); err == nil {
		seeds = n
	}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, seed, analytics.WebhookSessionEnd)
			w.start()
			time.Sleep(1100 * time.Millisecond)
			for n := range 60 {
				w.batch()
				time.Sleep(1100 * time.Millisecond) // a look
				if n%15 == 14 {
					w.stop()
					w.start()
				}
			}
			w.time.Add(31 * 60_000)
			time.Sleep(1100 * time.Millisecond)
			w.stop()
			told := make(map[string]int)
			for _, e := range w.put {
				var d struct{ SessionID string }
				require.NoError(t, json.Unmarshal(e.Data, &d))
				told[d.SessionID]++
			}
			sessions := 0
			today := w.stream.Zone.DayAt(w.stream.Now)
			require.NoError(t, w.Tables(t.Context(), siteID, today-40, today, false, func(table *report.Table) error {
				var walker report.Walker
				table.Name()
				for v := range table.Visitors() {
					for _, s := range walker.Visitor(table, uint32(v), table.Len()).Sessions {
						id := table.SessionIDs[s.Ordinal].String()
						want := 0
						if s.HasCore() && !table.Rows[s.Entry].Imported {
							sessions++
							want = 1
						}
						if s.HasCore() { // one that an import prolonged or entered late is at its discretion
							mixed := false
							for _, i := range s.Rows {
								mixed = mixed || table.Rows[i].Imported
							}
							if mixed {
								require.LessOrEqual(t, told[id], 1)
								continue
							}
						}
						require.Equal(t, want, told[id], "seed %d: session %s, last %d", seed, id, table.Start+int64(s.Last))
					}
				}
				return table.Err()
			}))
			require.Greater(t, sessions, 20)
		})
	}
}

// TestEndedWhileDown: a session that ended while the server was down is told after the start, without any traffic; who asks anew is told nothing
// of what ended while nobody asked.
func TestEndedWhileDown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3, analytics.WebhookSessionEnd)
		w.start()
		time.Sleep(1100 * time.Millisecond)
		w.batch()
		w.stop()
		before := w.told()
		w.time.Add(3 * 24 * 3_600_000)
		w.launch()
		time.Sleep(1100 * time.Millisecond)
		require.Greater(t, w.told(), before)
		w.stop()

		w.mask = 0
		w.launch()
		w.e.Wants(siteID)
		require.Empty(t, w.meta)
		w.batch()
		w.time.Add(3_600_000)
		w.stop()
		before = w.told()
		w.mask = outbox.MaskOf(analytics.WebhookSessionEnd)
		w.start()
		time.Sleep(1100 * time.Millisecond)
		w.time.Add(3_600_000)
		time.Sleep(1100 * time.Millisecond)
		require.Equal(t, before, w.told())
		w.stop()
	})
}

// TestReplayTellsNothingTwice: blocks that come again after a restart, and imported events, tell nobody.
func TestReplayTellsNothingTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 3, analytics.WebhookPageview, analytics.WebhookEvent, analytics.WebhookGoal)
		w.goals = []*analytics.Goal{{ID: "goal_1", Site: siteID, Type: analytics.EventGoal, EventAction: "buy", Name: "Buy"}}
		w.start()
		type block struct {
			pos analytics.Pos
			res analytics.Result
		}
		var blocks []block
		want := 0
		for range 40 {
			res := w.batch()
			blocks = append(blocks, block{w.Pos(), res})
			for _, l := range res.Landed {
				if l.Event.Imported || !l.Event.Kind.IsCore() {
					continue
				}
				want++
				if l.Event.Kind == analytics.Custom && l.Event.Action == "buy" {
					want++
				}
			}
		}
		w.stop()
		require.Len(t, w.put, want)
		causes := make(map[string]bool)
		for _, e := range w.put {
			require.False(t, causes[e.Cause], e.Cause)
			causes[e.Cause] = true
			require.True(t, json.Valid(e.Data))
		}
		w.start()
		for _, b := range blocks {
			w.e.Landed(siteID, b.pos, b.res.Landed, nil)
		}
		w.stop()
		require.Len(t, w.put, want, "a replay")
	})
}

// TestLatest: the feed and the completions begin with what is stored, go on with what lands, and are the same after a restart.
func TestLatest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		w.goals = []*analytics.Goal{{ID: "goal_1", Site: siteID, Type: analytics.PageviewGoal, MatchType: analytics.MatchContains, Path: "/", Name: "Any"}}
		w.start()
		defer func() { w.stop() }()
		for range 10 {
			w.batch()
		}
		w.still = true // so that who watches is not taken for gone
		feed, seen, err := w.e.Feed(t.Context(), siteID)
		require.NoError(t, err)
		require.Len(t, feed, 50)
		require.Zero(t, seen)
		latest := map[string]bool{}
		core := 0
		for range 3 {
			for _, l := range w.batch().Landed {
				if l.Event.Kind.IsCore() && !l.Event.Imported {
					latest[l.ID.Text()] = true
					core++
				}
			}
		}
		feed, seen, err = w.e.Feed(t.Context(), siteID)
		require.NoError(t, err)
		require.EqualValues(t, core, seen)
		for i, item := range feed {
			require.Equal(t, i < core, latest[item.ID], "item %d", i)
		}
		done, err := w.e.Completions(t.Context(), siteID)
		require.NoError(t, err)
		require.NotEmpty(t, done)
		ids := func() string {
			list, err := w.e.Completions(t.Context(), siteID)
			require.NoError(t, err)
			var b strings.Builder
			for _, i := range list {
				require.Equal(t, "goal_1", i.GoalID)
				b.WriteString(i.ID + " " + i.Path + " " + i.Source + "\n")
			}
			return b.String()
		}
		before := strings.Count(ids(), "\n")
		w.stop()
		w.start()
		require.Equal(t, before, strings.Count(ids(), "\n"))
	})
}

// TestLatestFromRows: what is stored is shown with when it arrived, by which a goal's completions are known, under the goal's name of today, and
// however quiet the site was since.
func TestLatestFromRows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		made := w.clock()
		goal := analytics.Goal{
			ID: "goal_1", Site: siteID, Type: analytics.PageviewGoal, MatchType: analytics.MatchExact, Path: "/late", Name: "Any", MatchedSince: made,
		}
		w.goals = []*analytics.Goal{&goal}
		w.launch()
		defer func() { w.stop() }()
		came := made.Add(time.Second).UnixMilli()
		w.Apply(came, analytics.Record{Event: &analytics.Event{
			ID: analytics.PackEventID("event-0001"), TS: made.Add(-3 * time.Hour).UnixMilli(), ReceivedAt: came, Kind: analytics.Pageview, Path: "/late",
		}})
		named := func(want ...string) {
			t.Helper()
			list, err := w.e.Completions(t.Context(), siteID)
			require.NoError(t, err)
			names := []string{}
			for _, i := range list {
				names = append(names, i.GoalName)
			}
			require.Equal(t, append([]string{}, want...), names)
		}
		arrived := func() {
			t.Helper()
			feed, _, err := w.e.Feed(t.Context(), siteID)
			require.NoError(t, err)
			require.Len(t, feed, 1)
			require.Equal(t, time.UnixMilli(came).UTC().Format("2006-01-02T15:04:05.000Z"), feed[0].ReceivedAt)
			require.NotEqual(t, feed[0].Timestamp, feed[0].ReceivedAt)
		}
		arrived()
		named("Any")

		w.time.Store(made.AddDate(0, 0, 20).UnixMilli())
		w.stop()
		w.launch()
		arrived()
		named("Any")

		renamed := goal
		renamed.Name = "Late"
		w.goals, w.revision = []*analytics.Goal{&renamed}, w.revision+1
		named("Late")
		w.goals, w.revision = nil, w.revision+1
		named()
	})
}

// pageviews are n visits of a path within the minute before ts, UTC ms.
func pageviews(n int, path string, ts int64) []analytics.Record {
	out := make([]analytics.Record, n)
	for i := range out {
		out[i].Event = &analytics.Event{TS: ts - int64(i), ReceivedAt: ts, Kind: analytics.Pageview, Path: path, Visitor: analytics.VisitorID{byte(i)}}
	}
	return out
}

// doneAt is a site's only goal.
func doneAt(path string) []*analytics.Goal {
	return []*analytics.Goal{{ID: "goal_1", Site: siteID, Type: analytics.PageviewGoal, MatchType: analytics.MatchExact, Path: path, Name: "Done"}}
}

// TestGoalGoneWhileRead: a goal that is deleted while the stored events are looked through shows nothing.
func TestGoalGoneWhileRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		w.goals = doneAt("/done")
		w.launch()
		defer func() { w.stop() }()
		now := w.clock().UnixMilli()
		w.Apply(now, pageviews(3, "/done", now)...)
		w.reading = func() {
			w.goals, w.revision = nil, w.revision+1
			w.e.Wants(siteID)
		}
		done, err := w.e.Completions(t.Context(), siteID)
		require.NoError(t, err)
		require.Empty(t, done)
	})
}

// TestGoalsChange: a goal that changes or goes while somebody watches leaves the same completions as those who come later see, and the feed
// goes on.
func TestGoalsChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		quiet := analytics.Goal{ID: "goal_1", Site: siteID, Type: analytics.PageviewGoal, MatchType: analytics.MatchExact, Path: "/quiet", Name: "Quiet"}
		busy := quiet
		busy.ID, busy.Path, busy.Name = "goal_2", "/busy", "Busy"
		w.goals = []*analytics.Goal{&quiet, &busy}
		w.launch()
		defer func() { w.stop() }()
		now := w.clock().UnixMilli()
		w.Apply(now-60_000, pageviews(3, "/quiet", now-60_000)...)
		w.Apply(now, pageviews(60, "/busy", now)...)
		list := func() (out []effects.GoalItem) {
			t.Helper()
			out, err := w.e.Completions(t.Context(), siteID)
			require.NoError(t, err)
			return out
		}
		goals := func(goals ...*analytics.Goal) { w.goals, w.revision = goals, w.revision+1 }
		counted := func() map[string]int {
			n := map[string]int{}
			for _, i := range list() {
				n[i.GoalName+" "+i.Path+" "+i.Value.String()]++
			}
			return n
		}
		require.Equal(t, map[string]int{"Busy /busy 0": 50}, counted())

		worth := busy
		worth.Value = 5_0000
		goals(&quiet, &worth)
		require.Equal(t, map[string]int{"Busy /busy 5": 50}, counted())

		other := busy
		other.Path, other.MatchedSince, other.Name = "/other", w.clock().Add(time.Second), "Other"
		goals(&quiet, &other)
		require.Equal(t, map[string]int{"Quiet /quiet 0": 3}, counted(), "older ones fill the list")

		goals(&quiet, &busy)
		require.Equal(t, map[string]int{"Busy /busy 0": 50}, counted())
		_, seen, err := w.e.Feed(t.Context(), siteID)
		require.NoError(t, err)
		w.Apply(now, pageviews(1, "/quiet", now)...)
		w.still = true
		goals(&quiet)
		require.Equal(t, map[string]int{"Quiet /quiet 0": 4}, counted())
		after := w.batch()
		core := 0
		for _, l := range after.Landed {
			if l.Event.Kind.IsCore() && !l.Event.Imported {
				core++
			}
		}
		_, more, err := w.e.Feed(t.Context(), siteID)
		require.NoError(t, err)
		require.EqualValues(t, core, more-seen, "the feed goes on")
	})
}

// TestGoalChangedWhileRead: completions that were read by a definition that has changed meanwhile are read again.
func TestGoalChangedWhileRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		w.goals = doneAt("/done")
		w.launch()
		defer func() { w.stop() }()
		now := w.clock().UnixMilli()
		w.Apply(now, append(pageviews(3, "/done", now), pageviews(2, "/other", now-1000)...)...)
		w.reading = func() {
			w.reading = nil
			w.goals, w.revision = doneAt("/other"), w.revision+1
		}
		done, err := w.e.Completions(t.Context(), siteID)
		require.NoError(t, err)
		require.Len(t, done, 2)
		require.Equal(t, "/other", done[0].Path)
	})
}

// TestLatestStops: who has found enough reads no further day.
func TestLatestStops(t *testing.T) {
	for name, c := range map[string]struct {
		daily int // pageviews
		goals []*analytics.Goal
		want  int // days
	}{
		"events":                 {60, nil, 1},
		"completions":            {60, doneAt("/done"), 1},
		"no completions":         {60, doneAt("/never"), 5},
		"few events a day":       {20, nil, 3},
		"fewer than are there":   {5, nil, 5},
		"few completions a day":  {20, doneAt("/done"), 3},
		"exactly the last fifty": {50, nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 5)
				w.goals = c.goals
				w.launch()
				defer func() { w.stop() }()
				now := w.clock()
				for day := range 5 {
					at := now.AddDate(0, 0, day-4).UnixMilli()
					w.Apply(at, pageviews(c.daily, "/done", at)...)
				}
				days := 0
				w.reading = func() { days++ }
				feed, _, err := w.e.Feed(t.Context(), siteID)
				require.NoError(t, err)
				require.Len(t, feed, min(50, 5*c.daily))
				require.Equal(t, c.want, days)
			})
		})
	}
}

// TestLatestOfBigDays: yesterday is looked at however much came today; what is older is not, when yesterday was big.
func TestLatestOfBigDays(t *testing.T) {
	const most = 200
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 5)
		w.launch()
		w.e.SeedRows(most)
		defer func() { w.stop() }()
		now := w.clock()
		before := now.AddDate(0, 0, -1).UnixMilli()
		w.Apply(before, pageviews(1, "/yesterday", before)...)
		at := now.UnixMilli()
		events := make([]analytics.Record, most)
		for i := range events {
			events[i].Event = &analytics.Event{TS: at, ReceivedAt: at, Kind: analytics.Engagement, Path: "/"}
		}
		w.Apply(at, events...)
		found := func() int {
			feed, _, err := w.e.Feed(t.Context(), siteID)
			require.NoError(t, err)
			return len(feed)
		}
		require.Equal(t, 1, found())
		w.time.Store(now.AddDate(0, 0, 1).UnixMilli())
		w.stop()
		w.launch()
		w.e.SeedRows(most)
		require.Zero(t, found())
	})
}
