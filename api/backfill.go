package api

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// Backfiller counts stored events for goals and funnels that want it (goals.md, trackedSince): it goes through the site's days, so that their
// sums are there when somebody asks, and then lets every event count, in one step. What is to be done is what the definitions say, so a start
// goes on where an end left off. Safe for concurrent use.
type Backfiller struct {
	catalog *Catalog
	sites   Sites
	reader  Reader
	now     func() time.Time
	log     *slog.Logger
	wake    chan struct{} // full: there may be work

	mu       sync.Mutex
	progress map[string]float64 // by id of the definition under way
	last     tracking           // what was done last: who read the definition a moment before asks for its progress still
	watch    func(site analytics.SiteID)
}

// tracking names a definition and the trackedSince of its backfill.
type tracking struct {
	id    string
	since int64
}

// allButDone is the most that progress shows: 1 would be done.
const allButDone = 0.99

// backfillPause is how long work that failed, or whose site was deleted, waits for the next attempt.
const backfillPause = time.Minute

// NewBackfiller makes one; Run makes it work.
func NewBackfiller(catalog *Catalog, sites Sites, reader Reader, now func() time.Time, log *slog.Logger) *Backfiller {
	return &Backfiller{
		catalog: catalog, sites: sites, reader: reader, now: now, log: log.With("component", "backfill"),
		wake: make(chan struct{}, 1), progress: make(map[string]float64), watch: func(analytics.SiteID) {},
	}
}

// OnProgress names the function that is told when the progress of one of a site's definitions has changed. It must not block.
func (b *Backfiller) OnProgress(f func(site analytics.SiteID)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.watch = f
}

// Run works off one definition after the other until ctx ends.
func (b *Backfiller) Run(ctx context.Context) {
	for {
		b.round(ctx)
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		case <-time.After(backfillPause):
		}
	}
}

// Pending is the progress of each of the site's goals and funnels that has not counted its history yet, by id.
func (b *Backfiller) Pending(site analytics.SiteID) map[string]float64 {
	list := make(map[string]float64)
	for _, g := range b.catalog.Goals(site) {
		if p := b.progressOf(g.ID, g.Backfill, g.TrackedSince); p != nil {
			list[g.ID] = *p
		}
	}
	for _, f := range b.catalog.Funnels(site) {
		if p := b.progressOf(f.ID, f.Backfill, f.TrackedSince); p != nil {
			list[f.ID] = *p
		}
	}
	return list
}

// progressOf is how much of the history a goal or funnel has counted, 0 to 1; nil when it has all of it or does not want it.
func (b *Backfiller) progressOf(id string, wanted bool, trackedSince int64) *float64 {
	if !wanted || trackedSince == 0 {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p, known := b.progress[id]
	if !known && b.last == (tracking{id, trackedSince}) {
		p = allButDone
	}
	return &p
}

// changed tells that definitions of a site were made, changed or removed.
func (b *Backfiller) changed(site analytics.SiteID) {
	b.tell(site)
	select {
	case b.wake <- struct{}{}:
	default: // it is awake already
	}
}

func (b *Backfiller) tell(site analytics.SiteID) {
	b.mu.Lock()
	watch := b.watch
	b.mu.Unlock()
	watch(site)
}

// round works off everything that is pending; what fails waits for the next one.
func (b *Backfiller) round(ctx context.Context) {
	failed := make(map[string]bool)
	for ctx.Err() == nil {
		job := b.next(failed)
		if job == nil {
			return
		}
		err := b.fold(ctx, job)
		if err == nil {
			b.mu.Lock()
			b.last = tracking{job.id, job.since}
			b.mu.Unlock()
		}
		b.show(job, -1)
		if err != nil && ctx.Err() == nil {
			failed[job.id] = true
			b.log.Warn("a backfill has to be tried again", "site", job.site, "definition", job.id, "error", err)
		}
	}
}

// fold goes through the site's days, oldest first, and then lets all events count. It ends early when the definition changes.
func (b *Backfiller) fold(ctx context.Context, job *backfillJob) error {
	site, ok := b.sites.Site(job.site)
	if !ok { // deleted a moment ago
		return nil
	}
	zone, err := analytics.LoadZone(site.Timezone)
	if err != nil {
		return err
	}
	today := zone.DayAt(b.now().UnixMilli())
	first, err := b.firstDay(ctx, job.site, today)
	if err != nil {
		return err
	}
	for day := first; day <= today; day++ {
		if !job.current() {
			return nil
		}
		var asks []report.Ask
		for _, q := range job.questions() {
			asks = append(asks, report.Within(q, zone, zone.DayStart(day), zone.DayStart(day+1)))
		}
		if _, err := b.reader.Sums(ctx, job.site, asks...); err != nil {
			return err
		}
		b.show(job, float64(day-first+1)/float64(today-first+1))
	}
	return job.finish()
}

// beforeEvents is a day before any event's: imports reach back to 1990.
var beforeEvents = analytics.DayOf(time.Date(1989, 12, 30, 0, 0, 0, 0, time.UTC))

var errFound = errors.New("found")

// firstDay finds the first day with events; the day after today when there is none.
func (b *Backfiller) firstDay(ctx context.Context, site analytics.SiteID, today analytics.Day) (analytics.Day, error) {
	first := today + 1
	err := b.reader.Tables(ctx, site, beforeEvents, today, false, func(t *report.Table) error {
		first = t.Day
		return errFound
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return first, err
}

// show keeps the progress in whole percent, of which 100 are only reached by being done; a negative one is none any more.
func (b *Backfiller) show(job *backfillJob, progress float64) {
	progress = min(math.Floor(progress*100)/100, allButDone)
	b.mu.Lock()
	before, known := b.progress[job.id]
	if progress < 0 {
		delete(b.progress, job.id)
	} else {
		b.progress[job.id] = progress
	}
	b.mu.Unlock()
	if progress < 0 || !known || before != progress {
		b.tell(job.site)
	}
}
