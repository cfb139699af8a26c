package actors

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// readTries is how often a question is asked when the state it was to be read from is replaced meanwhile.
const readTries = 9

// tries counts them. A site hears of its checkpoint a moment after the store has it, and until then names what the store has freed: between the tries
// are pauses, none, then 1 ms and twice as long each time, 127 ms together. They end with ctx.
func tries(ctx context.Context) iter.Seq[int] {
	return func(yield func(int) bool) {
		for n := range readTries {
			if n > 1 {
				select {
				case <-time.After(time.Millisecond << (n - 2)):
				case <-ctx.Done():
					return
				}
			}
			if !yield(n) {
				return
			}
		}
	}
}

// aside is the key of what Aside says.
type aside struct{}

// Aside is for questions that the program asks by the clock, which nobody waits for: a site is not used by them, so it falls asleep when it is time
// (Config.PassivateAfter), and is asked as it sleeps.
func Aside(ctx context.Context) context.Context { return context.WithValue(ctx, aside{}, true) }

// Stats answers in the caller's goroutine, from counters frozen at the site's position.
func (s *System) Stats(ctx context.Context, site analytics.SiteID, q analytics.StatsQuery) (*analytics.StatsReport, error) {
	var err error
	for range tries(ctx) {
		var view *analytics.View
		if view, err = s.view(ctx, site); err == nil {
			var answer *analytics.StatsReport
			if answer, err = s.statsOf(ctx, site, view, q); err == nil {
				return answer, nil
			}
		}
		if !errors.Is(err, ErrNoBlob) && !errors.Is(err, errRetry) {
			break
		}
	}
	return nil, s.readError(site, err)
}

// statsOf answers from counters; where days were cut in another zone, from the events.
func (s *System) statsOf(ctx context.Context, site analytics.SiteID, view *analytics.View, q analytics.StatsQuery) (*analytics.StatsReport, error) {
	if view.Native(q.Range) {
		answer, err := view.Stats(q, s.rollupLoader(site), s.bases(site), s.now().UnixMilli())
		if err != nil {
			return nil, err
		}
		answer.LastPageview, err = s.lastPageview(site, view, answer.LastPageview)
		return answer, err
	}
	sums, err := s.sumsOf(ctx, site, view, []report.Ask{report.Over(report.Stats(q, report.Filters{}), q.Range)})
	if err != nil {
		return nil, err
	}
	ignored, lastView, err := view.Ignored(q.Range, s.rollupLoader(site))
	if err != nil {
		return nil, err
	}
	if lastView, err = s.lastPageview(site, view, lastView); err != nil {
		return nil, err
	}
	return sums[0].(*report.StatsSum).Report(q, ignored, lastView), nil
}

// lastPageview is the time of the latest stored pageview, UTC ms; 0: there is none. known is that of all time, whose day may have been dropped
// since (data-model.md, Retention): then the rows are looked through.
func (s *System) lastPageview(site analytics.SiteID, view *analytics.View, known int64) (int64, error) {
	if known == 0 || view.Holds(known) {
		return known, nil
	}
	return report.LatestPageview(view, func(blob uint64, want analytics.PartSections) (*analytics.Rows, error) {
		return s.part(site, blob, want)
	})
}

// Realtime answers for the time now, UTC ms.
func (s *System) Realtime(ctx context.Context, site analytics.SiteID, now int64, detail bool) (*analytics.RealtimeReport, error) {
	var err error
	for range tries(ctx) {
		reply := make(chan realtimeReply, 1)
		s.actors.Root.Send(s.partitions[site.Partition()], &askRealtime{site: site, now: now, detail: detail, until: time.Now().Add(s.cfg.AnswerIn), reply: reply})
		var r realtimeReply
		if r, err = await(ctx, reply, s.cfg.AnswerIn); err == nil {
			err = r.err
		}
		switch {
		case err == nil && r.passive:
			var report *analytics.RealtimeReport
			if report, err = s.passive.realtime(site, now, detail); err == nil {
				return report, nil
			}
		case err == nil:
			return r.report, nil
		}
		if !errors.Is(err, errRetry) {
			break
		}
	}
	return nil, s.readError(site, err)
}

