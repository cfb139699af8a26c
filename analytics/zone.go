package analytics

import (
	"fmt"
	"sync"
	"time"
	_ "time/tzdata" // the same zones on every machine
)

// Day is a local calendar day, counted from 1970-01-01.
type Day int32

// DayOf is the calendar day of t in t's location.
func DayOf(t time.Time) Day {
	y, m, d := t.Date()
	return Day(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDay reads YYYY-MM-DD.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("parse day: %w", err)
	}
	return DayOf(t), nil
}

// String returns YYYY-MM-DD.
func (d Day) String() string { return d.utc().Format(time.DateOnly) }

func (d Day) utc() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// Zone gives the bounds of local days and hours. It is immutable and safe for concurrent use.
type Zone struct{ loc *time.Location }

// LoadZone finds an IANA time zone. "Local" and "" are none.
func LoadZone(name string) (Zone, error) {
	if name == "" || name == "Local" {
		return Zone{}, fmt.Errorf("time zone %q is not an IANA name", name)
	}
	if loc, ok := locations.Load(name); ok {
		return Zone{loc.(*time.Location)}, nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return Zone{}, fmt.Errorf("load time zone: %w", err)
	}
	locations.Store(name, loc)
	return Zone{loc}, nil
}

// IsZone tells whether a name is that of an IANA time zone: all of them begin with a capital. A system's own files have others, too: its local zone,
// and every zone again with leap seconds, by which local days are wrong, and which another machine may not know.
func IsZone(name string) bool {
	if name == "" || name[0] < 'A' || name[0] > 'Z' {
		return false
	}
	_, err := LoadZone(name)
	return err == nil
}

// locations are the zones that were asked for, by name: there are about 600, of 6 kB each.
var locations sync.Map

// UTCZone is Coordinated Universal Time.
func UTCZone() Zone { return Zone{time.UTC} }

// Location returns the zone's location.
func (z Zone) Location() *time.Location { return z.loc }

// Name returns the IANA name.
func (z Zone) Name() string { return z.loc.String() }

// DayStart is the instant (UTC ms) from which on the clock shows the day or a later one: local midnight, or the first instant after it where the
// clock skips it. Of two midnights it is the first where the clock goes back to the day's beginning, and the second where it goes back to the day
// before. Days follow each other without gap, so a day's end is the next one's start. A day has 23 to 25 hours nearly everywhere.
func (z Zone) DayStart(d Day) int64 {
	midnight := d.utc().Unix() // as a clock without offset shows it
	for t := time.Unix(midnight+20*3600, 0).In(z.loc); ; {
		_, offset := t.Zone()
		begin := midnight - int64(offset)
		change, _ := t.ZoneBounds() // the clock goes on evenly from here to t
		if change.IsZero() || begin > change.Unix() {
			return 1000 * begin
		}
		if t = change.Add(-1); DayOf(t) < d {
			return change.UnixMilli()
		}
	}
}

// Instant is when (UTC ms) the zone's clock shows what clock does in UTC. Of a time that it shows twice it is the first; one that it skips is the
// instant at which it does. time.Date answers by the zone.
func (z Zone) Instant(clock time.Time) int64 {
	const day = 24 * time.Hour // more than any offset
	at := func(near time.Time) (t time.Time, shown bool) {
		_, offset := near.In(z.loc).Zone()
		t = clock.Add(-time.Duration(offset) * time.Second).In(z.loc)
		_, then := t.Zone()
		return t, offset == then
	}
	before, shown := at(clock.Add(-day))
	if shown {
		return before.UnixMilli()
	}
	after, shown := at(clock.Add(day))
	if shown {
		return after.UnixMilli()
	}
	skipped, _ := before.ZoneBounds()
	return skipped.UnixMilli()
}

// DayAt is the local day that holds the instant ts (UTC ms).
func (z Zone) DayAt(ts int64) Day {
	d := DayOf(time.UnixMilli(ts).In(z.loc))
	for z.DayStart(d) > ts {
		d--
	}
	for z.DayStart(d+1) <= ts {
		d++
	}
	return d
}

// Hours returns the starts (UTC ms) of a day's clock hours, then the day's end. An hour that the clock repeats is two hours.
func (z Zone) Hours(d Day) []int64 {
	end := z.DayStart(d + 1)
	bounds := make([]int64, 0, 26)
	for ts := z.DayStart(d); ts < end; ts = z.nextHour(ts) {
		bounds = append(bounds, ts)
	}
	return append(bounds, end)
}

// nextHour is the first instant after ts at which the clock shows a full hour or is changed.
func (z Zone) nextHour(ts int64) int64 {
	t := time.UnixMilli(ts).In(z.loc)
	_, m, s := t.Clock()
	past := time.Duration(m)*time.Minute + time.Duration(s)*time.Second + time.Duration(t.Nanosecond())
	next := t.Add(time.Hour - past)
	if _, change := t.ZoneBounds(); !change.IsZero() && change.After(t) && change.Before(next) {
		next = change
	}
	return next.UnixMilli()
}

// HourStart is the start (UTC ms) of the clock hour that holds ts.
func (z Zone) HourStart(ts int64) int64 {
	hours := z.Hours(z.DayAt(ts))
	for i := len(hours) - 2; i > 0; i-- {
		if hours[i] <= ts {
			return hours[i]
		}
	}
	return hours[0]
}

// HourDate is how an answer names the hour that starts at ts (UTC ms): RFC 3339 with the zone's offset, which is +00:00 where it is none.
func (z Zone) HourDate(ts int64) string {
	return time.UnixMilli(ts).In(z.loc).Format("2006-01-02T15:04:05-07:00")
}
