package actors_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// TestBlocksOfASteadyClock: blocks say that their clock is steady from an hour after the start on, and not within an hour of a jump, also of one and
// back while nothing came.
func TestBlocksOfASteadyClock(t *testing.T) {
	testkit.WarmUp()
	synctest.Test(t, func(t *testing.T) {
		const site = analytics.SiteID("site_steady1")
		var offset atomic.Int64 // of the clock that people see, ms
		r := newRig(t)
		now := func() time.Time { return time.Now().Add(time.Duration(offset.Load()) * time.Millisecond) }
		var err error
		r.sys, err = actors.New(r.cfg, r.log, r.store, r, slog.New(slog.DiscardHandler), actors.NewMetrics(prometheus.NewRegistry()), now)
		require.NoError(t, err)
		r.run()
		defer r.stop()
		r.define(site)
		sent := 0
		steady := func() bool {
			t.Helper()
			sent++
			r.submit(site, pageview(fmt.Sprintf("event-%d", sent), 1, now().UnixMilli()))
			_, next, err := r.log.Bounds(site.Partition())
			require.NoError(t, err)
			reader, err := r.log.Read(context.Background(), site.Partition(), next-1)
			require.NoError(t, err)
			defer reader.Close()
			_, data, err := reader.Next(context.Background())
			require.NoError(t, err)
			block, err := analytics.DecodeBlock(data)
			require.NoError(t, err)
			require.Len(t, block.Sections, 1)
			require.Equal(t, site, block.Sections[0].Site)
			return block.Steady
		}
		require.False(t, steady())
		time.Sleep(59 * time.Minute)
		require.False(t, steady())
		time.Sleep(time.Minute)
		require.True(t, steady())
		time.Sleep(24 * time.Hour)
		require.True(t, steady(), "nothing came for a day")

		offset.Add(400 * 86_400_000)
		require.False(t, steady())
		time.Sleep(61 * time.Minute)
		require.True(t, steady(), "it stayed")

		offset.Add(-86_400_000)
		time.Sleep(time.Minute)
		offset.Add(86_400_000)
		time.Sleep(time.Minute)
		require.False(t, steady(), "it was away and came back")
	})
}
