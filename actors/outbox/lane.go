package outbox

import (
	"container/heap"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// lane is the queue of one webhook or channel. Its fields belong to who holds the outbox's mutex, except for what commit guards.
type lane struct {
	name  string // a webhook's id, or channel@site
	site  analytics.SiteID
	items map[string]*item // pending, by message
	due   itemHeap         // of those, the ones that nobody is at work with
	drops []*item          // pageview and event messages in order of arrival; some may be done
	busy  int              // items in flight
	ready bool             // in the outbox's list of lanes with something due
	at    int64            // UTC ms: when it is due, while it waits
	place int              // in the outbox's heap of waiting lanes; -1: not in it
	gone  bool             // forgotten: nothing of it may be written any more

	commit   chan struct{} // held while the lane's records are changed: a message has one writer at a time
	status   status        // guarded by commit and the mutex: written with both, read with either
	finished int           // guarded by commit: about how many messages of the log are done; -1: not counted yet
}

// item is a pending message.
type item struct {
	id        string
	due       int64 // UTC ms
	seq       uint64
	tries     int
	place     int // in the lane's heap; -1: in flight, or being changed
	droppable bool
	done      bool
	again     bool // deliver it once more with a new budget when the attempt under way fails
}

func newLane(name string, site analytics.SiteID) *lane {
	return &lane{
		name: name, site: site, items: map[string]*item{}, place: -1, commit: make(chan struct{}, 1), finished: -1, status: status{Site: site},
	}
}

func (l *lane) lock()   { l.commit <- struct{}{} }
func (l *lane) unlock() { <-l.commit }

// channel is email or slack; "" for a webhook.
func (l *lane) channel() string {
	name, _, ok := strings.Cut(l.name, "@")
	if !ok {
		return ""
	}
	return name
}

func channelLane(channel string, site analytics.SiteID) string { return channel + "@" + string(site) }

// isDroppable tells whether a full backlog may lose messages of the type.
func isDroppable(event string) bool {
	return event == analytics.WebhookPageview || event == analytics.WebhookEvent
}

// add queues a message.
func (l *lane) add(it *item) {
	l.items[it.id] = it
	heap.Push(&l.due, it)
	if it.droppable {
		l.drops = append(l.drops, it)
	}
}

// take gives the message that is due first, if any is due and the lane may have another one in flight.
func (l *lane) take(now int64, limit int) *item {
	if len(l.due) == 0 || l.due[0].due > now || l.busy >= limit {
		return nil
	}
	l.busy++
	return heap.Pop(&l.due).(*item)
}

// claim takes a message that nobody is at work with, whenever it is due.
func (l *lane) claim(it *item) {
	heap.Remove(&l.due, it.place)
	l.busy++
}

// back ends what take or claim began.
func (l *lane) back(it *item, done bool) {
	l.busy--
	if done {
		it.done = true
		delete(l.items, it.id)
		return
	}
	heap.Push(&l.due, it)
}

// overflow takes the oldest messages that may be dropped until the backlog fits.
func (l *lane) overflow(limit int) (drop []*item) {
	var kept []*item
	for excess := len(l.items) - limit; excess > 0 && len(l.drops) > 0; {
		it := l.drops[0]
		l.drops = l.drops[1:]
		switch {
		case it.done:
		case it.place < 0: // in flight: perhaps it arrives
			kept = append(kept, it)
		default:
			l.claim(it)
			drop = append(drop, it)
			excess--
		}
	}
	l.drops = append(kept, l.drops...)
	if len(l.drops) > 2*len(l.items)+64 {
		live := l.drops[:0:0]
		for _, it := range l.drops {
			if !it.done {
				live = append(live, it)
			}
		}
		l.drops = live
	}
	return drop
}

// itemHeap orders by time, then by arrival.
type itemHeap []*item

func (h itemHeap) Len() int { return len(h) }
func (h itemHeap) Less(i, j int) bool {
	if h[i].due != h[j].due {
		return h[i].due < h[j].due
	}
	return h[i].seq < h[j].seq
}
func (h itemHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i]; h[i].place, h[j].place = i, j }

// Push is for container/heap.
func (h *itemHeap) Push(x any) { it := x.(*item); it.place = len(*h); *h = append(*h, it) }

// Pop is for container/heap.
func (h *itemHeap) Pop() any {
	old := *h
	it := old[len(old)-1]
	old[len(old)-1], it.place = nil, -1
	*h = old[:len(old)-1]
	return it
}

// laneHeap orders waiting lanes by time.
type laneHeap []*lane

func (h laneHeap) Len() int           { return len(h) }
func (h laneHeap) Less(i, j int) bool { return h[i].at < h[j].at }
func (h laneHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i]; h[i].place, h[j].place = i, j }

// Push is for container/heap.
func (h *laneHeap) Push(x any) { l := x.(*lane); l.place = len(*h); *h = append(*h, l) }

// Pop is for container/heap.
func (h *laneHeap) Pop() any {
	old := *h
	l := old[len(old)-1]
	old[len(old)-1], l.place = nil, -1
	*h = old[:len(old)-1]
	return l
}
