package ws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// streamKey names a stream: all subscriptions with the same key share it.
type streamKey struct {
	topic  string
	site   analytics.SiteID
	params string // canonical
}

// stream keeps the state of what some clients watch, and tells them of its changes. Its goroutine loads the states, one after the other.
type stream struct {
	hub    *Hub
	key    streamKey
	topic  *topic
	source source
	epoch  string
	wake   chan struct{} // holds at most one token
	dirty  atomic.Bool   // the site has changed since the last load began

	edition atomic.Pointer[edition] // the newest change, encoded once for all

	mu        sync.RWMutex
	doc       document
	subs      map[*subscription]struct{}
	joining   []*subscription // wait for a state
	idleSince time.Time       // valid while subs and joining are empty

	round *round // the last, until all had their turn; guarded by pumps.mu

	// Known to the stream's goroutine only.
	zone      analytics.Zone
	zoneName  string
	lastDirty time.Time // the last load that a change of the site asked for
	lastSent  time.Time // the last load that gave a delta
	due       time.Time // when time alone may change the state; zero: never
	retry     time.Time // no load before it, after one failed
	failing   bool
	idle      bool // counted in Hub.idle
}

func newStream(h *Hub, key streamKey, t *topic, src source) *stream {
	s := &stream{
		hub: h, key: key, topic: t, source: src, epoch: randomText(10), wake: make(chan struct{}, 1),
		doc: newDocument(t.volatile, t.list), subs: make(map[*subscription]struct{}),
	}
	s.edition.Store(&edition{})
	return s
}

// changed says that the site has changed. It does not block.
func (s *stream) changed() {
	if !s.dirty.Load() && s.dirty.CompareAndSwap(false, true) {
		s.poke()
	}
}

func (s *stream) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// run is the stream's goroutine. It ends when the hub closes or nobody has watched for a while.
func (s *stream) run(ctx context.Context) {
	defer s.hub.running.Done()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-timer.C:
		}
		wait, ok := s.step(ctx)
		if !ok {
			return
		}
		timer.Reset(wait)
	}
}

// step does what is due and tells how long nothing else will be. ok is false when the stream has ended.
func (s *stream) step(ctx context.Context) (wait time.Duration, ok bool) {
	s.mu.RLock()
	joins, live, empty := len(s.joining) > 0, len(s.subs) > 0, s.doc.seq == 0
	idleSince := s.idleSince
	s.mu.RUnlock()
	if !joins && !live {
		return s.rest(time.Since(idleSince))
	}
	if s.idle {
		s.idle = false
		s.hub.idle.Add(-1)
	}
	var err error
	if !live || empty || s.wait(time.Now()) <= 0 {
		err = s.refresh(ctx)
	}
	if joins && (err == nil || live && !empty) {
		s.admit()
	} else if err != nil && !(live && !empty) {
		s.refuse(err)
	}
	return max(0, s.wait(time.Now())), true
}

// rest is the step of a stream that nobody watches: it loads nothing, so that whoever comes back within KeepStream can resume.
func (s *stream) rest(idleFor time.Duration) (wait time.Duration, ok bool) {
	keep := s.hub.cfg.KeepStream
	if !s.idle {
		s.idle = true
		if s.hub.idle.Add(1) > int64(s.hub.cfg.MaxIdleStreams) {
			keep = 0
		}
	}
	if idleFor >= keep && s.hub.drop(s) {
		s.hub.idle.Add(-1)
		return 0, false
	}
	return max(keep-idleFor, time.Millisecond), true
}

