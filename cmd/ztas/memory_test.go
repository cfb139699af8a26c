package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
)

func TestGrowth(t *testing.T) {
	f := func(live uint64, want int) {
		t.Helper()
		require.Equal(t, want, growth(live))
	}
	f(0, 400)
	f(20<<20, 400)
	f(64<<20, 200)
	f(96<<20, 100)
	f(4<<30, 100)
}

func TestSystemConfig(t *testing.T) {
	require.Equal(t, actors.DefaultConfig(), systemConfig(0), "the design's sizes are those of 256 MiB")
	small, large := systemConfig(64<<20), systemConfig(4<<30)
	require.EqualValues(t, 16<<20, small.States)
	require.EqualValues(t, 16<<20, small.TableCache)
	require.EqualValues(t, 4<<30-restMemory, large.States)
	require.Equal(t, actors.DefaultConfig().TableCache, large.TableCache)
	require.NoError(t, small.Validate())
}
