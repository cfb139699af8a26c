package api

import (
	"net/http"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// diagnosticsView is the data of GET /api/sites/:id/diagnostics.
type diagnosticsView struct {
	Since       string                   `json:"since"`
	LastEvent   *string                  `json:"lastEvent"`
	Stored      int64                    `json:"stored"`
	Duplicates  int64                    `json:"duplicates"`
	Filtered    analytics.FilteredReport `json:"filtered"`
	Rejected    []rejectedRow            `json:"rejected"`
	Refused     []refusedRow             `json:"refused"`
	RateLimited int64                    `json:"rateLimited"`
}

type rejectedRow struct {
	Error string `json:"error"`
	Count int64  `json:"count"`
}

type refusedRow struct {
	Origin string `json:"origin"`
	Error  string `json:"error"`
	Count  int64  `json:"count"`
}

// report adds up the hours of the last day, or of the time since the start.
func (d *Diagnostics) report(site analytics.SiteID) diagnosticsView {
	now := d.now()
	first := now.UnixMilli()/hourMS - diagnosedHours + 1
	since := time.UnixMilli(first * hourMS)
	if since.Before(d.started) {
		since = d.started
	}
	v := diagnosticsView{Since: instant(since), Rejected: []rejectedRow{}, Refused: []refusedRow{}}
	found, ok := d.sites.Load(site)
	if !ok {
		return v
	}
	s := found.(*siteDiagnostics)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last > 0 {
		text := instant(time.UnixMilli(s.last))
		v.LastEvent = &text
	}
	var sum diagnosedHour
	rejected, refused := map[string]int64{}, map[string]int64{}
	for _, h := range s.hours {
		if h.hour < first {
			continue
		}
		sum.stored += h.stored
		sum.duplicates += h.duplicates
		sum.rateLimited += h.rateLimited
		for reason, n := range h.filtered {
			sum.filtered[reason] += n
		}
		h.rejected.addTo(rejected)
		h.refused.addTo(refused)
	}
	v.Stored, v.Duplicates, v.RateLimited, v.Filtered = sum.stored, sum.duplicates, sum.rateLimited, filteredView(&sum.filtered)
	for _, r := range topRows(rejected) {
		v.Rejected = append(v.Rejected, rejectedRow{r.text, r.count})
	}
	for _, r := range topRows(refused) {
		v.Refused = append(v.Refused, refusedRow{r.text, errOrigin.Message, r.count})
	}
	return v
}

func filteredView(n *[analytics.DropPrefetch + 1]int64) analytics.FilteredReport {
	bots := analytics.FilteredBots{Search: n[analytics.DropBotSearch], AI: n[analytics.DropBotAI], Other: n[analytics.DropBotOther]}
	bots.Total = bots.Search + bots.AI + bots.Other
	return analytics.FilteredReport{
		Bot: bots, OptOut: n[analytics.DropOptOut], Path: n[analytics.DropPath], HeatmapsOff: n[analytics.DropHeatmapsOff],
		Prefetch: n[analytics.DropPrefetch],
	}
}

// diagnostics serves GET /api/sites/:id/diagnostics.
func (s *Server) diagnostics(x *exchange) (action, error) {
	return func() error {
		data(x.c, http.StatusOK, s.deps.Diagnostics.report(x.siteID))
		return nil
	}, nil
}