// wait is how long it is until the next load.
func (s *stream) wait(now time.Time) time.Duration {
	const never = time.Hour
	interval := s.topic.interval(&s.hub.cfg)
	next := now.Add(never)
	if !s.due.IsZero() && s.due.Before(next) {
		next = later(s.due, s.lastSent.Add(interval))
	}
	if s.dirty.Load() {
		if at := later(s.lastDirty, s.lastSent).Add(interval); at.Before(next) {
			next = at
		}
	}
	return later(next, s.retry).Sub(now)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// refresh loads the newest state and tells the subscribers. An error leaves the state as it was; the next try comes by itself.
func (s *stream) refresh(ctx context.Context) error {
	if err := s.hub.acquire(ctx); err != nil {
		return err
	}
	now := time.Now()
	if s.dirty.Swap(false) {
		s.lastDirty = now
	}
	raw, anew, next, err := s.load(ctx, now)
	s.hub.release()
	if err == nil {
		err = s.publish(raw, anew, now)
	}
	if err != nil {
		s.fail(err, now)
		return err
	}
	s.due, s.retry, s.failing = next, time.Time{}, false
	return nil
}

// load asks the source. anew tells that the state does not go on from the one before. A panic of the reader is an error: it must not stop the
// hub.
func (s *stream) load(ctx context.Context, now time.Time) (raw json.RawMessage, anew bool, next time.Time, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("load topic %s: panic: %v", s.topic.name, r)
		}
	}()
	site, ok := s.hub.deps.Sites.Site(s.key.site)
	if !ok {
		return nil, false, time.Time{}, ErrSiteNotFound
	}
	if site.Timezone != s.zoneName {
		zone, err := analytics.LoadZone(site.Timezone)
		if err != nil {
			return nil, false, time.Time{}, fmt.Errorf("load topic %s: %w", s.topic.name, err)
		}
		s.zone, s.zoneName = zone, site.Timezone
	}
	ctx, cancel := context.WithTimeout(ctx, s.hub.cfg.LoadTimeout)
	defer cancel()
	state, next, err := s.source.load(ctx, &s.hub.deps, s.key.site, s.zone, now)
	if err != nil {
		return nil, false, time.Time{}, fmt.Errorf("load topic %s: %w", s.topic.name, err)
	}
	if raw, err = json.Marshal(state); err != nil {
		return nil, false, time.Time{}, fmt.Errorf("encode topic %s: %w", s.topic.name, err)
	}
	if r, ok := state.(restarting); ok {
		anew = r.restarts()
	}
	return raw, anew, next, nil
}

// publish makes the state the newest one. If that is a change, it is encoded once and goes to every subscriber.
func (s *stream) publish(raw json.RawMessage, anew bool, now time.Time) error {
	cfg := &s.hub.cfg
	s.mu.Lock()
	prev := s.doc.seq
	if anew {
		s.doc.restart()
	}
	changed, err := s.doc.apply(raw, now)
	if err != nil || !changed {
		s.mu.Unlock()
		return err
	}
	s.doc.forget(now, cfg.KeepRemoved, cfg.KeepChanges, cfg.MaxRemoved)
	e := &edition{prev: prev, seq: s.doc.seq}
	if changes, ok := s.doc.since(prev); ok && prev > 0 {
		e.tails, e.size = encodeTails(changes, time.Now())
	} else {
		e.prev, e.size = s.doc.seq, len(raw)
	}
	s.edition.Store(e)
	s.mu.Unlock()

	if prev > 0 {
		s.lastSent = now
	}
	r := &round{stream: s, size: e.size}
	s.mu.RLock()
	r.subs = make([]*subscription, 0, len(s.subs))
	for sub := range s.subs {
		r.subs = append(r.subs, sub)
	}
	s.mu.RUnlock()
	s.hub.pumps.spread(r)
	return nil
}

// fail decides what a failed load means for the subscribers and when the next one is tried.
func (s *stream) fail(err error, now time.Time) {
	s.dirty.Store(true)
	s.retry = now.Add(s.hub.cfg.RetryLoad)
	var unavailable *analytics.Unavailable
	var invalid analytics.Invalid
	switch {
	case errors.Is(err, ErrSiteNotFound):
		s.end(func(id string) []byte { return unsubscribed(id, reasonSiteDeleted) })
		return
	case errors.As(err, &invalid): // time has made the params wrong
		s.end(func(id string) []byte { return failure(id, errParams(invalid)) })
		return
	case errors.As(err, &unavailable) && unavailable.RetryAfter > 0:
		s.retry = now.Add(unavailable.RetryAfter)
	}
	if !s.failing && !errors.Is(err, context.Canceled) {
		s.failing = true
		s.hub.log.Warn("state of a stream cannot be loaded", "topic", s.topic.name, "site", s.key.site, "error", err)
	}
}
