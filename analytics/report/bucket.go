package report

import "github.com/ztas-io/ztas/analytics"

// BucketKey is the place of a point of a time series: a local day, or one of its hours.
type BucketKey struct {
	Day  analytics.Day
	Hour int32 // number of the local hour; 0 in a daily series
}

// bucket is where a time (ms since the day's start) lies in a series.
func (t *Table) bucket(interval analytics.Interval, ts int32) BucketKey {
	if interval == analytics.Hourly {
		return BucketKey{t.Day, int32(t.Hour(ts))}
	}
	return BucketKey{Day: t.Day}
}

// DatedBucket is a bucket and the date that an answer shows for it: YYYY-MM-DD, or the RFC 3339 start of the hour with the zone's offset.
type DatedBucket struct {
	BucketKey
	Date string
}

// Buckets are all buckets of a range in order of time, those without events too. An empty range has none.
func Buckets(r analytics.Range) []DatedBucket {
	out := []DatedBucket{}
	for d := r.First; d <= r.Last && r.From < r.To; d++ {
		if r.Interval != analytics.Hourly {
			out = append(out, DatedBucket{BucketKey{Day: d}, d.String()})
			continue
		}
		starts := r.Zone.Hours(d)
		for i, start := range starts[:len(starts)-1] {
			if starts[i+1] > r.From && start < r.To {
				out = append(out, DatedBucket{BucketKey{d, int32(i)}, r.Zone.HourDate(start)})
			}
		}
	}
	return out
}
