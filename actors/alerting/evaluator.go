// Package alerting judges the alerts of sites: within a second of the events that make a condition true, and by time when nothing arrives
// (metrics.md §5). What fires is appended to the log; everything else follows from that record.
package alerting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// Definitions knows the alerts and what they are about. Safe for concurrent use.
type Definitions interface {
	report.AlertDefinitions
	Alerts(site analytics.SiteID) []*analytics.Alert
	// AlertSites lists the sites that have alerts.
	AlertSites() []analytics.SiteID
	// LastFired is when the alert fired last, UTC ms; 0: never.
	LastFired(alert string) int64
}

// System answers questions about sites and takes what fires. Safe for concurrent use.
type System interface {
	Sums(ctx context.Context, site analytics.SiteID, asks ...report.Ask) ([]report.Sum, error)
	// RowCounts changes for a window whenever Sums about it may.
	RowCounts(ctx context.Context, site analytics.SiteID, windows []report.Window) ([]int, error)
	FirstEvent(ctx context.Context, site analytics.SiteID) (ts int64, ok bool, err error)
	Fire(ctx context.Context, site analytics.SiteID, f *analytics.Firing) error
}

// Zones gives the zone of a site that is not deleted.
type Zones interface {
	Zone(site analytics.SiteID) (analytics.Zone, bool)
}

// Config sets how often alerts are judged.
type Config struct {
	Interval time.Duration // the least between two judgements of a site (ALERT_EVAL_INTERVAL); 500 ms
	Idle     time.Duration // the most, when nothing arrives; 60 s
}

// DefaultConfig is the contract's.
func DefaultConfig() Config { return Config{Interval: 500 * time.Millisecond, Idle: time.Minute} }

// Deps are what an Evaluator works with.
type Deps struct {
	Definitions Definitions
	System      System
	Zones       Zones
	Logger      *slog.Logger
	Now         func() time.Time
}

// Evaluator is safe for concurrent use.
type Evaluator struct {
	cfg  Config
	deps Deps

	mu    sync.Mutex
	dirty map[analytics.SiteID]bool
	sites map[analytics.SiteID]*watched
}

// watched is what is remembered of a site with alerts. It belongs to who judges the site.
type watched struct {
	busy   bool
	next   time.Time        // not judged before
	alerts int              // of the site
	idle   time.Time        // judged then, also when nothing arrives
	logged time.Time        // when a failure that goes on was logged last; zero: the last judgement was good
	fired  map[string]int64 // alert → UTC ms, before the record has come back
	past   map[string]*past // alert → what its windows in the past say
}

// past holds what the windows of the past said lately.
type past struct {
	of       pastOf
	counts   []int   // rows of the days of each window, before it was measured
	until    []int64 // UTC ms up to which what each window said is kept
	measured []report.Measured
}

// pastOf is what windows of the past depend on: their rule, whose days they are of, and what is counted in them. A goal that is changed counts
// something else at once, and a baseline of what it counted before would be compared with that.
type pastOf struct {
	revision *analytics.Alert
	zone     string
	question string
}

// New makes an Evaluator; Run judges.
func New(cfg Config, d Deps) *Evaluator {
	return &Evaluator{cfg: cfg, deps: d, dirty: make(map[analytics.SiteID]bool), sites: make(map[analytics.SiteID]*watched)}
}

// Changed notes that events of the site were folded. It does not block.
func (e *Evaluator) Changed(site analytics.SiteID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.dirty[site] = true
}

// costShare bounds what the judging of a site may cost: after a judgement that took a time, the next waits for a multiple of it. pastShare bounds
// likewise what reading the past may cost all alerts of a site: what it said is kept for a multiple of the time that it took, at most keepMost.
const (
	costShare = 3
	pastShare = 20
	keepMost  = time.Minute
)

// idleLooks is how often in Config.Idle it is looked which sites are to be judged although nothing arrived: thousands are not judged at once.
const idleLooks = 60

// Run judges until ctx ends. A site falls asleep all the same, and is judged as it sleeps; what fires wakes it.
func (e *Evaluator) Run(ctx context.Context) {
	ctx = actors.Aside(ctx)
	ticker, idle := time.NewTicker(e.cfg.Interval), time.NewTicker(e.cfg.Idle/idleLooks)
	defer ticker.Stop()
	defer idle.Stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-idle.C:
			e.lookForIdle()
		case <-ticker.C:
			for _, site := range e.due() {
				wg.Go(func() {
					began := e.deps.Now()
					err := e.Judge(ctx, site)
					if ctx.Err() != nil { // the end of the program is no failure
						err = nil
					}
					e.judged(site, began, err)
				})
			}
		}
	}
}

// lookForIdle marks the sites that were not judged for Config.Idle. One that is seen for the first time has its turn at a moment of its own in that time.
func (e *Evaluator) lookForIdle() {
	sites := e.deps.Definitions.AlertSites()
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.deps.Now()
	for _, site := range sites {
		w := e.watch(site)
		if w.idle.IsZero() {
			w.idle = now.Add(time.Duration(xxhash.Sum64String(string(site)) % uint64(e.cfg.Idle)))
		}
		if !now.Before(w.idle) {
			e.dirty[site] = true
		}
	}
}

// watch finds or makes what is remembered of a site; e.mu is held.
func (e *Evaluator) watch(site analytics.SiteID) *watched {
	w := e.sites[site]
	if w == nil {
		w = &watched{fired: make(map[string]int64), past: make(map[string]*past)}
		e.sites[site] = w
	}
	return w
}

