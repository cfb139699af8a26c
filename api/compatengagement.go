package api

import (
	"hash/maphash"

	"github.com/maypok86/otter/v2"

	"github.com/ztas-io/ztas/analytics"
)

// engagementNumbers numbers the engagements of trackers that send none: 1 is the first of a pageview, then 2, 3 … (track.md, seq). A pageview is known
// by its site, visitor and path, as a hash with a key of this process. The oldest of very many are forgotten, and all when the process ends: the next
// engagement is a first again. Two that arrive at the same moment may get one number. Safe for concurrent use.
type engagementNumbers struct {
	seed maphash.Seed
	last *otter.Cache[uint64, *int32] // number of the newest engagement that was stored; pointers share the code of another cache
}

const maxNumberedPageviews = 32_768 // that had an engagement; about 3 MiB

func newEngagementNumbers() *engagementNumbers {
	return &engagementNumbers{seed: maphash.MakeSeed(), last: otter.Must(&otter.Options[uint64, *int32]{
		MaximumSize: maxNumberedPageviews, Executor: func(task func()) { task() },
	})}
}

func (n *engagementNumbers) key(site analytics.SiteID, e *analytics.Event) uint64 {
	return maphash.Comparable(n.seed, struct {
		site    analytics.SiteID
		visitor analytics.VisitorID
		path    string
	}{site, e.Visitor, e.Path})
}

// number gives the engagements among records, which are the site's and on their way, their numbers.
func (n *engagementNumbers) number(site analytics.SiteID, records []analytics.Record) {
	for _, r := range records {
		if e := r.Event; e != nil && e.Kind == analytics.Engagement {
			e.Seq = 1
			if last, ok := n.last.GetIfPresent(n.key(site, e)); ok {
				e.Seq = *last + 1
			}
		}
	}
}

// stored takes note of records that were stored: a pageview begins, an engagement has its number.
func (n *engagementNumbers) stored(site analytics.SiteID, records []analytics.Record) {
	for _, r := range records {
		switch e := r.Event; {
		case e == nil:
		case e.Kind == analytics.Pageview:
			n.last.Invalidate(n.key(site, e))
		case e.Kind == analytics.Engagement:
			seq := e.Seq
			n.last.Set(n.key(site, e), &seq)
		}
	}
}
