package ws

import (
	"runtime"
	"sync"
)

// pumps write to the clients whose sockets can be tried. There are as many as processors, and none while nothing waits: a change that thousands
// watch starts a handful of goroutines, and does not put thousands of them in front of all other work.
type pumps struct {
	hub *Hub

	mu      sync.Mutex
	waiting []*client // from head on
	head    int
	running int
}

// turnSize is how many clients a pump serves before it lets others have the processor.
const turnSize = 32

// add is called by whoever made the client a writing one.
func (p *pumps) add(c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = append(p.waiting, c)
	waiting := len(p.waiting) - p.head
	if p.running == 0 || p.running < runtime.GOMAXPROCS(0) && waiting > p.running*turnSize {
		p.running++
		p.hub.running.Add(1)
		go p.run()
	}
}

func (p *pumps) run() {
	defer p.hub.running.Done()
	s := scratches.Get().(*scratch)
	defer s.release()
	var turn [turnSize]*client
	for {
		n := p.take(turn[:])
		if n == 0 {
			return
		}
		for i, c := range turn[:n] {
			c.pump(s)
			turn[i] = nil
		}
		runtime.Gosched()
	}
}

// take moves those that wait longest into turn; with none, the pump has ended.
func (p *pumps) take(turn []*client) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := copy(turn, p.waiting[p.head:])
	clear(p.waiting[p.head : p.head+n])
	p.head += n
	if p.head == len(p.waiting) {
		p.waiting, p.head = p.waiting[:0], 0
	}
	if n == 0 {
		p.running--
		if p.running == 0 && cap(p.waiting) > maxWaiting {
			p.waiting = nil
		}
	}
	return n
}

// maxWaiting is the length of a queue that is kept for the next change.
const maxWaiting = 16 << 10