// due takes the sites that are to be judged now.
func (e *Evaluator) due() (list []analytics.SiteID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := e.deps.Now()
	for site := range e.dirty {
		if len(e.deps.Definitions.Alerts(site)) == 0 {
			delete(e.dirty, site)
			if w := e.sites[site]; w == nil || !w.busy { // what a judgement works with stays
				delete(e.sites, site)
			}
			continue
		}
		w := e.watch(site)
		if w.busy || now.Before(w.next) {
			continue
		}
		w.busy, w.idle = true, now.Add(e.cfg.Idle)
		delete(e.dirty, site)
		list = append(list, site)
	}
	return list
}

// Times after a judgement that failed: until the next one, and between two lines in the log when that goes on.
const (
	retryIn  = 5 * time.Second
	logEvery = 10 * time.Minute
)

// judged ends a judgement. One that failed is made again soon: what it was about may be the last event for a while.
func (e *Evaluator) judged(site analytics.SiteID, began time.Time, failed error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	w := e.sites[site]
	if w == nil {
		return
	}
	now := e.deps.Now()
	w.busy, w.next = false, now.Add(costShare*now.Sub(began))
	if failed == nil {
		w.logged = time.Time{}
		return
	}
	e.dirty[site] = true
	if again := now.Add(retryIn); w.next.Before(again) {
		w.next = again
	}
	if now.Sub(w.logged) >= logEvery {
		w.logged = now
		e.deps.Logger.Warn("alerts could not be judged; it is tried again", "site", site, "error", failed)
	}
}

// Judge judges all alerts of a site at this moment, and appends what fires. One that cannot be judged stops no other; the error has all that could
// not. Only one judgement of a site may be under way.
func (e *Evaluator) Judge(ctx context.Context, site analytics.SiteID) error {
	zone, ok := e.deps.Zones.Zone(site)
	if !ok {
		return nil
	}
	e.mu.Lock()
	w := e.sites[site]
	e.mu.Unlock()
	if w == nil {
		return nil
	}
	alerts := e.deps.Definitions.Alerts(site)
	w.forget(alerts)
	w.alerts = len(alerts)
	t := e.deps.Now().UnixMilli()
	var first int64
	var failed error
	for _, a := range alerts {
		fired := max(e.deps.Definitions.LastFired(a.ID), w.fired[a.ID])
		metric, ok := report.AlertMetric(a, e.deps.Definitions)
		if !a.Enabled || !ok || report.CoolDown(a, fired, t) {
			continue
		}
		if first == 0 {
			ts, ok, err := e.deps.System.FirstEvent(ctx, site)
			if err != nil {
				return fmt.Errorf("first event: %w", err)
			}
			if first = ts; !ok {
				first = math.MaxInt64
			}
		}
		v, err := e.verdict(ctx, w, a, &metric, zone, t, first)
		if err == nil && v.Fires {
			if err = e.deps.System.Fire(ctx, site, firing(a, v, t)); err == nil {
				w.fired[a.ID] = t
			}
		}
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("alert %s: %w", a.ID, err))
		}
	}
	return failed
}

// forget drops what is remembered of alerts that are no more.
func (w *watched) forget(but []*analytics.Alert) {
	gone := func(id string) bool {
		return !slices.ContainsFunc(but, func(a *analytics.Alert) bool { return a.ID == id })
	}
	maps.DeleteFunc(w.fired, func(id string, _ int64) bool { return gone(id) })
	maps.DeleteFunc(w.past, func(id string, _ *past) bool { return gone(id) })
}

// firing is the record of a verdict. The same alert at the same moment has the same id.
func firing(a *analytics.Alert, v report.Verdict, t int64) *analytics.Firing {
	return &analytics.Firing{
		TriggerID: analytics.HashID("trigger_", a.ID, strconv.FormatInt(t, 10)), AlertID: a.ID, At: t,
		Value: *v.Value, Baseline: v.Baseline, Change: v.Change, Score: v.Score,
	}
}

// verdict judges an alert at the time t. Its windows in the past move with t, and on a large site take long to read: what they said is kept for a
// little while, unless rows came that may change it. Nothing fires by what is kept: then all is read again as of t, on one state.
func (e *Evaluator) verdict(
	ctx context.Context, w *watched, a *analytics.Alert, metric *report.Metric, zone analytics.Zone, t, first int64,
) (report.Verdict, error) {
	back := report.AlertPast(a, zone, t)
	p := &past{of: pastOf{a, zone.Name(), metric.Question.Key()}, until: make([]int64, len(back)), measured: make([]report.Measured, len(back))}
	var err error
	if len(back) > 0 {
		if p.counts, err = e.deps.System.RowCounts(ctx, a.Site, back); err != nil {
			return report.Verdict{}, err
		}
	}
	read := p.keep(w.past[a.ID], t)
	for {
		list := []measure{{metric, report.AlertWindow(a.Period, zone, t), true}}
		for _, i := range read {
			list = append(list, measure{metric: metric, window: back[i]})
		}
		began := e.deps.Now()
		measured, err := e.read(ctx, a.Site, zone, a.Period == "1h", list)
		if err != nil {
			return report.Verdict{}, err
		}
		keep := min(pastShare*time.Duration(w.alerts)*e.deps.Now().Sub(began), keepMost)
		for n, i := range read {
			p.measured[i], p.until[i] = measured[1+n], t+keep.Milliseconds()
		}
		w.past[a.ID] = p
		v := report.Judge(a, measured[0], p.measured, first)
		if !v.Fires || len(read) == len(back) {
			return v, nil
		}
		read = p.keep(nil, t)
	}
}

// keep takes over what is known of windows for the time t, if their days have no other rows since then, and names the others.
func (p *past) keep(known *past, t int64) (others []int) {
	for i, n := range p.counts {
		if known != nil && known.of == p.of && known.counts[i] == n && t < known.until[i] {
			p.measured[i], p.until[i] = known.measured[i], known.until[i]
		} else {
			others = append(others, i)
		}
	}
	return others
}
