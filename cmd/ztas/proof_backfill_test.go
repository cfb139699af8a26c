package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestBackfillWhileEventsArrive defines a funnel on a site with many stored events while others arrive, and expects exactly the numbers that the
// visits were made of. ZTAS_ROWS sets how many events are stored, 20,000 if it is not set; make proof takes a million.
func TestBackfillWhileEventsArrive(t *testing.T) {
	rows := 20_000
	if s := os.Getenv("ZTAS_ROWS"); s != "" {
		var err error
		rows, err = strconv.Atoi(s)
		require.NoError(t, err)
	}
	const days, perSecond = 28, 2000
	s := newImportServer(t)
	zone, err := time.LoadLocation(calmZone(t))
	require.NoError(t, err)
	p := &proofSite{id: s.site("backfill.example.com", zone.String())}
	key, err := newDemoKey(t.Context(), s.api, p.id)
	require.NoError(t, err)
	p.api = s.api.with(key)
	now := time.Now()
	today := time.Date(now.In(zone).Year(), now.In(zone).Month(), now.In(zone).Day(), 0, 0, 0, 0, zone)
	for p.stored < rows {
		day := today.AddDate(0, 0, -1-p.visitors/visitsInBatch%days)
		require.NoError(t, p.send(t.Context(), "/api/import/events", day.Add(12*time.Hour)))
	}
	stored := p.stored

	arrive, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	began := make(chan struct{})
	arrived := &proofSite{api: p.api, id: p.id, visitors: p.visitors}
	go func() { done <- arrived.arrive(arrive, perSecond, began) }()
	select {
	case <-began:
	case err := <-done:
		t.Fatal(err)
	}

	var funnel struct {
		ID               string   `json:"id"`
		TrackedSince     *string  `json:"trackedSince"`
		BackfillProgress *float64 `json:"backfillProgress"`
	}
	started := time.Now()
	require.NoError(t, p.api.send(t.Context(), http.MethodPost, "/api/funnels", map[string]any{
		"siteId": p.id, "name": "Way to the order", "steps": []map[string]string{
			{"name": "Start", "type": "pageview", "path": "/"}, {"name": "Prices", "type": "pageview", "path": "/pricing"},
			{"name": "Order", "type": "event", "eventAction": "order"},
		},
	}, &funnel))
	require.NotNil(t, funnel.TrackedSince)
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	looks, last := 0, 0.0
	for ; funnel.BackfillProgress != nil || funnel.TrackedSince != nil; looks++ {
		require.Less(t, time.Since(started), 2*time.Minute)
		if funnel.BackfillProgress != nil {
			require.GreaterOrEqual(t, *funnel.BackfillProgress, last)
			last = *funnel.BackfillProgress
		}
		<-look.C
		funnel.BackfillProgress, funnel.TrackedSince = nil, nil
		require.NoError(t, p.api.call(t.Context(), http.MethodGet, "/api/funnels/"+funnel.ID, nil, &funnel))
	}
	took := time.Since(started)
	stop()
	require.NoError(t, <-done)
	require.Positive(t, arrived.stored)

	var got struct {
		Stats struct{ TotalVisitors, Completions, AvgTimeToComplete int }
		Steps []struct{ Visitors, DropOff, AvgTimeOnStep int }
	}
	require.NoError(t, p.api.call(t.Context(), http.MethodGet, "/api/funnels/"+funnel.ID+"/stats?period=30d", nil, &got))
	first := arrived.visitors // it went on counting where the stored ones ended
	require.Equal(t, first, got.Stats.TotalVisitors)
	require.Equal(t, first/2, got.Steps[1].Visitors)
	require.Equal(t, first/4, got.Stats.Completions)
	require.Equal(t, first-first/2, got.Steps[1].DropOff)
	require.Equal(t, 20, got.Stats.AvgTimeToComplete)
	require.Equal(t, 5, got.Steps[0].AvgTimeOnStep)
	require.Equal(t, 15, got.Steps[1].AvgTimeOnStep)
	t.Logf("funnel over %d stored events backfilled in %v while %d arrived, %.0f a second; looked at %d times; %d, %d and %d visitors on its steps",
		stored, took.Round(time.Millisecond), arrived.stored, float64(arrived.stored)/arrived.took.Seconds(), looks, first, first/2, first/4)
}

// proofSite gets visits that are known exactly: of four visitors, all see the start and a page, two the prices 5 s later, one orders after another
// 15 s. Visitors are numbered, so none comes twice.
type proofSite struct {
	api              *client // with the rights to say who the visitors are
	id               string
	visitors, stored int
	took             time.Duration // of arrive
}

const (
	visitsInBatch  = 40
	eventsOfVisits = 110 // of one batch
)

// send sends one batch of visits that begin at a time.
func (p *proofSite) send(ctx context.Context, path string, at time.Time) error {
	type event map[string]any
	var events []event
	for range visitsInBatch {
		n := p.visitors
		p.visitors++
		visit := event{"userAgent": agent, "ip": fmt.Sprintf("10.%d.%d.%d", n>>16&255, n>>8&255, n&255)}
		add := func(after time.Duration, e event) {
			e["id"] = fmt.Sprintf("proof-%08d-%d", n, len(events))
			e["timestamp"], e["context"] = at.Add(after).UnixMilli(), visit
			events = append(events, e)
		}
		add(0, event{"type": "pageview", "path": "/"})
		add(2*time.Second, event{"type": "pageview", "path": fmt.Sprintf("/read/%d", n%50)})
		if n%2 == 1 {
			add(5*time.Second, event{"type": "pageview", "path": "/pricing"})
		}
		if n%4 == 3 {
			add(20*time.Second, event{"type": "event", "path": "/pricing", "action": "order"})
		}
	}
	body, err := json.Marshal(map[string]any{"siteId": p.id, "events": events})
	if err != nil {
		return fmt.Errorf("encode visits: %w", err)
	}
	var answer struct{ Count, Duplicates int }
	if err := p.api.call(ctx, http.MethodPost, path, body, &answer); err != nil {
		return err
	}
	if answer.Count != len(events) || answer.Duplicates != 0 {
		return fmt.Errorf("of %d events %d are stored, %d were there", len(events), answer.Count, answer.Duplicates)
	}
	p.stored += answer.Count
	return nil
}

// arrive tracks visits that just ended, so many events a second, until ctx ends, and a quarter of a second longer; began is closed after as
// long.
func (p *proofSite) arrive(ctx context.Context, perSecond int, began chan<- struct{}) error {
	const quarter = 5 // batches
	start, every := time.Now(), time.Second*eventsOfVisits/time.Duration(perSecond)
	for n, left := 1, quarter; left > 0; n++ {
		if err := p.send(context.WithoutCancel(ctx), "/api/track", time.Now().Add(-30*time.Second)); err != nil {
			return err
		}
		if n == quarter {
			close(began)
		}
		<-time.After(time.Until(start.Add(time.Duration(n) * every))) // at once when an answer was late
		p.took = time.Since(start)
		if ctx.Err() != nil {
			left--
		}
	}
	return nil
}
