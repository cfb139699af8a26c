package store

import (
	"strings"
	"sync"

	"github.com/ztas-io/ztas/persist"
)

// watchers hands changes to whoever asked for their prefix. The writer never waits: each watcher has a queue that holds one change a key.
type watchers struct {
	mu     sync.Mutex
	all    map[*watcher]struct{}
	closed bool
}

func newWatchers() *watchers { return &watchers{all: map[*watcher]struct{}{}} }

// watcher is one queue. Its pump goroutine moves changes to the channel.
type watcher struct {
	prefix string
	out    chan persist.Change
	stop   chan struct{}
	wake   chan struct{} // one token: there may be something

	mu     sync.Mutex
	newest map[string]persist.Change
	order  []slot
}

// slot is a key's place in the queue; it is void when a newer change of the key has come.
type slot struct {
	key string
	rev uint64
}

func (ws *watchers) add(prefix string) (<-chan persist.Change, func()) {
	w := &watcher{
		prefix: prefix, out: make(chan persist.Change), stop: make(chan struct{}), wake: make(chan struct{}, 1),
		newest: map[string]persist.Change{},
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if ws.closed {
		close(w.out)
		return w.out, func() {}
	}
	ws.all[w] = struct{}{}
	go w.pump()
	return w.out, func() { ws.remove(w) }
}

func (ws *watchers) remove(w *watcher) {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	if _, ok := ws.all[w]; ok {
		delete(ws.all, w)
		close(w.stop)
	}
}

func (ws *watchers) close() {
	ws.mu.Lock()
	defer ws.mu.Unlock()
	ws.closed = true
	for w := range ws.all {
		close(w.stop)
	}
	clear(ws.all)
}

func (ws *watchers) publish(changes []persist.Change) {
	if len(changes) == 0 {
		return
	}
	ws.mu.Lock()
	defer ws.mu.Unlock()
	for w := range ws.all {
		w.push(changes)
	}
}

func (w *watcher) push(changes []persist.Change) {
	w.mu.Lock()
	for _, c := range changes {
		if strings.HasPrefix(c.Key, w.prefix) {
			w.newest[c.Key] = c
			w.order = append(w.order, slot{c.Key, c.Rev})
		}
	}
	if len(w.order) > 2*len(w.newest)+64 {
		w.compact()
	}
	w.mu.Unlock()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// compact drops the void slots, so that a reader that never reads costs one slot a key.
func (w *watcher) compact() {
	kept := w.order[:0]
	for _, s := range w.order {
		if w.newest[s.key].Rev == s.rev {
			kept = append(kept, s)
		}
	}
	w.order = kept
}

func (w *watcher) pop() (persist.Change, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.order) > 0 {
		s := w.order[0]
		w.order = w.order[1:]
		if c, ok := w.newest[s.key]; ok && c.Rev == s.rev {
			delete(w.newest, s.key)
			return c, true
		}
	}
	w.order = nil
	return persist.Change{}, false
}

func (w *watcher) pump() {
	defer close(w.out)
	for {
		c, ok := w.pop()
		if !ok {
			select {
			case <-w.wake:
				continue
			case <-w.stop:
				return
			}
		}
		select {
		case w.out <- c:
		case <-w.stop:
			return
		}
	}
}
