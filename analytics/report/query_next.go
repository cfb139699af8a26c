package report

import "github.com/ztas-io/ztas/analytics"

// NextChange is when passing time alone may change the answer next, UTC ms; 0: never. now is the time that the query was resolved at. active
// tells whether anybody was in the last five minutes: of the period realtime something leaves the window every moment then.
func (q *Query) NextChange(now int64, active bool) int64 {
	r := &q.rng
	today := r.Zone.DayAt(now)
	switch {
	case q.question.realtime && active:
		return now + 1000
	case q.question.realtime: // a bucket may end, or the range before take something in
		return nextMinute(now)
	case r.To <= now && r.Last < today:
		return 0
	case q.before != nil: // its end moves along, minute by minute
		return nextMinute(now)
	default:
		return NextBucket(*r, now)
	}
}

func nextMinute(now int64) int64 { return now - now%minuteMS + minuteMS }

// NextBucket is when the range, if it runs to now (UTC ms), gets its next bucket: at the next hour of the zone, or the next day.
func NextBucket(r analytics.Range, now int64) int64 {
	today := r.Zone.DayAt(now)
	if r.Interval == analytics.Hourly {
		for _, hour := range r.Zone.Hours(today) {
			if hour > now {
				return hour
			}
		}
	}
	return r.Zone.DayStart(today + 1)
}

// Realtime tells whether the query is about the last five minutes.
func (q *Query) Realtime() bool { return q.question.realtime }

// AnyRealtime tells whether an answer about the last five minutes has anything in it. sums are those of AsksOf.
func AnyRealtime(queries []*Query, sums []Sum) bool {
	for _, q := range queries {
		if q.Realtime() && !sums[0].(*QuerySum).total.empty() {
			return true
		}
		sums = sums[len(q.Asks()):]
	}
	return false
}
