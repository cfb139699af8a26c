package analytics_test

import (
	"encoding/json"
	"errors"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// newSite is a state whose first block defined the site.
func newSite(t require.TestingT, zone string, limit int) *analytics.State {
	body, err := json.Marshal(analytics.SiteDefinition{Timezone: zone, MaxDimensionValues: limit, DedupKey: 42})
	require.NoError(t, err)
	s := analytics.NewState("site_abc123")
	var res analytics.Result
	s.ApplyAll(1, 0, []analytics.Record{{Define: &analytics.Definition{Kind: "site", ID: "site_abc123", Revision: 1, Body: body}}}, &res)
	return s
}

// fold sends the events through the bytes of a block, as the log would.
func fold(s *analytics.State, pos analytics.Pos, logical int64, events []analytics.Event) analytics.Result {
	var data []byte
	for i := range events {
		rec := analytics.Record{Event: &events[i]}
		data = rec.Encode(data)
	}
	block := analytics.Block{LogicalTime: logical, Sections: []analytics.Section{{Site: s.Site(), Count: len(events), Data: data}}}
	decoded, err := analytics.DecodeBlock(block.Encode())
	if err != nil {
		panic(err)
	}
	records, err := analytics.DecodeRecords(decoded.Sections[0].Data, decoded.Sections[0].Count)
	if err != nil {
		panic(err)
	}
	var res analytics.Result
	s.ApplyAll(pos, decoded.LogicalTime, records, &res)
	return res
}

// realtime is everything that is known of the last minutes.
func realtime(t require.TestingT, s *analytics.State, store analytics.Blobs, now int64) *analytics.RealtimeReport {
	r, _, err := s.Realtime(now, true, store)
	require.NoError(t, err)
	return r
}

func noRollups(uint64) (*analytics.Rollup, error) { return nil, errors.New("no rollup is stored") }

// blobs is a store of one site's checkpoints.
type blobs struct {
	testkit.Blobs
	root  []byte
	bases map[analytics.BaseKey]*analytics.StatsBase
	based int // answers from a kept sum
}

func (b *blobs) save(c *analytics.Checkpoint) {
	root, put, free, err := c.Encode(b)
	if err != nil {
		panic(err)
	}
	b.Commit(put, free)
	b.root = root
}

func (b *blobs) rollup(id uint64) (*analytics.Rollup, error) {
	data, err := b.Blob(id)
	if err != nil {
		return nil, err
	}
	return analytics.DecodeRollup(data)
}

// sums keeps what closed days sum up to for good.
func (b *blobs) sums(key analytics.BaseKey, sum func(analytics.Rollups) (*analytics.StatsBase, error)) (*analytics.StatsBase, error) {
	if base, ok := b.bases[key]; ok {
		b.based++
		return base, nil
	}
	if sum == nil {
		return nil, nil
	}
	base, err := sum(b.rollup)
	if err == nil {
		if b.bases == nil {
			b.bases = make(map[analytics.BaseKey]*analytics.StatsBase)
		}
		b.bases[key] = base
	}
	return base, err
}

// reload is the state after a checkpoint and a restart.
func reload(t require.TestingT, s *analytics.State, store *blobs) *analytics.State {
	c := s.BeginCheckpoint()
	store.save(c)
	s.Finish(c)
	loaded, err := analytics.LoadState(store.root, store, 0)
	require.NoError(t, err)
	return loaded
}
