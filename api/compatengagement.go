package api

import (
	"fmt"
	"hash/maphash"

	lru "github.com/hashicorp/golang-lru"

	"github.com/ztas-io/ztas/analytics"
)

// engagementNumbers numbers the engagements of trackers that send none: 1 is the first of a pageview, then 2, 3 … (track.md, seq). A pageview is known
// by its site, visitor and path, as a hash with a key of this process. The oldest of very many are forgotten, and all when the process ends: the next
// engagement is a first again. Two that arrive at the same moment may get one number. Safe for concurrent use.
type engagementNumbers struct {
	seed maphash.Seed
	last *lru.Cache // the number (int32) of the newest engagement that was stored; the log has this cache in the program already
}

const maxNumberedPageviews = 32_768 // that had an engagement; about 5 MiB

func newEngagementNumbers() *engagementNumbers {
	last, err := lru.New(maxNumberedPageviews)
	if err != nil {
		panic(fmt.Sprintf("api: cache of engagements: %v", err)) // of a size that is no size
	}
	return &engagementNumbers{seed: maphash.MakeSeed(), last: last}
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
			last, _ := n.last.Get(n.key(site, e))
			number, _ := last.(int32) // 0: none yet
			e.Seq = number + 1
		}
	}
}

// stored takes note of records that were stored: a pageview begins, an engagement has its number.
func (n *engagementNumbers) stored(site analytics.SiteID, records []analytics.Record) {
	for _, r := range records {
		switch e := r.Event; {
		case e == nil:
		case e.Kind == analytics.Pageview:
			n.last.Remove(n.key(site, e))
		case e.Kind == analytics.Engagement:
			n.last.Add(n.key(site, e), e.Seq)
		}
	}
}
