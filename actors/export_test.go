package actors

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// Poison makes the fold panic on every event that bad says yes to.
func (s *System) Poison(bad func(*analytics.Event) bool) {
	check := func(r *analytics.Record) {
		if r.Event != nil && bad(r.Event) {
			panic("a poison event")
		}
	}
	s.fold = func(st *analytics.State, pos analytics.Pos, logical int64, records []analytics.Record, res *analytics.Result) {
		st.Begin(pos, logical)
		for i := range records {
			st.Apply(i, &records[i], res)
			check(&records[i]) // after it changed the state
		}
	}
	s.foldOne = func(st *analytics.State, i int, r *analytics.Record, res *analytics.Result) {
		st.Apply(i, r, res)
		check(r)
	}
}

// Counters returns what tests check.
func (s *System) Counters() (deadLetters, quarantined, passivations prometheus.Counter) {
	return s.metrics.DeadLetters, s.metrics.Quarantined, s.metrics.Passivations
}

// TrimAlways has pages leave memory at every look, however few, when memory is short. It is called before Start.
func (s *System) TrimAlways() { s.memory.least = 0 }

// IdleShare sets for how many bytes of its state a site must have been idle for a millisecond before it sleeps. It is called before Start.
func (s *System) IdleShare(bytes int64) { s.memory.share = bytes }

// Paging returns how many bytes of pages left memory and how many pages came back.
func (s *System) Paging() (evicted, recalled prometheus.Counter) {
	return s.metrics.Evicted, s.metrics.Recalled
}

// BoundLiveSums sets how many bytes of answers about an open day are kept. It is called before Start.
func (s *System) BoundLiveSums(bytes int) { s.tables.live = bytes }

// LiveSums is about how many bytes of answers about one open day are kept at most.
func (s *System) LiveSums() (bytes int) {
	for _, v := range s.tables.days.entries.All() {
		d := v.(*keptDay)
		d.mu.Lock()
		bytes = max(bytes, d.sumBytes())
		d.mu.Unlock()
	}
	return bytes
}

// CommitUnknown tells that a checkpoint's commit failed, and it is not known whether the store has it.
func (s *System) CommitUnknown() bool { return s.storing.failing.Load() > 0 }

// TakeLargeTurn asks as a large day does, until it is given back.
func (s *System) TakeLargeTurn() (give func()) {
	s.tables.turns.take()
	return s.tables.turns.give
}

// LargeDays counts the days that are asked in slices.
func (s *System) LargeDays() (n int) {
	for _, v := range s.tables.days.entries.All() {
		d := v.(*keptDay)
		d.mu.Lock()
		if d.large {
			n++
		}
		d.mu.Unlock()
	}
	return n
}

// ForgetTables drops what is kept of a site's days.
func (s *System) ForgetTables(site analytics.SiteID) { s.tables.days.forget(site) }

// AskNow takes the state that a question is answered from; answer does the rest, later.
func (s *System) AskNow(ctx context.Context, site analytics.SiteID, asks ...report.Ask) (answer func() ([]report.Sum, error), err error) {
	view, err := s.view(ctx, site)
	return func() ([]report.Sum, error) { return s.sumsOf(ctx, site, view, asks) }, err
}

// Tick plays the clock's part at the time now, UTC ms.
func (s *System) Tick(now int64) {
	now += s.uptime() - s.now().UnixMilli()
	for _, pid := range s.partitions {
		s.actors.Root.Send(pid, &tick{now: now})
	}
}

// LookAtMemory has memory given back as the look four times a second does, and tells whether there was too little.
func (s *System) LookAtMemory() (short bool) { return s.memory.look(s.uptime()) }

// Uptime replaces what tells how long the system runs, ms. It is called before Start.
func (s *System) Uptime(f func() int64) { s.uptime = f }

// Awake counts the sites in memory.
func (s *System) Awake() int {
	s.memory.mu.Lock()
	defer s.memory.mu.Unlock()
	return len(s.memory.sites)
}

// Waiting counts the requests that wait for a commit.
func (s *System) Waiting() int {
	s.batcher.mu.Lock()
	defer s.batcher.mu.Unlock()
	return s.batcher.waiting
}
