package ingest

import (
	"fmt"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// step is one named step of the pipeline. A live step is left out for imports.
type step struct {
	name string
	live bool
	do   func(*Run) *verdict
}

// steps is the whole way of a hit: is it valid, is it to be ignored, what is kept of it. The first verdict that is not nil ends it.
var steps = [...]step{
	{"site", false, (*Run).checkSite},
	{"kind", false, (*Run).checkKind},
	{"id", false, (*Run).checkID},
	{"times", false, (*Run).checkTimes},
	{"session", false, (*Run).checkSession},
	{"url", false, (*Run).readURL},
	{"fields", false, (*Run).readFields},

	{"sender", false, (*Run).findSender},
	{"bot", true, (*Run).dropBot},
	{"opt-out", true, (*Run).dropOptOut},
	{"path", false, (*Run).derivePath},
	{"excluded", true, (*Run).dropExcluded},
	{"heatmaps", true, (*Run).dropHeatmaps},
	{"prefetch", true, (*Run).dropPrefetch},

	{"time", false, (*Run).deriveTime},
	{"scrub", false, (*Run).scrubPath},
	{"visitor", false, (*Run).deriveVisitor},
	{"device", false, (*Run).deriveDevice},
	{"geo", false, (*Run).deriveGeo},
	{"source", false, (*Run).deriveSource},
}

// verdict is what a step says of a hit that does not pass on; one member is set.
type verdict struct {
	drop   analytics.DropReason
	reject string
	err    error
}

func rejected(message string) *verdict             { return &verdict{reject: message} }
func mustBe(field, kind string) *verdict           { return rejected(field + " must be a " + kind) }
func dropped(reason analytics.DropReason) *verdict { return &verdict{drop: reason} }

// Salts gives the keys of visitor ids. Safe for concurrent use.
type Salts interface {
	// Salt is the server's key of a local day; it is made on first use and destroyed 48 h after 24:00 UTC of that day.
	Salt(day analytics.Day) ([32]byte, error)
	// ImportSalt is the key of a local day for the import that runs on the site.
	ImportSalt(site analytics.SiteID, day analytics.Day) ([32]byte, error)
}

// Config configures a Pipeline.
type Config struct {
	Salts  Salts
	Geo    *Geo
	MaxAge time.Duration // the oldest an event can be on arrival (INGEST_MAX_AGE); 0: none is older than its arrival
}

// DefaultMaxAge is the contract's default, and the most: salts of visitor ids live little longer.
const DefaultMaxAge = 24 * time.Hour

// Pipeline turns hits into events. Safe for concurrent use.
type Pipeline struct {
	geo      *Geo
	maxAge   int64 // ms
	sites    *ruleCache
	agents   *agentCache
	visitors visitors
	runs     sync.Pool
}

// New makes a pipeline.
func New(cfg Config) (*Pipeline, error) {
	if cfg.Salts == nil || cfg.Geo == nil {
		return nil, fmt.Errorf("ingest: salts and geo are required")
	}
	p := &Pipeline{geo: cfg.Geo, maxAge: cfg.MaxAge.Milliseconds(), visitors: visitors{salts: cfg.Salts}}
	var err error
	if p.sites, err = newRuleCache(); err != nil {
		return nil, fmt.Errorf("ingest: rules of sites: %w", err)
	}
	if p.agents, err = newAgentCache(); err != nil {
		return nil, fmt.Errorf("ingest: user agents: %w", err)
	}
	p.runs.New = func() any { return new(Run) }
	return p, nil
}

// AllowsOrigin is the Origin check: whether pages of this origin may send hits to the site.
func (p *Pipeline) AllowsOrigin(site *analytics.Site, origin string) (bool, error) {
	r, err := p.sites.of(site)
	if err != nil {
		return false, err
	}
	host, ok := originHost(origin)
	return ok && r.accepts(host), nil
}

// Open begins the way of one request's hits. The run belongs to one goroutine and ends with Close; request must not change until then.
// An error means that the site's settings are broken.
func (p *Pipeline) Open(site *analytics.Site, request *Request) (*Run, error) {
	rules, err := p.sites.of(site)
	if err != nil {
		return nil, err
	}
	p.visitors.forget(request.ReceivedAt)
	r := p.runs.Get().(*Run)
	*r = Run{pipeline: p, rules: rules, request: request}
	return r, nil
}

// Outcome is what became of a hit: dropped for a reason, rejected with the contract's message, or, if both are zero, an event.
type Outcome struct {
	Drop     analytics.DropReason
	Rejected string
}

// Run is one request's way through the pipeline.
type Run struct {
	pipeline *Pipeline
	rules    *rules
	request  *Request
	direct   sender // who sent the request
	other    sender // the last one that a context named

	// of the hit that is on its way
	hit                     *Hit
	event                   *analytics.Event
	from                    *sender
	timestamp, sentAt       int64 // UTC ms
	hasTimestamp, hasSentAt bool
	linkPath                string // of url
	linkUTM                 UTM
	paidClick               bool // url has the parameter of an ad
	bare                    string
}

// Pass sends one hit through the steps. event is zero and is filled; its strings may share memory with hit. A non-nil error is none of the
// hit's: the request should be tried again.
func (r *Run) Pass(hit *Hit, event *analytics.Event) (Outcome, error) {
	r.hit, r.event = hit, event
	r.linkPath, r.linkUTM, r.paidClick, r.bare = "", UTM{}, false, ""
	for i := range steps {
		s := &steps[i]
		if s.live && r.request.Import {
			continue
		}
		if v := s.do(r); v != nil {
			if v.err != nil {
				return Outcome{}, fmt.Errorf("step %s: %w", s.name, v.err)
			}
			return Outcome{Drop: v.drop, Rejected: v.reject}, nil
		}
	}
	return Outcome{}, nil
}

// Close ends the run; it must not be used any more.
func (r *Run) Close() {
	p := r.pipeline
	*r = Run{}
	p.runs.Put(r)
}
