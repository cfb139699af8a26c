package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/ztas-io/ztas/internal/people"
)

// demoVisitors sends made-up visitors to a site.
type demoVisitors struct {
	site   *demoSite
	config people.Config
	wait   func(ctx context.Context, d time.Duration) error
	now    func() time.Time
}

func newDemoVisitors(site *demoSite, seed uint64, rate float64) (*demoVisitors, error) {
	cfg := people.Config{Seed: seed, Zone: site.zone, Rate: rate}
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("visitors: %w", err)
	}
	return &demoVisitors{site, cfg, sleep, time.Now}, nil
}

// demoBatch keeps a body well below the limit: an event has at most about 600 bytes.
const demoBatch = 300 // events

// past imports the events of [from, to). On data of an earlier run it begins an hour before the last pageview: what is known there is not
// stored again, because the same visitors have the same ids.
func (v *demoVisitors) past(ctx context.Context, from, to time.Time, progress *demoProgress) error {
	if known := v.site.last.Add(-time.Hour); known.After(from) {
		from = known
	}
	if !from.Before(to) {
		return nil
	}
	progress.start(from, to)
	defer progress.stop()
	stream := people.NewStream(v.config, from)
	for more := true; more; {
		var events []people.Event
		if events, more = stream.Until(to, demoBatch); len(events) == 0 {
			break
		}
		if err := v.post(ctx, "/api/import/events", events); err != nil {
			return fmt.Errorf("import the past: %w", err)
		}
		progress.at(time.UnixMilli(events[len(events)-1].Timestamp))
	}
	progress.at(to)
	return nil
}

// live tracks the events from a time on, each when it happens, until ctx is done.
func (v *demoVisitors) live(ctx context.Context, from time.Time) error {
	stream := people.NewStream(v.config, from)
	next := stream.Next()
	for {
		if d := time.UnixMilli(next.Timestamp).Sub(v.now()); d > 0 {
			if err := v.wait(ctx, d); err != nil {
				return err
			}
		}
		due := []people.Event{next}
		for next = stream.Next(); len(due) < demoBatch && next.Timestamp <= v.now().UnixMilli(); next = stream.Next() {
			due = append(due, next)
		}
		if err := v.post(ctx, "/api/track", due); err != nil {
			return fmt.Errorf("track visitors: %w", err)
		}
	}
}

// post sends events; while the server is busy it waits as the server asks.
func (v *demoVisitors) post(ctx context.Context, path string, events []people.Event) error {
	body, err := json.Marshal(struct {
		SiteID string         `json:"siteId"`
		Events []people.Event `json:"events"`
	}{v.site.id, events})
	if err != nil {
		return fmt.Errorf("encode events: %w", err)
	}
	var answer importAnswer
	if err := v.site.api.call(ctx, http.MethodPost, path, body, &answer); err != nil {
		return err
	}
	if len(answer.Rejected) > 0 {
		return fmt.Errorf("event %d of %d rejected: %s", answer.Rejected[0].Index, len(events), answer.Rejected[0].Error)
	}
	return nil
}

// demoProgress shows how much of the past is there: a bar on a terminal, elsewhere a line at the end of each tenth.
type demoProgress struct {
	out      io.Writer
	from, to time.Time
	bar      *progressbar.ProgressBar
	tenth    int64
}

func newDemoProgress(out io.Writer) *demoProgress { return &demoProgress{out: out} }

const demoSteps = 1000

func (p *demoProgress) start(from, to time.Time) {
	p.from, p.to = from, to
	if isTerminal(p.out) {
		p.bar = progressbar.NewOptions(demoSteps, progressbar.OptionSetWriter(p.out), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetDescription("  the last days"), progressbar.OptionThrottle(100*time.Millisecond))
	}
}

func (p *demoProgress) at(t time.Time) {
	done := t.Sub(p.from).Milliseconds() * demoSteps / max(1, p.to.Sub(p.from).Milliseconds())
	if p.bar != nil {
		_ = p.bar.Set64(done) // a bar that cannot be drawn must not end the demo
		return
	}
	if tenth := done * 10 / demoSteps; tenth > p.tenth {
		p.tenth = tenth
		fmt.Fprintf(p.out, "  the last days: %d %%\n", tenth*10)
	}
}

func (p *demoProgress) stop() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
