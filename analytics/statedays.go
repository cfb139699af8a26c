package analytics

import (
	"fmt"
	"slices"
)

// closedDay names what a checkpoint keeps of a day that is closed.
type closedDay struct {
	day    Day
	rollup uint64 // blob: what reports are made of
	state  uint64 // blob: the whole day, for an import that opens it again
	parts  []PartRef
	kept   int64 // UTC ms: the later of the day's end and the latest arrival of its rows
	zone   string
	span   [2]int64 // UTC ms: from the earlier of the day's start and its first row to the later of its end and its last row
}

// forgottenDay was dropped by the block at pos. A checkpoint of an earlier position that is being stored still has it.
type forgottenDay struct {
	day Day
	pos Pos
}

func (s *State) openDay(ts int64) *day {
	if s.recut {
		return s.openNumber(s.zone.DayAt(ts))
	}
	for i := len(s.days) - 1; i >= 0; i-- {
		if d := s.days[i]; ts >= d.start && ts < d.end {
			return d
		}
	}
	return nil
}

// dayFor returns the open day that holds ts, a new one if there is none.
func (s *State) dayFor(ts int64) *day {
	d := s.openDay(ts)
	if d == nil {
		number := s.zone.DayAt(ts)
		if _, ok := s.findClosed(number); ok {
			panic(fmt.Sprintf("analytics: F3: %s of %s is closed and was not attached", number, s.site))
		}
		if d = s.openNumber(number); d != nil { // its bounds are those of another tz database: reports go by its rows
			d.zone = ""
		} else {
			d = newDay(number, s.zone, s.limit)
			s.insertDay(d)
		}
	}
	d.touched = s.logical
	if d.zone != s.zone.Name() {
		d.zone = ""
	}
	return d
}

func (s *State) insertDay(d *day) {
	at, _ := slices.BinarySearchFunc(s.days, d.day, func(x *day, n Day) int { return int(x.day - n) })
	s.days = slices.Insert(s.days, at, d)
}

// forget drops a day with everything that is known of it. Whether it is open or closed depends on when checkpoints were made, which a replay
// does not repeat; so it must not matter. Nor does the time of the fold, which is behind where few blocks come: Expired went by a steady clock.
func (s *State) forget(f *Forget) {
	if d := s.openNumber(f.Day); d != nil {
		if d.kept() > f.Before {
			return
		}
		s.days = slices.DeleteFunc(s.days, func(x *day) bool { return x == d })
	} else if c, ok := s.findClosed(f.Day); !ok || c.kept > f.Before {
		return
	}
	s.closed = slices.DeleteFunc(slices.Clone(s.closed), func(c closedDay) bool { return c.day == f.Day })
	s.forgotten = append(s.forgotten, forgottenDay{f.Day, s.pos})
}

func (s *State) findClosed(d Day) (closedDay, bool) {
	at, ok := slices.BinarySearchFunc(s.closed, d, func(c closedDay, n Day) int { return int(c.day - n) })
	if !ok {
		return closedDay{}, false
	}
	return s.closed[at], true
}

// overdue returns the open days whose time is over, the least recently touched first.
func (s *State) overdue() []*day {
	var out []*day
	for _, d := range s.days {
		if s.logical >= d.end+openAfterEnd {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b *day) int { return int(a.touched - b.touched) })
	return out
}

// WantsCheckpoint tells that more days are open than should be: a checkpoint closes them.
func (s *State) WantsCheckpoint() bool {
	return len(s.days) > maxReopened+6 && len(s.overdue()) > maxReopened
}

// toClose returns the days that the next checkpoint closes.
func (s *State) toClose() []*day {
	over := s.overdue()
	n := max(0, len(over)-maxReopened)
	for n < len(over) && s.logical-over[n].touched >= idleToClose {
		n++
	}
	return over[:n]
}
