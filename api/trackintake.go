package api

import (
	"cmp"
	"slices"
	"sync"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/ingest"
)

// rejection is one event that is not valid.
type rejection struct {
	Index int    `json:"index"`
	Error string `json:"error"`
}

// intake is what became of a request's events.
type intake struct {
	records    []analytics.Record // counters of what was ignored, then the events by time, then by place
	events     int                // of records
	repeated   int                // events with the id of an earlier one of the batch
	duplicates int                // repeated, and those that the fold knew
	dropped    map[analytics.DropReason]int
	rejected   []rejection
	room       *intakeRoom
}

// intakeRoom is memory that requests use one after the other.
type intakeRoom struct {
	events  []analytics.Event // zero
	stored  []*analytics.Event
	records []analytics.Record
	answer  []byte
}

var intakeRooms = sync.Pool{New: func() any { return new(intakeRoom) }}

// release gives the memory of the records back; they must not be used any more.
func (t *intake) release() {
	clear(t.room.events)
	clear(t.room.stored)
	clear(t.room.records)
	intakeRooms.Put(t.room)
	t.room, t.records = nil, nil
}

// take makes room for the events of a request.
func (r *intakeRoom) take(n int) ([]analytics.Event, []*analytics.Event) {
	if cap(r.events) < n {
		r.events, r.stored = make([]analytics.Event, n), make([]*analytics.Event, 0, n)
	}
	r.events = r.events[:n]
	return r.events, r.stored[:0]
}

// valid is the count that the answer tells.
func (t *intake) valid() int {
	n := t.events + t.repeated
	for _, dropped := range t.dropped {
		n += dropped
	}
	return n
}

// pass sends the events through the pipeline.
func (h *TrackHandler) pass(site *analytics.Site, request *ingest.Request, b *trackBatch) (*intake, error) {
	run, err := h.pipeline.Open(site, request)
	if err != nil {
		return nil, err
	}
	defer run.Close()
	t := &intake{room: intakeRooms.Get().(*intakeRoom)}
	events, stored := t.room.take(len(b.hits))
	seen := newSeenIDs(len(b.hits))
	for i := range b.hits {
		hit := &b.hits[i]
		if hit.SentAt == nil {
			hit.SentAt = b.sentAt
		}
		message := b.wrongOf(i, request.Context)
		var out ingest.Outcome
		if message == "" {
			if out, err = run.Pass(hit, &events[i]); err != nil {
				return nil, err
			}
			message = out.Rejected
		}
		switch {
		case message != "":
			t.rejected = append(t.rejected, rejection{i, message})
		case out.Drop != 0:
			if t.dropped == nil {
				t.dropped = make(map[analytics.DropReason]int)
			}
			t.dropped[out.Drop]++
		case seen.repeats(events[i].ID):
			t.repeated++
		default:
			stored = append(stored, &events[i])
		}
	}
	byTime := func(a, b *analytics.Event) int { return cmp.Compare(a.TS, b.TS) }
	if !slices.IsSortedFunc(stored, byTime) {
		slices.SortStableFunc(stored, byTime)
	}
	t.events, t.duplicates = len(stored), t.repeated
	t.records = t.room.records[:0]
	for _, reason := range analytics.DropReasons() {
		if n := t.dropped[reason]; n > 0 {
			t.records = append(t.records, analytics.Record{Filtered: &analytics.Filtered{Reason: reason, Count: int64(n), ReceivedAt: request.ReceivedAt}})
		}
	}
	for _, e := range stored {
		t.records = append(t.records, analytics.Record{Event: e})
	}
	t.room.stored, t.room.records = stored, t.records
	return t, nil
}

// wrongOf is the message of a field of the wrong type; "" when all are right.
func (b *trackBatch) wrongOf(i int, withContext bool) string {
	switch {
	case b.wrong == nil:
		return ""
	case b.wrong[i] == "" && withContext:
		return b.badContext[i]
	}
	return b.wrong[i]
}

// seenIDs tells which ids came before; few are compared, many are looked up.
type seenIDs struct {
	few  []analytics.EventID
	many map[analytics.EventID]struct{}
}

func newSeenIDs(n int) *seenIDs {
	switch {
	case n <= 1:
		return nil
	case n <= 8:
		return &seenIDs{few: make([]analytics.EventID, 0, n)}
	}
	return &seenIDs{many: make(map[analytics.EventID]struct{}, n)}
}

// repeats tells whether the id came before, and remembers it. Events without an id never do.
func (s *seenIDs) repeats(id analytics.EventID) bool {
	if s == nil || id == "" {
		return false
	}
	if s.many == nil {
		if slices.Contains(s.few, id) {
			return true
		}
		s.few = append(s.few, id)
		return false
	}
	before := len(s.many)
	s.many[id] = struct{}{}
	return len(s.many) == before
}
