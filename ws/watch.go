package ws

import (
	"slices"
	"sync/atomic"

	"github.com/ztas-io/ztas/analytics"
)

// watched finds a site's streams. Readers take no lock: each shard is a map that is replaced, never changed.
type watched struct {
	shards [64]atomic.Pointer[map[analytics.SiteID][]*stream]
}

func (w *watched) shard(site analytics.SiteID) *atomic.Pointer[map[analytics.SiteID][]*stream] {
	var h byte
	if n := len(site); n > 1 {
		h = site[n-1]*7 + site[n-2]
	}
	return &w.shards[h%64]
}

// of returns the streams of a site. The slice must not be changed.
func (w *watched) of(site analytics.SiteID) []*stream {
	m := w.shard(site).Load()
	if m == nil {
		return nil
	}
	return (*m)[site]
}

// add and remove belong to the holder of Hub.mu.
func (w *watched) add(s *stream) {
	w.replace(s.key.site, append(slices.Clip(w.of(s.key.site)), s))
}

func (w *watched) remove(s *stream) {
	w.replace(s.key.site, slices.DeleteFunc(slices.Clone(w.of(s.key.site)), func(o *stream) bool { return o == s }))
}

func (w *watched) replace(site analytics.SiteID, streams []*stream) {
	shard := w.shard(site)
	next := make(map[analytics.SiteID][]*stream)
	if old := shard.Load(); old != nil {
		for k, v := range *old {
			next[k] = v
		}
	}
	if len(streams) > 0 {
		next[site] = streams
	} else {
		delete(next, site)
	}
	if len(next) == 0 {
		shard.Store(nil)
		return
	}
	shard.Store(&next)
}
