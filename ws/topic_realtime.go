package ws

import (
	"context"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// recentWindow is how long a pageview stays in recentPageviews (realtime.md).
const recentWindow = 1800 * time.Second

// ahead is how long before the end of a second a report has what changes then: it is of the end of the second that it is asked in (ADR 3).
const ahead = time.Second - time.Millisecond

// realtime is the source of topic realtime.
type realtime struct {
	detail bool
	tick   time.Duration
}

func openRealtime(cfg *Config, p params) (source, error) {
	detail, err := p.text("detail")
	if err != nil {
		return nil, analytics.Invalid("detail must be a boolean")
	}
	switch detail {
	case "", "false":
		return realtime{false, cfg.RealtimeTick}, nil
	case "true":
		return realtime{true, cfg.RealtimeTick}, nil
	default:
		return nil, analytics.Invalid("detail must be a boolean")
	}
}

func (r realtime) key() string {
	if r.detail {
		return "detail"
	}
	return ""
}

func (realtime) check(analytics.Zone, int64) error { return nil }

func (r realtime) load(ctx context.Context, d *Deps, site analytics.SiteID, _ analytics.Zone, now time.Time) (any, time.Time, error) {
	report, err := d.Reader.Realtime(ctx, site, now.UnixMilli(), r.detail)
	if err != nil {
		return nil, time.Time{}, err
	}
	return report, r.next(report, now), nil
}

// next is a tick away while a visitor can age out; then the next pageview's age and the next clock minute are all that can change.
func (r realtime) next(report *analytics.RealtimeReport, now time.Time) time.Time {
	if report.ActiveVisitors > 0 || report.PageviewsLast5Min > 0 {
		return now.Add(r.tick)
	}
	next := now.Add(ahead).Truncate(time.Minute).Add(time.Minute - ahead)
	if n := len(report.RecentPageviews); n > 0 {
		if t, err := time.Parse(time.RFC3339, report.RecentPageviews[n-1].Timestamp); err == nil {
			out := t.Add(recentWindow)
			if early := out.Add(time.Second - 1).Truncate(time.Second).Add(-ahead); early.After(now) {
				out = early
			}
			if out.Before(next) {
				next = out
			}
		}
	}
	return next
}