// view asks the site for its counters; those of a sleeping one are read from its root.
func (s *System) view(ctx context.Context, site analytics.SiteID) (*analytics.View, error) {
	reply := make(chan viewReply, 1)
	s.actors.Root.Send(s.partitions[site.Partition()], &askView{
		site: site, aside: ctx.Value(aside{}) != nil, until: time.Now().Add(s.cfg.AnswerIn), reply: reply,
	})
	r, err := await(ctx, reply, s.cfg.AnswerIn)
	if err != nil {
		return nil, err
	}
	if r.err != nil || !r.passive {
		return r.view, r.err
	}
	return s.passive.view(site)
}

// await waits for an actor's answer.
func await[T any](ctx context.Context, reply <-chan T, limit time.Duration) (T, error) {
	t := time.NewTimer(limit)
	defer t.Stop()
	var none T
	select {
	case r := <-reply:
		return r, nil
	case <-t.C:
		return none, unavailable("the site did not answer in time")
	case <-ctx.Done():
		return none, callerGone(ctx)
	}
}

func (s *System) readError(site analytics.SiteID, err error) error {
	var u *analytics.Unavailable
	if errors.As(err, &u) {
		return err
	}
	s.logger.Error("read failed", "site", site, "error", err)
	u = unavailable(fmt.Sprintf("read of %s: %v", site, err))
	u.Cause = err
	return u
}

// rollups are the closed days that readers asked for, and what many of them sum up to.
type rollups struct {
	*cache
	sums turn // so that a sum is made once, and memory for one at a time
}

type rollupKey struct {
	site analytics.SiteID
	blob uint64
}

type baseKey struct {
	site analytics.SiteID
	base analytics.BaseKey
}

func (k rollupKey) owner() analytics.SiteID { return k.site }
func (k baseKey) owner() analytics.SiteID   { return k.site }

func (s *System) rollupLoader(site analytics.SiteID) analytics.Rollups {
	return func(blob uint64) (*analytics.Rollup, error) {
		key := rollupKey{site, blob}
		if r, ok := cached[*analytics.Rollup](s.rollups.cache, key); ok {
			return r, nil
		}
		r, err := s.rollup(site, blob)
		if err == nil {
			s.rollups.set(key, r)
		}
		return r, err
	}
}

func (s *System) rollup(site analytics.SiteID, blob uint64) (*analytics.Rollup, error) {
	data, err := s.store.Blob(site, blob)
	if err != nil {
		return nil, fmt.Errorf("rollup %d of %s: %w", blob, site, err)
	}
	r, err := analytics.DecodeRollup(data)
	if err != nil {
		return nil, fmt.Errorf("rollup %d of %s: %w", blob, site, err)
	}
	return r, nil
}

// bases keeps sums of closed days. The days that a sum is made of are not kept: they would drive out what others ask for.
func (s *System) bases(site analytics.SiteID) analytics.Bases {
	return func(base analytics.BaseKey, sum func(analytics.Rollups) (*analytics.StatsBase, error)) (*analytics.StatsBase, error) {
		key := baseKey{site, base}
		if b, ok := cached[*analytics.StatsBase](s.rollups.cache, key); ok {
			return b, nil
		}
		if sum == nil {
			return nil, nil
		}
		s.rollups.sums.take()
		defer s.rollups.sums.give()
		if b, ok := cached[*analytics.StatsBase](s.rollups.cache, key); ok {
			return b, nil
		}
		b, err := sum(func(blob uint64) (*analytics.Rollup, error) {
			if r, ok := cached[*analytics.Rollup](s.rollups.cache, rollupKey{site, blob}); ok {
				return r, nil
			}
			return s.rollup(site, blob)
		})
		if err == nil {
			s.rollups.forgetReplaced(key)
			s.rollups.set(key, b)
		}
		return b, err
	}
}

// forgetReplaced drops the bases that nobody asks for any more once there is one of the key: they were asked for so often that the cache would
// rather keep them than the new one, which would be made for every read.
func (r rollups) forgetReplaced(key baseKey) {
	for known := range r.entries.Keys() {
		if old, ok := known.(baseKey); ok && old.site == key.site && key.base.Replaces(old.base) {
			r.entries.Invalidate(known)
		}
	}
}
