package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api"
	"github.com/ztas-io/ztas/internal/people"
)

// demoRate is how busy the site of POST /api/demo is: some 50,000 events in 30 days.
const demoRate = 0.02 // events a second

// demoFiller makes up the visits of a site for POST /api/demo.
type demoFiller struct{ track *api.TrackHandler }

// Fill stores the visits of [from, to) batch by batch. The same site has the same visitors each time, whose events have the same ids.
func (f demoFiller) Fill(ctx context.Context, site *analytics.Site, from, to time.Time) error {
	zone, err := time.LoadLocation(site.Timezone)
	if err != nil {
		return fmt.Errorf("visits of a demo site: %w", err)
	}
	stream := demoStream(site.ID, zone, from)
	for more := true; more; {
		var events []people.Event
		if events, more = stream.Until(to, demoBatch); len(events) == 0 {
			break
		}
		body, err := json.Marshal(events)
		if err != nil {
			return fmt.Errorf("encode visits of a demo site: %w", err)
		}
		if err := f.store(ctx, site, body); err != nil {
			return fmt.Errorf("store visits of a demo site: %w", err)
		}
	}
	return nil
}

// demoStream makes the visits of a site from a time on.
func demoStream(site analytics.SiteID, zone *time.Location, from time.Time) *people.Stream {
	seed := fnv.New64a()
	_, _ = seed.Write([]byte(site)) // never fails
	return people.NewStream(people.Config{Seed: seed.Sum64(), Zone: zone, Rate: demoRate}, from)
}

// store waits while the write path is full.
func (f demoFiller) store(ctx context.Context, site *analytics.Site, body []byte) error {
	for {
		err := f.track.StoreImport(ctx, site, body)
		var busy *analytics.Unavailable
		if err == nil || !errors.As(err, &busy) {
			return err
		}
		if sleep(ctx, busy.RetryAfter) != nil {
			return err
		}
	}
}
