package outbox

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// sweepEvery is how often old messages are looked for.
const sweepEvery = 6 * time.Hour

// Run delivers what is due until ctx ends, then waits for what is in flight. What was not answered by then is sent again in the next life.
// Only one Run at a time.
func (o *Outbox) Run(ctx context.Context) {
	var flights sync.WaitGroup
	defer o.guard.close()
	defer flights.Wait()
	flights.Go(func() { o.sweepLoop(ctx) })
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		timer.Reset(o.dispatch(ctx, &flights))
		select {
		case <-ctx.Done():
		case <-o.wake:
		case <-timer.C:
		}
	}
}

// dispatch starts what is due, lane by lane in turn, and tells how long nothing more will be.
func (o *Outbox) dispatch(ctx context.Context, flights *sync.WaitGroup) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.waiting) > 0 && o.waiting[0].at <= o.nowMS() {
		o.schedule(o.waiting[0])
	}
	for len(o.ready) > 0 && o.inFlight < o.cfg.MaxInFlight {
		l := o.ready[0]
		o.ready = o.ready[1:]
		l.ready = false
		it := l.take(o.nowMS(), o.cfg.MaxPerHook) // the time that schedule goes by: an older one could turn here for ever
		o.schedule(l)
		if it == nil {
			continue
		}
		o.inFlight++
		o.metrics.inFlight.Inc()
		flights.Go(func() {
			o.deliver(ctx, l, it)
			o.mu.Lock()
			o.inFlight--
			o.mu.Unlock()
			o.metrics.inFlight.Dec()
			signal(o.wake)
		})
	}
	if len(o.waiting) == 0 {
		return time.Hour
	}
	return time.Duration(max(o.waiting[0].at-o.nowMS(), 1)) * time.Millisecond
}

// schedule puts a lane where its next message belongs: among the ready, the waiting, or nowhere. The caller holds the mutex.
func (o *Outbox) schedule(l *lane) {
	if l.place >= 0 {
		heap.Remove(&o.waiting, l.place)
	}
	if l.ready || l.gone || len(l.due) == 0 || l.busy >= o.cfg.MaxPerHook {
		return
	}
	if l.at = l.due[0].due; l.at > o.nowMS() {
		heap.Push(&o.waiting, l)
		return
	}
	l.ready = true
	o.ready = append(o.ready, l)
}

// settle ends the work on a message and plans the lane's next. The caller does not hold the mutex.
func (o *Outbox) settle(l *lane, it *item, done bool) {
	o.mu.Lock()
	l.back(it, done)
	if done && !l.gone {
		o.metrics.pending.Dec()
	}
	o.schedule(l)
	o.mu.Unlock()
	signal(o.wake)
}

func (o *Outbox) sweepLoop(ctx context.Context) {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := o.sweep(); err != nil {
				o.log.Error("old messages could not be removed", "error", err)
			}
		}
	}
}
