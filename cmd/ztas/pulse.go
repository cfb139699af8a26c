package main

import (
	"fmt"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// pulse knows some of the program's metrics as they were up to a minute ago, so that it can tell what changed. Safe for concurrent use.
type pulse struct {
	registry *prometheus.Registry

	mu    sync.Mutex
	beats []beat // oldest first
}

// beat is what the metrics were at a time.
type beat struct {
	at      time.Time
	stored  float64 // events
	folds   float64 // blocks of a site that were folded
	lag     float64 // s, of all of them together
	sockets float64
}

const (
	pulseEvery = 5 * time.Second
	pulseFor   = time.Minute
)

func newPulse() *pulse { return &pulse{registry: prometheus.NewRegistry()} }

// tee registers in several registries.
type tee []prometheus.Registerer

// Register registers c in each, or fails with the first error.
func (t tee) Register(c prometheus.Collector) error {
	for _, r := range t {
		if err := r.Register(c); err != nil {
			return fmt.Errorf("register a metric: %w", err)
		}
	}
	return nil
}

// MustRegister registers all in each, or panics.
func (t tee) MustRegister(cs ...prometheus.Collector) {
	for _, r := range t {
		r.MustRegister(cs...)
	}
}

// Unregister tells whether all had it.
func (t tee) Unregister(c prometheus.Collector) bool {
	all := true
	for _, r := range t {
		all = r.Unregister(c) && all
	}
	return all
}

// read asks the metrics.
func (p *pulse) read(now time.Time) (beat, error) {
	families, err := p.registry.Gather()
	if err != nil {
		return beat{}, fmt.Errorf("gather metrics: %w", err)
	}
	b := beat{at: now}
	for _, f := range families {
		m := f.GetMetric()[0]
		switch f.GetName() {
		case "ztas_ingest_events_total":
			b.stored = m.GetCounter().GetValue()
		case "ztas_fold_lag_seconds":
			b.folds, b.lag = float64(m.GetHistogram().GetSampleCount()), m.GetHistogram().GetSampleSum()
		case "ztas_ws_clients":
			b.sockets = m.GetGauge().GetValue()
		}
	}
	return b, nil
}

// beat remembers the metrics of now.
func (p *pulse) beat(now time.Time) {
	b, err := p.read(now)
	if err != nil {
		return // a metric that cannot be read cannot be scraped either, and there it is told
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.beats) > 0 && now.Sub(p.beats[0].at) >= pulseFor+pulseEvery {
		p.beats = p.beats[1:]
	}
	p.beats = append(p.beats, b)
}

// since gives the metrics of now, and those of a minute ago or of the start.
func (p *pulse) since(now time.Time) (before, after beat, err error) {
	after, err = p.read(now)
	p.mu.Lock()
	defer p.mu.Unlock()
	before = after
	if len(p.beats) > 0 {
		before = p.beats[0]
	}
	return before, after, err
}
