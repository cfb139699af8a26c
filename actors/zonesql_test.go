package actors_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
	"github.com/ztas-io/ztas/internal/testkit/compare"
)

// TestEverythingAfterZoneChange: a site's zone is changed four times, the last time back to the first, while events go on. After each change, and again
// after more events, every number of every report is what SQL says, with a visitor counted once per local day of the zone that the site has then.
func TestEverythingAfterZoneChange(t *testing.T) {
	zones := []string{"Asia/Kathmandu", "Pacific/Apia", "America/Santiago", "Europe/Dublin", "UTC", "Pacific/Kiritimati", "America/New_York"}
	large := 0
	for seed := range uint64(zoneSeeds) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			m := newMovingSite(t, seed)
			first := m.stream.Zone.Name()
			m.feed(12)
			for change := range 4 {
				zone := zones[(int(seed)*3+change*2+1)%len(zones)]
				if change == 3 {
					zone = first
				}
				m.move(zone)
				m.world.Compare()
				large += m.sys.LargeDays()
				m.feed(8)
				if change%2 == 1 {
					m.stop()
					m.start()
				}
				m.world.Compare()
				m.world.Realtime()
				large += m.sys.LargeDays()
			}
			m.stop()
			t.Logf("%d rows, %d questions, no difference", m.oracle.Len(), m.world.Asked())
		})
	}
	require.Positive(t, large)
	t.Logf("%d times a day was found that is asked in slices", large)
}

const zoneSeeds = 6

// movingSite is a site of a running system beside the recount of its rows.
type movingSite struct {
	*rig
	stream   *testkit.Stream
	oracle   *testkit.Oracle
	world    *compare.World
	revision int64
	fed      int
}

func newMovingSite(t *testing.T, seed uint64) *movingSite {
	m := &movingSite{rig: newRig(t), stream: testkit.RandomStream(seed)}
	goals := m.stream.Goals()
	m.oracle = testkit.NewOracle(t, goals...)
	m.cfg.Debt = actors.Debt{SiteRecords: 120, Records: 1_000_000, TailBytes: 1 << 30, TailBlocks: 1 << 20}
	if seed%2 == 1 { // days are asked in slices
		m.cfg.TableCache = 8 << 10
	}
	m.start()
	m.world = compare.New(t, askedSite, m.stream, m, m.oracle, goals)
	m.define(m.stream.Zone.Name())
	return m
}

func (m *movingSite) define(zone string) {
	m.t.Helper()
	m.revision++
	body, err := json.Marshal(analytics.SiteDefinition{Timezone: zone, MaxDimensionValues: 10_000, DedupKey: 42})
	require.NoError(m.t, err)
	d := analytics.Definition{Kind: "site", ID: string(askedSite), Revision: m.revision, Body: body}
	require.NoError(m.t, m.sys.Define(m.t.Context(), askedSite, d))
}

func (m *movingSite) move(name string) {
	m.t.Helper()
	zone, err := analytics.LoadZone(name)
	require.NoError(m.t, err)
	m.define(name)
	m.world.Move(zone)
}

// feed takes blocks of events, each with an id.
func (m *movingSite) feed(batches int) {
	m.t.Helper()
	for range batches {
		events := m.stream.Batch()
		m.now.Store(m.stream.Now)
		records := make([]analytics.Record, len(events))
		for i := range events {
			if m.fed++; events[i].ID == "" {
				events[i].ID = analytics.PackEventID(fmt.Sprintf("fresh-%08d", m.fed))
			}
			records[i].Event = &events[i]
		}
		receipt, stored := m.submit(askedSite, records...), 0
		for i := range events {
			if m.oracle.Add(&events[i], "") {
				stored++
			}
		}
		require.Equal(m.t, len(events)-receipt.Duplicates, stored)
	}
}

// The running system answers; it is another one after a restart.

func (m *movingSite) Stats(ctx context.Context, site analytics.SiteID, q analytics.StatsQuery) (*analytics.StatsReport, error) {
	return m.sys.Stats(ctx, site, q)
}

func (m *movingSite) Realtime(ctx context.Context, site analytics.SiteID, now int64, detail bool) (*analytics.RealtimeReport, error) {
	return m.sys.Realtime(ctx, site, now, detail)
}

func (m *movingSite) Sums(ctx context.Context, site analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	return m.sys.Sums(ctx, site, asks...)
}

func (m *movingSite) Tables(
	ctx context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error,
) error {
	return m.sys.Tables(ctx, site, first, last, newestFirst, f)
}
