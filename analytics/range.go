package analytics

import (
	"strconv"
	"strings"
	"time"
)

// Interval is the width of the buckets of a time series.
type Interval string

// The intervals of GET /api/stats.
const (
	Hourly Interval = "hour"
	Daily  Interval = "day"
)

// Range is a half-open interval of event time, [From, To), that begins at the start of a local hour (README §6).
type Range struct {
	From, To int64 // UTC ms
	First    Day   // the local day of From
	Last     Day   // the local day of the last instant before To
	Zone     Zone
	Interval Interval
}

// The messages of README §3 about ranges.
const (
	errPeriod    = Invalid("Invalid time period")
	errDate      = Invalid("Invalid date format")
	errOrder     = Invalid("End date must be after start date")
	errTooLong   = Invalid("Date range cannot exceed 366 days")
	errNoStart   = Invalid("startDate is required when endDate is given")
	errInterval  = Invalid("Invalid interval")
	maxRangeDays = 366
)

// ResolveRange turns the parameters of README §6 into a range. now is UTC ms; empty strings are absent parameters; defaultPeriod answers when
// neither a period nor a date is given. Dates win over the period. Errors are Invalid.
func ResolveRange(period, startDate, endDate, defaultPeriod string, zone Zone, now int64) (Range, error) {
	r := Range{Zone: zone, To: now + 1, Interval: Daily}
	today := zone.DayAt(now)
	if startDate != "" || endDate != "" {
		return resolveDates(r, startDate, endDate, today)
	}
	if period == "" {
		period = defaultPeriod
	}
	switch period {
	case "24h":
		r.Interval = Hourly
		hours := append(zone.Hours(today-1), zone.Hours(today)[1:]...)
		i := len(hours) - 1
		for i > 0 && hours[i] > now {
			i--
		}
		r.From = hours[max(0, i-23)]
	case "day":
		r.Interval = Hourly
		r.From = zone.DayStart(today)
	case "7d", "30d", "90d", "365d":
		n, _ := strconv.Atoi(strings.TrimSuffix(period, "d"))
		r.From = zone.DayStart(today - Day(n) + 1)
	default:
		return Range{}, errPeriod
	}
	r.First, r.Last = zone.DayAt(r.From), today
	return r, nil
}

func resolveDates(r Range, startDate, endDate string, today Day) (Range, error) {
	if startDate == "" {
		return Range{}, errNoStart
	}
	first, err := parseDate(startDate, r.Zone)
	if err != nil {
		return Range{}, err
	}
	last := today
	if endDate != "" {
		if last, err = parseDate(endDate, r.Zone); err != nil {
			return Range{}, err
		}
	}
	if last < first {
		return Range{}, errOrder
	}
	single := last == first // also of a day to come, of which nothing is left
	last = min(last, today)
	if last-first+1 > maxRangeDays {
		return Range{}, errTooLong
	}
	r.First, r.Last = first, last
	r.From = r.Zone.DayStart(first)
	if last < today {
		r.To = r.Zone.DayStart(last + 1)
	}
	if last < first { // wholly in the future: an empty range
		r.Last, r.To = first, r.From
	}
	if single || first == last {
		r.Interval = Hourly
	}
	return r, nil
}

// parseDate reads an ISO 8601 date, or the local date of a date-time (without offset: in the zone).
func parseDate(s string, zone Zone) (Day, error) {
	if d, err := ParseDay(s); err == nil {
		return d, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return DayOf(t.In(zone.Location())), nil
		}
	}
	for _, layout := range []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return DayOf(t), nil
		}
	}
	return 0, errDate
}

// end is the end that an answer shows: now for a range that runs to now, whose last millisecond is in it.
func (r Range) end() int64 {
	if r.To == r.From || r.To == r.Zone.DayStart(r.Last+1) {
		return r.To
	}
	return r.To - 1
}

// Report says which time an answer about the range covers.
func (r Range) Report() RangeReport {
	return RangeReport{formatInstant(r.From), formatInstant(r.end()), r.Zone.Name(), r.Interval}
}

// withInterval applies the parameter interval: hours for at most 7 days.
func (r Range) withInterval(interval string) (Range, error) {
	switch {
	case interval == "":
	case interval == string(Daily):
		r.Interval = Daily
	case interval == string(Hourly) && r.Last-r.First+1 <= 7:
		r.Interval = Hourly
	default:
		return Range{}, errInterval
	}
	return r, nil
}
