package effects

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/actors/outbox"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// Definitions knows what the people of sites have defined. Safe for concurrent use.
type Definitions interface {
	// Revision grows with every change of any definition of any site.
	Revision() uint64
	report.AlertDefinitions
	Alert(id string) (*analytics.Alert, bool)
}

// Outbox takes what others are told (package outbox).
type Outbox interface {
	Wants(site analytics.SiteID) outbox.Mask
	Put(site analytics.SiteID, pos analytics.Pos, effects []outbox.Effect)
	Cursor(site analytics.SiteID) analytics.Pos
	Flush(ctx context.Context, site analytics.SiteID) error
}

// Reader answers questions about a site's events. It is asked from goroutines of this package only.
type Reader interface {
	Sums(ctx context.Context, site analytics.SiteID, asks ...report.Ask) ([]report.Sum, error)
	Tables(ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error) error
}

// Sites knows the sites that are not deleted. Safe for concurrent use.
type Sites interface {
	Zone(site analytics.SiteID) (analytics.Zone, bool)
	// Place is a site's domain and zone; "" and UTC of one that is gone.
	Place(site analytics.SiteID) (domain string, zone analytics.Zone)
}

// Deps are what Effects work with.
type Deps struct {
	Definitions Definitions
	Outbox      Outbox
	Meta        outbox.Meta
	Sites       Sites
	Logger      *slog.Logger
	Now         func() time.Time
	Triggered   func(*analytics.Trigger) // hears of an alert's trigger once it is on its way to the disk; nil: nobody does
}

// Effects is safe for concurrent use.
type Effects struct {
	deps   Deps
	reader atomic.Pointer[Reader]
	sites  sync.Map // analytics.SiteID → *site
	most   int      // rows that the latest events are looked for in; here seedRows
}

// New makes Effects. SetReader comes before Run and before anybody asks for the latest events.
func New(d Deps) *Effects { return &Effects{deps: d, most: seedRows} }

// SetReader names who answers questions: the running system, which itself needs Effects to start.
func (e *Effects) SetReader(r Reader) { e.reader.Store(&r) }

// site is what is known of one site.
type site struct {
	id analytics.SiteID

	mu       sync.Mutex // guards the rest
	revision uint64     // of the definitions that the next three were made of; plus 1, so that 0 is never
	goals    []*analytics.Goal
	live     *report.LiveGoals // of these goals
	wants    outbox.Mask
	cursor   analytics.Pos // of the last block that was heard of, in this life or, as the outbox tells, in an earlier one
	ended    *endings      // nil: nobody wants to hear of ended sessions
	unasked  bool          // nobody does, and nothing is stored of what was told
	heard    time.Time     // when events last landed; before that, when ended sessions were first looked for
	looked   time.Time     // when ended sessions were looked for last
	recent   recent
}

func (e *Effects) site(id analytics.SiteID) *site {
	if v, ok := e.sites.Load(id); ok {
		return v.(*site)
	}
	v, _ := e.sites.LoadOrStore(id, &site{id: id, cursor: e.deps.Outbox.Cursor(id)})
	return v.(*site)
}

// refresh takes over new definitions; s.mu is held.
func (e *Effects) refresh(s *site) {
	revision := e.deps.Definitions.Revision() + 1
	if s.revision == revision {
		return
	}
	goals := e.deps.Definitions.Goals(s.id)
	s.recent.redefine(s.goals, goals)
	s.revision, s.goals = revision, goals
	s.live = report.NewLiveGoals(s.goals)
	s.wants = e.deps.Outbox.Wants(s.id)
	if !s.wants.Has(analytics.WebhookSessionEnd) {
		e.forgetEndings(s)
	} else if s.ended == nil {
		s.ended, s.heard = e.readEndings(s), e.deps.Now()
	}
}

// Wants tells whether anybody listens to the site: otherwise nobody needs to know where its events land.
func (e *Effects) Wants(id analytics.SiteID) bool {
	s := e.site(id)
	s.mu.Lock()
	defer s.mu.Unlock()
	e.refresh(s)
	return s.wants != 0 || len(s.goals) > 0 || s.recent.watched(e.deps.Now())
}

