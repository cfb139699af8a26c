package actors

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// countedLog is as long as what was not cut of one partition.
type countedLog struct {
	EventLog
	first, next analytics.Pos
	held        bool // by another partition
}

func (l *countedLog) TailBytes() int64 { return 100 * int64(l.TailBlocks()) }
func (l *countedLog) TailBlocks() int  { return int(l.next - l.first) }

func (l *countedLog) TruncateBefore(_ analytics.Partition, pos analytics.Pos) error {
	if !l.held {
		l.first = max(l.first, pos)
	}
	return nil
}

// TestOnlyAHeldLogIsShortened: as long as every site can store, however late, nobody writes the log anew.
func TestOnlyAHeldLogIsShortened(t *testing.T) {
	const site = analytics.SiteID("site_aaaaaa")
	p := site.Partition()
	log := &countedLog{first: 1, next: 1}
	asked, shortened := 0, 0
	debt := Debt{SiteRecords: 1 << 20, Records: 1 << 20, TailBytes: 1 << 30, TailBlocks: 50}
	c := newCoverage(log, debt, func(analytics.SiteID) { asked++ }, func() { shortened++ })
	block := func(sites ...analytics.SiteID) {
		b := new(analytics.Block)
		for _, s := range sites {
			b.Sections = append(b.Sections, analytics.Section{Site: s, Count: 1})
		}
		log.next++
		c.handedOut(p, log.next-1, b)
	}
	for range 1000 {
		block(site)
		if asked > 0 && log.next%7 == 0 {
			asked = 0
			require.NoError(t, c.covered(site, log.next-3))
		}
	}
	require.Zero(t, shortened)
	require.Less(t, log.TailBlocks(), 100)

	const broken = analytics.SiteID("site_broken1")
	log.held = true
	c.handedOut(broken.Partition(), 1, &analytics.Block{Sections: []analytics.Section{{Site: broken, Count: 1}}})
	c.rest(broken)
	for range 200 {
		block(site)
		if asked > 0 {
			asked = 0
			require.NoError(t, c.covered(site, log.next-1))
		}
	}
	require.Positive(t, shortened)
}
