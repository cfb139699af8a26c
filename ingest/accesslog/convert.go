package accesslog

import (
	"container/heap"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Event is a pageview on its way to the server.
type Event struct {
	Line int    // of the file, from 1
	Time int64  // UTC ms
	JSON []byte // the event object
}

// Batch is what one request carries: at most MaxBatch events and MaxBody bytes, oldest first.
type Batch []Event

// Limits of a batch: those of the contract, the body with room for its wrapper.
const (
	MaxBatch = 500
	MaxBody  = 240 << 10 // bytes
)

// Body returns the request body for a site.
func (b Batch) Body(site string) []byte {
	id, _ := json.Marshal(site) // a string always encodes
	body := fmt.Appendf(nil, `{"siteId":%s,"events":[`, id)
	for i, e := range b {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, e.JSON...)
	}
	return append(body, "]}"...)
}

// Summary counts lines: Lines = Pageviews + the sum of Skipped + Refused.
type Summary struct {
	Lines     int
	Pageviews int
	Refused   int
	Skipped   map[SkipReason]int // only reasons that occurred
}

// Converter reads a log and gives its pageviews in batches.
type Converter struct {
	Classifier
	Refuse func(LineError)   // told of each refused line, in order; nil: nobody
	Emit   func(Batch) error // takes each batch; an error ends the conversion. The batch is Emit's to keep
	Window int               // events that are held back to be sorted; 0: 65,536
}

const defaultWindow = 65536 // events, about 30 MB

// Convert reads r to its end. Batches come sorted by time, hence by day whatever the zone, as far as the lines of the log are not further
// than Window pageviews out of order; lines beyond that come later, none is lost. The summary holds what was read also when an error ends it.
func (c *Converter) Convert(r io.Reader) (Summary, error) {
	sum := Summary{Skipped: map[SkipReason]int{}}
	in, ids := NewReader(r), newNumberer(twinWindow)
	out := sorter{window: c.Window, emit: c.Emit}
	if out.window <= 0 {
		out.window = defaultWindow
	}
	for {
		entry, err := in.Next()
		var bad *LineError
		switch {
		case errors.Is(err, io.EOF):
			return sum, out.flush()
		case errors.As(err, &bad):
			sum.Lines++
			sum.Refused++
			if c.Refuse != nil {
				c.Refuse(*bad)
			}
			continue
		case err != nil:
			return sum, err
		}
		sum.Lines++
		id := ids.id(in.Text())
		if reason := c.Classify(&entry); reason != NotSkipped {
			sum.Skipped[reason]++
			continue
		}
		sum.Pageviews++
		data, err := entry.EncodeEvent(id)
		if err != nil {
			return sum, fmt.Errorf("line %d: %w", in.Line(), err)
		}
		if err := out.add(Event{in.Line(), entry.Time.UnixMilli(), data}); err != nil {
			return sum, err
		}
	}
}

// sorter holds up to window events and gives them on oldest first.
type sorter struct {
	window int
	emit   func(Batch) error
	held   eventHeap
	batch  Batch
	bytes  int // of batch
}

func (s *sorter) add(e Event) error {
	heap.Push(&s.held, e)
	if len(s.held) <= s.window {
		return nil
	}
	return s.pass(heap.Pop(&s.held).(Event))
}

func (s *sorter) pass(e Event) error {
	if len(s.batch) == MaxBatch || len(s.batch) > 0 && s.bytes+len(e.JSON)+1 > MaxBody {
		if err := s.send(); err != nil {
			return err
		}
	}
	s.batch = append(s.batch, e)
	s.bytes += len(e.JSON) + 1
	return nil
}

func (s *sorter) send() error {
	batch := s.batch
	s.batch, s.bytes = nil, 0
	if len(batch) == 0 {
		return nil
	}
	return s.emit(batch)
}

func (s *sorter) flush() error {
	for len(s.held) > 0 {
		if err := s.pass(heap.Pop(&s.held).(Event)); err != nil {
			return err
		}
	}
	return s.send()
}

// eventHeap orders by time, then line.
type eventHeap []Event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	return h[i].Time < h[j].Time || h[i].Time == h[j].Time && h[i].Line < h[j].Line
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push adds an Event; container/heap calls it.
func (h *eventHeap) Push(x any) { *h = append(*h, x.(Event)) }

// Pop removes the last Event; container/heap calls it.
func (h *eventHeap) Pop() any {
	last := len(*h) - 1
	e := (*h)[last]
	(*h)[last] = Event{}
	*h = (*h)[:last]
	return e
}