// Landed hears of the events that a block stored, and of the alerts that fired in it. Blocks come in the order of the log; after a restart
// some come again.
func (e *Effects) Landed(id analytics.SiteID, pos analytics.Pos, landed []analytics.Landed, fired []*analytics.Firing) {
	s := e.site(id)
	s.mu.Lock()
	replay := pos <= s.cursor // E1
	s.mu.Unlock()
	if replay {
		return
	}
	var alerts, out []outbox.Effect
	for _, f := range fired {
		alerts = e.fired(id, f, alerts)
	}
	s.mu.Lock()
	defer s.mu.Unlock() // until it is put: what is known of ended sessions must not be put in another order than it came about
	s.cursor, s.heard = pos, e.deps.Now()
	e.refresh(s)
	for i := range landed {
		l := &landed[i]
		if s.ended != nil && pos > s.ended.Heard {
			s.ended.landed(l)
		}
		if !l.Event.Imported { // E2
			out = s.event(l, out)
		}
	}
	if s.ended != nil {
		s.ended.Heard = max(s.ended.Heard, pos)
	}
	if s.ended != nil && s.ended.changed {
		out = append(out, s.ended.write(id))
	}
	if out = append(out, alerts...); len(out) > 0 {
		e.deps.Outbox.Put(id, pos, out)
	}
}

// event appends what one event tells; s.mu is held.
func (s *site) event(l *analytics.Landed, out []outbox.Effect) []outbox.Effect {
	s.recent.event(l)
	switch kind := l.Event.Kind; {
	case kind == analytics.Pageview && s.wants.Has(analytics.WebhookPageview):
		out = append(out, pageviewEffect(s.id, l))
	case kind == analytics.Custom && s.wants.Has(analytics.WebhookEvent):
		out = append(out, customEffect(s.id, l))
	}
	for _, c := range s.live.Completions(l) {
		s.recent.completion(&c, l)
		if s.wants.Has(analytics.WebhookGoal) {
			out = append(out, goalEffect(s.id, &c, l))
		}
	}
	return out
}

// fired appends what an alert's firing tells. An alert that is gone tells nothing.
func (e *Effects) fired(id analytics.SiteID, f *analytics.Firing, out []outbox.Effect) []outbox.Effect {
	a, ok := e.deps.Definitions.Alert(f.AlertID)
	if !ok || a.Site != id {
		return out
	}
	domain, zone := e.deps.Sites.Place(id)
	words := outbox.Words{Domain: domain, Metric: report.MetricName(a, e.deps.Definitions), Zone: zone.Location()}
	effect, err := outbox.AlertEffect(a, *f, words, f.At)
	if err != nil {
		e.deps.Logger.Error("alert could not be told", "site", id, "alert", a.ID, "error", err)
		return out
	}
	if e.deps.Triggered != nil {
		e.deps.Triggered(outbox.NewTrigger(a, *f))
	}
	return append(out, effect)
}

// Flush returns once everything that was heard of the site is durable.
func (e *Effects) Flush(ctx context.Context, id analytics.SiteID) error {
	return e.deps.Outbox.Flush(ctx, id)
}

// tickEvery is how often ended sessions are looked for: of a site of which nothing was heard for quietAfter, where all should have ended, every
// quietEvery.
const (
	tickEvery  = time.Second
	quietAfter = 2 * sessionGap * time.Millisecond
	quietEvery = time.Minute
)

// Run looks for ended sessions until ctx ends, also of sites of which nothing was heard yet in this life. They fall asleep all the same.
func (e *Effects) Run(ctx context.Context) {
	ctx = actors.Aside(ctx)
	var sites []analytics.SiteID
	err := e.deps.Meta.Scan(endingsPrefix, func(key string, _ []byte) error {
		sites = append(sites, analytics.SiteID(strings.Clone(strings.TrimPrefix(key, endingsPrefix))))
		return nil
	})
	if err != nil {
		e.deps.Logger.Error("what was told of ended sessions could not be listed", "error", err)
	}
	for _, id := range sites {
		e.site(id)
	}
	t := time.NewTicker(tickEvery)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			e.sites.Range(func(_, v any) bool {
				e.endSessions(ctx, v.(*site))
				return ctx.Err() == nil
			})
		}
	}
}
