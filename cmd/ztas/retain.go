package main

import (
	"context"
	"time"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// Times of the daily look for days that are kept no longer.
const (
	retainTick  = 5 * time.Minute
	retainEvery = 24 * time.Hour
	retainBatch = 200 // sites a tick, so that thousands of sites do not wake together
)

// retain drops, once a day for each site, what its retention says, as long as the clock can be trusted.
func (i *instance) retain(system *actors.System) {
	start := time.Now()
	looked := make(map[analytics.SiteID]time.Duration)
	i.every("retention", retainTick, func() {
		if !system.Steady() {
			return
		}
		ctx, cancel := context.WithTimeout(context.Background(), retainTick)
		defer cancel()
		left := retainBatch
		for _, site := range i.sites.All() {
			last, ok := looked[site.ID]
			if ok && time.Since(start)-last < retainEvery || left == 0 {
				continue
			}
			left--
			looked[site.ID] = time.Since(start)
			switch n, err := system.Retain(ctx, site.ID, time.Now(), site.Settings.DataRetention); {
			case err != nil:
				i.logger.Warn("retention could not be looked after", "site", site.ID, "error", err)
			case n > 0:
				i.logger.Info("days dropped", "site", site.ID, "days", n, "retention", site.Settings.DataRetention)
			}
		}
	})
}
