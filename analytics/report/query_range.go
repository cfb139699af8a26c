package report

import (
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// The span of the period realtime, and what moved-back ends are rounded down to (metrics.md §8), ms.
const (
	realtimeMS = 300_000
	minuteMS   = 60_000
)

// queryRange is the range of a period. now is UTC ms. Errors are analytics.Invalid.
func queryRange(p *QueryParams, zone analytics.Zone, now int64) (analytics.Range, error) {
	today := zone.DayAt(now)
	since := func(first analytics.Day) (analytics.Range, error) {
		return analytics.Range{From: zone.DayStart(first), To: now + 1, First: first, Last: today, Zone: zone}, nil
	}
	switch p.Period {
	case "realtime":
		from := now - realtimeMS + 1
		return analytics.Range{From: from, To: now + 1, First: zone.DayAt(from), Last: today, Zone: zone}, nil
	case "day":
		return since(today)
	case "7d":
		return since(today - 6)
	case "30d":
		return since(today - 29)
	case "6mo":
		return since(monthsAgo(today, 6) + 1)
	case "12mo":
		return since(monthsAgo(today, 12) + 1)
	case "custom":
		return customRange(p, zone, now)
	default:
		return analytics.Range{}, analytics.Invalid("Invalid period. Must be one of: realtime, day, 7d, 30d, 6mo, 12mo, custom")
	}
}

func customRange(p *QueryParams, zone analytics.Zone, now int64) (analytics.Range, error) {
	if p.DateFrom == "" || p.DateTo == "" {
		return analytics.Range{}, analytics.Invalid("date_from and date_to are required for custom period")
	}
	for _, text := range []string{p.DateFrom, p.DateTo} { // no date-times here
		if _, err := analytics.ParseDay(text); err != nil {
			return analytics.Range{}, analytics.Invalid("Invalid date format")
		}
	}
	return analytics.ResolveRange("", p.DateFrom, p.DateTo, "", zone, now)
}

// calendar is noon of a day in UTC, for reckoning with its date.
func calendar(d analytics.Day) time.Time { return time.Unix(int64(d)*86_400+43_200, 0).UTC() }

// monthsAgo is the same date some months ago, or the last of that month where it has no such date.
func monthsAgo(d analytics.Day, months int) analytics.Day {
	y, m, date := calendar(d).Date()
	last := time.Date(y, m-time.Month(months)+1, 0, 0, 0, 0, 0, time.UTC)
	return analytics.DayOf(last.AddDate(0, 0, min(date, last.Day())-last.Day()))
}

// movedBack is the range before: moved by the number of its local days, its end at the same local time of day. An end that is now is rounded
// down to the whole minute before it is moved.
func movedBack(r analytics.Range, realtime bool, now int64) analytics.Range {
	minute := now - now%minuteMS
	if realtime {
		p := r
		p.From, p.To = minute-2*realtimeMS+1, minute-realtimeMS+1
		p.First, p.Last = r.Zone.DayAt(p.From), r.Zone.DayAt(p.To-1)
		return p
	}
	days := r.Last - r.First + 1
	p := r
	p.First, p.Last = r.First-days, r.Last-days
	p.From = r.Zone.DayStart(p.First)
	switch r.To {
	case r.From:
		p.To = p.From
	case r.Zone.DayStart(r.Last + 1):
		p.To = r.Zone.DayStart(p.Last + 1)
	default:
		p.To = max(p.From, sameTime(r.Zone, minute, p.Last))
	}
	return p
}

// sameTime is the instant (UTC ms) of a day at which its clock shows what it shows at the instant at; see Zone.Instant.
func sameTime(zone analytics.Zone, at int64, day analytics.Day) int64 {
	local := time.UnixMilli(at).In(zone.Location())
	h, m, s := local.Clock()
	y, month, date := calendar(day).Date()
	t := zone.Instant(time.Date(y, month, date, h, m, s, local.Nanosecond(), time.UTC))
	return min(max(t, zone.DayStart(day)), zone.DayStart(day+1))
}

// spot is one point of a time series: the cells of the sum that it is made of.
type spot struct {
	date  string
	names []string
}

// spots are all points of a range in order of time.
func spots(r analytics.Range, interval string) []spot {
	var out []spot
	group := 0
	for _, b := range Buckets(r) {
		same := false
		switch interval {
		case intervalWeek:
			monday := int(b.Day) + 3 // 1970-01-01 was a Thursday
			same, group = monday/7 == group, monday/7
		case intervalMonth:
			y, m, _ := calendar(b.Day).Date()
			same, group = 12*y+int(m) == group, 12*y+int(m)
		}
		if same && len(out) > 0 {
			out[len(out)-1].names = append(out[len(out)-1].names, b.Date)
			continue
		}
		out = append(out, spot{b.Date, []string{b.Date}})
	}
	return out
}
