package people

import (
	"container/heap"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"time"
)

// Config says who comes. Equal configurations give equal events.
type Config struct {
	Seed uint64
	Zone *time.Location // of the site: its daily curve
	Rate float64        // events a second, on average over a week
}

// Validate tells what is wrong.
func (c Config) Validate() error {
	if c.Zone == nil || !(c.Rate > 0 && c.Rate <= 100_000) {
		return errors.New("people: a zone and a rate from 0 to 100000 events a second are required")
	}
	return nil
}

// eventsPerVisit is the mean number of events of a visit; a test keeps it true.
const eventsPerVisit = 13.4

// Stream gives the events of everybody in order of time. It belongs to one goroutine.
type Stream struct {
	cfg    Config
	from   int64 // UTC ms
	minute int64 // the next one to be made up, counted from 1970
	visits visitHeap
}

// NewStream starts a stream: the first event is the first at or after from. Visits under way are joined in their middle. The configuration
// must be valid.
func NewStream(cfg Config, from time.Time) *Stream {
	return &Stream{cfg: cfg, from: from.UnixMilli(), minute: from.Add(-MaxVisit).Unix()/60 - 1}
}

// Next returns the next event. The stream has no end.
func (s *Stream) Next() Event {
	s.ready(math.MaxInt64)
	return s.pop()
}

// Until returns the events before end, at most limit, and whether there may be more of them.
func (s *Stream) Until(end time.Time, limit int) (events []Event, more bool) {
	for len(events) < limit {
		if !s.ready(end.UnixMilli()) {
			return events, false
		}
		events = append(events, s.pop())
	}
	return events, true
}

// ready makes visits up until the first of them holds the next event, and tells whether that one is before end (UTC ms).
func (s *Stream) ready(end int64) bool {
	for {
		made := s.minute * 60_000 // visits to come have no event before it
		for len(s.visits) > 0 && s.visits[0][0].Timestamp < made {
			if at := s.visits[0][0].Timestamp; at >= s.from {
				return at < end
			}
			s.pop()
		}
		if made >= end {
			return false
		}
		s.makeMinute()
	}
}

func (s *Stream) pop() Event {
	e := s.visits[0][0]
	if s.visits[0] = s.visits[0][1:]; len(s.visits[0]) == 0 {
		heap.Pop(&s.visits)
	} else {
		heap.Fix(&s.visits, 0)
	}
	return e
}

// makeMinute makes the visits up that begin in the next minute.
func (s *Stream) makeMinute() {
	minute := uint64(s.minute)
	start := time.Unix(s.minute*60, 0).In(s.cfg.Zone)
	s.minute++
	expected := s.cfg.Rate * 60 / eventsPerVisit
	n := newDice(s.cfg.Seed, streamMinute, minute).poisson(expected * busy(start))
	for i := range n {
		if events := s.makeVisit(minute, i, start, expected); len(events) > 0 {
			heap.Push(&s.visits, events)
		}
	}
}

// makeVisit makes one visit up. Nearly half of the visits are by regulars, of which there are about three days' worth; some of them come
// much more often than others.
func (s *Stream) makeVisit(minute uint64, i int, start time.Time, expected float64) []Event {
	d := newDice(s.cfg.Seed, streamVisit, minute<<20|uint64(i))
	number := 1<<63 | minute<<20 | uint64(i)
	regular := d.chance(0.45)
	if regular {
		u := d.Float64()
		number = uint64(u * u * max(200, expected*1440*3))
	}
	v := visit{dice: d, person: newPerson(s.cfg.Seed, number), start: start.Add(time.Duration(d.below(60_000)) * time.Millisecond)}
	binary.BigEndian.PutUint64(v.id[:], s.cfg.Seed^mix(math.Float64bits(s.cfg.Rate)))
	binary.BigEndian.PutUint64(v.id[8:], minute)
	binary.BigEndian.PutUint64(v.id[16:], uint64(i))
	from := v.person.habit
	if !regular || d.chance(0.5) {
		from = weighted(d, sources, func(s *source) float64 { return s.weight })
	}
	return v.run(&sources[from])
}

func sortByTime(events []Event) {
	slices.SortStableFunc(events, func(a, b Event) int { return int(a.Timestamp - b.Timestamp) })
}

// visitHeap orders visits by their next event: by time, then id.
type visitHeap [][]Event

func (h visitHeap) Len() int { return len(h) }
func (h visitHeap) Less(i, j int) bool {
	a, b := &h[i][0], &h[j][0]
	return a.Timestamp < b.Timestamp || a.Timestamp == b.Timestamp && a.ID < b.ID
}
func (h visitHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push adds a visit; container/heap calls it.
func (h *visitHeap) Push(x any) { *h = append(*h, x.([]Event)) }

// Pop removes the last visit; container/heap calls it.
func (h *visitHeap) Pop() any {
	last := len(*h) - 1
	v := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	return v
}
