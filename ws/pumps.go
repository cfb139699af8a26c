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
	rounds  []*round
	running int
}

// round is a change of a stream on its way to all subscribers. Whoever has its turn is told the newest state: a change that comes meanwhile is
// another round, for those whose turn is over, and starts when this one has ended.
type round struct {
	stream *stream
	subs   []*subscription // whose turn is to come
	size   int             // bytes of the change
	after  *round          // nil: no change came meanwhile
}

// job is a turn of one client.
type job struct {
	client *client
	sub    *subscription // has news of size bytes; nil: the client's queue has something
	size   int
	tries  bool // the client's socket can be tried
}

// turnSize is how many clients a pump serves before it lets others have the processor.
const turnSize = 32

// add is called by whoever made the client a writing one.
func (p *pumps) add(c *client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting = append(p.waiting, c)
	p.start(len(p.waiting) - p.head)
}

// spread begins a round of r's stream.
func (p *pumps) spread(r *round) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := r.stream.round; last != nil && len(last.subs) > 0 {
		last.after = r
		return
	}
	p.begin(r)
	p.start(len(r.subs))
}

func (p *pumps) begin(r *round) {
	r.stream.round = r
	if len(r.subs) > 0 {
		p.rounds = append(p.rounds, r)
	}
}

// start makes as many pumps as jobs need.
func (p *pumps) start(jobs int) {
	for p.running < runtime.GOMAXPROCS(0) && jobs > p.running*turnSize {
		p.running++
		p.hub.running.Add(1)
		go p.run()
	}
}

func (p *pumps) run() {
	defer p.hub.running.Done()
	s := scratches.Get().(*scratch)
	defer s.release()
	var turn [turnSize]job
	for {
		n := p.take(turn[:])
		if n == 0 {
			return
		}
		gather(turn[:n])
		for i := range turn[:n] {
			if j := &turn[i]; j.sub != nil {
				j.client.bring(j.sub, j.size, j.tries, s)
			} else {
				j.client.pump(s)
			}
			turn[i] = job{}
		}
		runtime.Gosched()
	}
}

// gather looks at all subscribers of a turn, then at all their clients. Of thousands none is in the processor's caches; like this it fetches several
// at a time.
func gather(turn []job) {
	for i := range turn {
		if j := &turn[i]; j.sub != nil {
			j.client = j.sub.client
		}
	}
	for i := range turn {
		turn[i].tries = turn[i].client.wire.raw != nil
	}
}

// take moves those that wait longest into turn, clients and subscribers each half of it if there are as many; with none, the pump has ended.
func (p *pumps) take(turn []job) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n < len(turn) {
		clients, subscribers := p.head < len(p.waiting), len(p.rounds) > 0
		switch {
		case clients && (n < len(turn)/2 || !subscribers):
			turn[n].client = p.waiting[p.head]
			p.waiting[p.head] = nil
			p.head++
		case subscribers:
			r := p.rounds[0]
			last := len(r.subs) - 1
			turn[n] = job{sub: r.subs[last], size: r.size}
			if r.subs = r.subs[:last]; last == 0 {
				p.end(r)
			}
		default:
			return p.taken(n)
		}
		n++
	}
	return p.taken(n)
}

// end goes on to what the stream has to tell after r, the first of the rounds.
func (p *pumps) end(r *round) {
	p.rounds[0] = nil
	p.rounds = p.rounds[1:]
	r.stream.round = nil
	if r.after != nil {
		p.begin(r.after)
		p.start(len(r.after.subs))
	}
}

func (p *pumps) taken(n int) int {
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
