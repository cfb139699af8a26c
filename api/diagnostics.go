package api

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Diagnostics remember, by site, what became of the hits of the last day: for whoever wonders why a number is not what they expect. They live in
// memory only; an import does not count. A site takes counters for each of its busy hours, with a bounded number of rows. Safe for concurrent use; a
// nil one remembers nothing.
type Diagnostics struct {
	now     func() time.Time
	started time.Time
	sites   sync.Map // analytics.SiteID → *siteDiagnostics
}

// NewDiagnostics begins to listen.
func NewDiagnostics(now func() time.Time) *Diagnostics { return &Diagnostics{now: now, started: now()} }

// siteDiagnostics are the busy hours of a site, oldest first.
type siteDiagnostics struct {
	mu    sync.Mutex
	hours []*diagnosedHour
	last  int64 // arrival of the latest stored event, UTC ms; 0: none
}

// diagnosedHour is what arrived in one hour.
type diagnosedHour struct {
	hour                            int64 // since 1970
	stored, duplicates, rateLimited int64
	filtered                        [analytics.DropPrefetch + 1]int64 // by reason
	rejected, refused               diagnosedRows                     // by message; by origin
}

const (
	diagnosedHours     = 24 // this one and those before it
	hourMS             = 3_600_000
	maxDiagnosedOrigin = 200 // code points
)

// of finds a site's diagnostics; nil only for nil ones.
func (d *Diagnostics) of(site analytics.SiteID) *siteDiagnostics {
	if d == nil {
		return nil
	}
	v, ok := d.sites.Load(site)
	if !ok {
		v, _ = d.sites.LoadOrStore(site, new(siteDiagnostics))
	}
	return v.(*siteDiagnostics)
}

// in changes the hour of a time (UTC ms).
func (s *siteDiagnostics) in(at int64, change func(h *diagnosedHour)) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	hour := at / hourMS
	n := len(s.hours)
	if n == 0 || s.hours[n-1].hour < hour { // a clock that goes back finds its hour gone by: the newest one counts for it
		s.hours = append(recentHours(s.hours, hour), &diagnosedHour{hour: hour})
		n = len(s.hours)
	}
	change(s.hours[n-1])
}

// recentHours leaves out what is older than a day.
func recentHours(hours []*diagnosedHour, now int64) []*diagnosedHour {
	for len(hours) > 0 && hours[0].hour <= now-diagnosedHours {
		hours[0], hours = nil, hours[1:]
	}
	return hours
}

// took counts what became of a request's events.
func (d *Diagnostics) took(site analytics.SiteID, at int64, t *intake) {
	s := d.of(site)
	s.in(at, func(h *diagnosedHour) {
		if stored := int64(t.events - (t.duplicates - t.repeated)); stored > 0 {
			h.stored += stored
			s.last = max(s.last, at)
		}
		h.duplicates += int64(t.duplicates)
		for reason, n := range t.dropped {
			h.filtered[reason] += int64(n)
		}
		for i := range t.rejected {
			h.rejected.add(t.rejected[i].Error, 1)
		}
	})
}

// rejected counts events that were refused together.
func (d *Diagnostics) rejected(site analytics.SiteID, at int64, message string, events int) {
	d.of(site).in(at, func(h *diagnosedHour) { h.rejected.add(message, int64(events)) })
}

// refused counts a request from a page of another site.
func (d *Diagnostics) refused(site analytics.SiteID, at int64, origin string) {
	if d == nil {
		return
	}
	name := originName(origin)
	d.of(site).in(at, func(h *diagnosedHour) { h.refused.add(name, 1) })
}

// rateLimited counts a request that came too soon.
func (d *Diagnostics) rateLimited(site analytics.SiteID, at int64) {
	d.of(site).in(at, func(h *diagnosedHour) { h.rateLimited++ })
}

// ForgetSite drops what is remembered of a site that is purged.
func (d *Diagnostics) ForgetSite(_ context.Context, site analytics.SiteID, _ []string) ([]string, error) {
	d.sites.Delete(site)
	return nil, nil
}

// originName is the host of the header Origin, with its port; a text that is none stays, cut.
func originName(origin string) string {
	if u, err := url.Parse(origin); err == nil && u.Host != "" {
		origin = strings.ToLower(u.Host)
	}
	text := []rune(cleanText(strings.ToValidUTF8(origin, "")))
	return string(text[:min(len(text), maxDiagnosedOrigin)])
}
