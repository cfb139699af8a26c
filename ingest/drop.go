package ingest

import (
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// The steps that ignore a hit, in the order of track.md, "Silently ignored"; the first reason counts.

func (r *Run) dropBot() *verdict {
	if reason := r.from.agent.bot; reason != 0 && r.rules.site.Settings.FilterBots {
		return dropped(reason)
	}
	return nil
}

// dropOptOut honours Sec-GPC and DNT where the site asks for it.
func (r *Run) dropOptOut() *verdict {
	s := &r.rules.site.Settings
	if s.HonorGPC && r.request.GPC == "1" || s.HonorDNT && r.request.DNT == "1" {
		return dropped(analytics.DropOptOut)
	}
	return nil
}

func (r *Run) dropExcluded() *verdict {
	if r.rules.excludes(r.event.Path, r.bare) {
		return dropped(analytics.DropPath)
	}
	return nil
}

func (r *Run) dropHeatmaps() *verdict {
	switch r.event.Kind {
	case analytics.Click, analytics.Scroll, analytics.Move:
		if !r.rules.site.Settings.Heatmaps {
			return dropped(analytics.DropHeatmapsOff)
		}
	}
	return nil
}

// dropPrefetch drops what a browser loaded before anyone looked at it.
func (r *Run) dropPrefetch() *verdict {
	sec := r.request.SecPurpose
	if sec == "" && r.request.Purpose == "" {
		return nil
	}
	sec = strings.ToLower(sec)
	if strings.Contains(sec, "prefetch") || strings.Contains(sec, "prerender") || strings.EqualFold(r.request.Purpose, "prefetch") {
		return dropped(analytics.DropPrefetch)
	}
	return nil
}
