package api

import (
	"cmp"
	"fmt"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// backfillJob is a goal or a funnel whose history is to be counted.
type backfillJob struct {
	site      analytics.SiteID
	id        string
	since     int64                    // its trackedSince
	current   func() bool              // nothing that it matches has changed since
	questions func() []report.Question // those that will be asked once all events count
	finish    func() error             // lets all events count, unless it has changed
}

// next finds the job that waits longest, of those that did not fail; nil is none.
func (b *Backfiller) next(failed map[string]bool) *backfillJob {
	var best *backfillJob
	offer := func(job *backfillJob) {
		if best != nil && cmp.Or(cmp.Compare(best.since, job.since), cmp.Compare(best.id, job.id)) < 0 {
			return
		}
		if _, ok := b.sites.Site(job.site); ok {
			best = job
		}
	}
	b.catalog.goals.each(func(g *analytics.Goal) {
		if g.Backfill && g.TrackedSince != 0 && !failed[g.ID] {
			offer(b.goalJob(g))
		}
	})
	b.catalog.funnels.each(func(f *analytics.Funnel) {
		if f.Backfill && f.TrackedSince != 0 && !failed[f.ID] {
			offer(b.funnelJob(f))
		}
	})
	return best
}

func (b *Backfiller) goalJob(g *analytics.Goal) *backfillJob {
	c := b.catalog
	current := func() (*analytics.Goal, bool) {
		now, ok := c.Goal(g.ID)
		return now, ok && now.Backfill && now.TrackedSince == g.TrackedSince && sameMatching(now, g)
	}
	return &backfillJob{
		site: g.Site, id: g.ID, since: g.TrackedSince,
		current: func() bool { _, ok := current(); return ok },
		questions: func() []report.Question {
			whole := *g
			whole.TrackedSince = 0
			list := c.Goals(g.Site)
			for i := range list {
				if list[i].ID == g.ID {
					list[i] = &whole
				}
			}
			return []report.Question{report.GoalTotals(list, report.Filters{}), report.GoalDetail(&whole, report.Filters{}, analytics.Daily)}
		},
		finish: func() error {
			defer c.changing()()
			now, ok := current()
			if !ok {
				return nil
			}
			whole := *now
			whole.TrackedSince = 0
			if err := c.goals.put(&whole); err != nil {
				return fmt.Errorf("finish backfill: %w", err)
			}
			return nil
		},
	}
}

func (b *Backfiller) funnelJob(f *analytics.Funnel) *backfillJob {
	c := b.catalog
	current := func() (*analytics.Funnel, bool) {
		now, ok := c.Funnel(f.ID)
		return now, ok && now.Backfill && now.TrackedSince == f.TrackedSince && sameWay(now, f)
	}
	return &backfillJob{
		site: f.Site, id: f.ID, since: f.TrackedSince,
		current: func() bool { _, ok := current(); return ok },
		questions: func() []report.Question {
			whole := *f
			whole.TrackedSince = 0
			return []report.Question{report.FunnelStats(&whole, c.Goal, "", report.Filters{}, analytics.Daily)}
		},
		finish: func() error {
			defer c.changing()()
			now, ok := current()
			if !ok {
				return nil
			}
			whole := *now
			whole.TrackedSince = 0
			if err := c.funnels.put(&whole); err != nil {
				return fmt.Errorf("finish backfill: %w", err)
			}
			return nil
		},
	}
}
