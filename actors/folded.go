package actors

import "github.com/ztas-io/ztas/analytics"

// folded answers the requests of a site's section. duplicates are the indexes of records that were known. A section that nobody waits for,
// such as a replayed one, is no concern of it.
func (b *batcher) folded(block *analytics.Block, site analytics.SiteID, duplicates []int) {
	if block.Producer != b.producer {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.blocks[block.Sequence]
	if f == nil {
		return
	}
	start := 0
	for _, r := range f.sites[site] {
		a := answer{}
		for len(duplicates) > 0 && duplicates[0] < start+r.count {
			a.receipt.Duplicates++
			duplicates = duplicates[1:]
		}
		start += r.count
		b.giveBack(r)
		r.tell(a)
	}
	delete(f.sites, site)
	if len(f.sites) == 0 {
		delete(b.blocks, block.Sequence)
	}
}

// suspend refuses new requests of a site while it is rebuilt, so that what is kept for it cannot grow. failures are those in a row; 0: it is usable.
// After many nobody waits for its fold any more, which may come all the same.
func (b *batcher) suspend(site analytics.SiteID, failures int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if failures == 0 {
		delete(b.suspended, site)
		return
	}
	b.suspended[site] = failures
	if failures != manyFailures {
		return
	}
	for r := range b.underWay() {
		if r.site == site {
			r.tell(answer{err: errRebuilt})
		}
	}
}

// inFlight is the number of blocks, and of requests that wait for one, that are not yet folded. Of a site that fails again and again none are: no
// fold of it is to be expected.
func (b *batcher) inFlight() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.waiting + b.unfoldedBut(func(site analytics.SiteID) bool { return b.suspended[site] >= manyFailures })
}

// unfoldedBut counts the blocks that were taken for the log and that a site has yet to fold, but for some; b.mu is held.
func (b *batcher) unfoldedBut(but func(analytics.SiteID) bool) (n int) {
	for _, f := range b.blocks {
		for site := range f.sites {
			if !but(site) {
				n++
				break
			}
		}
	}
	return n
}
