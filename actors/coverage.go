package actors

import (
	"slices"
	"sync"

	"github.com/ztas-io/ztas/analytics"
)

// Debt is what a restart would cost: records in the log that no durable checkpoint covers. Checkpoints follow it, not the clock.
type Debt struct {
	SiteRecords int   // a site is stored after this many of its own
	Records     int   // all sites together, like the next two: then the oldest are stored until half is left
	TailBytes   int64 // of the log
	TailBlocks  int
}

// DefaultDebt keeps a restart below 2 s on two cores (docs/adr/014-what-a-restart-costs.md).
func DefaultDebt() Debt {
	return Debt{SiteRecords: 250_000, Records: 1_000_000, TailBytes: 128 << 20, TailBlocks: 64_000}
}

// tailSizer is what a log may tell of its uncut part.
type tailSizer interface {
	TailBytes() int64
	TailBlocks() int
}

// coverage knows, for every site, from which position on its records are in no checkpoint. Safe for concurrent use.
type coverage struct {
	debt     Debt
	log      EventLog
	request  func(analytics.SiteID) // asks the site for a checkpoint; must not block
	mu       sync.Mutex
	sites    map[analytics.SiteID]*uncovered
	last     [analytics.Partitions]analytics.Pos // of the last block that was handed out
	order    uint64
	records  int
	relieve  bool   // until half of the debt is gone, or all of it that can be stored
	round    uint64 // the order when relieving began
	held     tail   // what cannot be stored: the debt is counted from there
	shorten  func() // hears that the log is long and only sites that cannot store hold it; must not block
	short    tail   // what was left of the log when it was shortened last
	underWay map[analytics.SiteID]bool
	resting  map[analytics.SiteID]bool          // failed to store, and is not asked for a while
	ahead    map[analytics.SiteID]analytics.Pos // covered, but not yet handed out again: a replay after a start
}

// tail is the size of the debt.
type tail struct {
	records int
	bytes   int64
	blocks  int
}

type uncovered struct {
	first, last analytics.Pos
	records     int
	order       uint64 // of the first: which site waits longest
}

// maxRelieving is how many sites store at the same time.
const maxRelieving = 16

func newCoverage(log EventLog, debt Debt, request func(analytics.SiteID), shorten func()) *coverage {
	return &coverage{
		debt: debt, log: log, request: request, shorten: shorten, sites: make(map[analytics.SiteID]*uncovered), underWay: make(map[analytics.SiteID]bool),
		resting: make(map[analytics.SiteID]bool), ahead: make(map[analytics.SiteID]analytics.Pos),
	}
}

// handedOut notes a block before its sections are sent to the sites.
func (c *coverage) handedOut(p analytics.Partition, pos analytics.Pos, block *analytics.Block) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last[p] = pos
	for i := range block.Sections {
		s := &block.Sections[i]
		if ahead, ok := c.ahead[s.Site]; ok {
			if pos <= ahead {
				continue
			}
			delete(c.ahead, s.Site)
		}
		u := c.sites[s.Site]
		if u == nil {
			c.order++
			u = &uncovered{first: pos, order: c.order}
			c.sites[s.Site] = u
		}
		u.last = pos
		u.records += s.Count
		c.records += s.Count
		if u.records >= c.debt.SiteRecords {
			c.ask(s.Site)
		}
	}
	c.next()
}

// covered notes that the site's durable checkpoint covers its records up to pos, and lets the log forget what all sites have covered.
func (c *coverage) covered(site analytics.SiteID, pos analytics.Pos) error {
	c.mu.Lock()
	delete(c.underWay, site)
	delete(c.resting, site)
	p := site.Partition()
	if pos > c.last[p] {
		c.ahead[site] = pos
	}
	if u := c.sites[site]; u != nil {
		if u.last <= pos {
			c.records -= u.records
			delete(c.sites, site)
		} else if pos >= u.first {
			// how many of its records came after pos is not known; half is a guess that heals with the next checkpoint
			c.records -= u.records / 2
			u.records -= u.records / 2
			c.order++
			u.first, u.order = pos+1, c.order
		}
	}
	bound := c.needed(p)
	c.mu.Unlock()
	err := c.log.TruncateBefore(p, bound)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.next() // it measures what is left of the log
	return err
}

// ask requests a checkpoint, unless one is under way or the site is resting; c.mu is held.
func (c *coverage) ask(site analytics.SiteID) {
	if !c.underWay[site] && !c.resting[site] {
		c.underWay[site] = true
		c.request(site)
	}
}

// failed notes that a site could not be asked for a checkpoint.
func (c *coverage) failed(site analytics.SiteID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.underWay, site)
}

// rest notes that a site cannot store now: it is not asked to before rested, or before it covers something.
func (c *coverage) rest(site analytics.SiteID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.underWay, site)
	c.resting[site] = true
}

func (c *coverage) rested(site analytics.SiteID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.resting, site)
}

// next asks the sites that wait longest to store while the debt is too high; c.mu is held.
func (c *coverage) next() {
	over, half := c.measure()
	if over && !c.relieve {
		c.relieve, c.round = true, c.order
	} else if half {
		c.relieve = false
	}
	if !c.relieve || len(c.underWay) >= maxRelieving {
		return
	}
	if c.isHeld() { // the others would store again and again for nothing
		c.relieve, c.held = false, c.tail()
		if c.held.bytes >= max(c.debt.TailBytes, 2*c.short.bytes) || c.held.blocks >= max(c.debt.TailBlocks, 2*c.short.blocks) {
			c.shorten()
		}
		return
	}
	type candidate struct {
		site  analytics.SiteID
		order uint64
	}
	var oldest []candidate
	for site, u := range c.sites {
		if !c.underWay[site] && !c.resting[site] {
			oldest = append(oldest, candidate{site, u.order})
		}
	}
	slices.SortFunc(oldest, func(a, b candidate) int {
		if a.order < b.order {
			return -1
		}
		return 1
	})
	for _, o := range oldest[:min(len(oldest), maxRelieving-len(c.underWay))] {
		c.ask(o.site)
	}
}

// uncovered is the number of records that are in no checkpoint; of sites that stored some of theirs it is a guess.
func (c *coverage) uncovered() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.records
}

// firstUncovered is the position of the site's first record that is in no checkpoint; 0 when all are.
func (c *coverage) firstUncovered(site analytics.SiteID) analytics.Pos {
	c.mu.Lock()
	defer c.mu.Unlock()
	if u := c.sites[site]; u != nil {
		return u.first
	}
	return 0
}

// isHeld tells whether nobody has records from before the relieving began but sites that cannot store; c.mu is held.
func (c *coverage) isHeld() (held bool) {
	for site, u := range c.sites {
		switch {
		case c.resting[site]:
			held = true
		case u.order <= c.round:
			return false
		}
	}
	return held
}

// tail is the debt now; c.mu is held.
func (c *coverage) tail() tail {
	now := tail{records: c.records}
	if t, ok := c.log.(tailSizer); ok && len(c.sites) > 0 {
		now.bytes, now.blocks = t.TailBytes(), t.TailBlocks()
	}
	return now
}

// shortened notes that the log was written anew, without what others have stored.
func (c *coverage) shortened() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.short = c.tail()
}

// measure tells whether the debt is over its limit, and whether it is below half of it, both beyond what is held; c.mu is held.
func (c *coverage) measure() (over, half bool) {
	now := c.tail()
	c.held = tail{min(c.held.records, now.records), min(c.held.bytes, now.bytes), min(c.held.blocks, now.blocks)}
	records, bytes, blocks := now.records-c.held.records, now.bytes-c.held.bytes, now.blocks-c.held.blocks
	over = records >= c.debt.Records || bytes >= c.debt.TailBytes || blocks >= c.debt.TailBlocks
	half = records < c.debt.Records/2 && bytes < c.debt.TailBytes/2 && blocks < c.debt.TailBlocks/2
	return over, half
}
