package main

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
)

func TestRuntimeLimit(t *testing.T) {
	const mib = 1 << 20
	f := func(limit int64, live, beside uint64, want int64, over bool) {
		t.Helper()
		got, is := runtimeLimit(limit, live, beside)
		require.Equal(t, want, got)
		require.Equal(t, over, is)
	}
	f(0, 0, 0, 232*mib, false)
	f(0, 100*mib, 0, 232*mib, false)
	f(0, 100*mib, 90*mib, 247*mib, true)
	f(0, 400*mib, 10*mib, 542*mib, true)
	f(512*mib, 0, 100*mib, 464*mib, false)
	f(512*mib, 408*mib, 0, 464*mib, false)
	f(512*mib, 408*mib, 5*mib, 464*mib, false)
	f(512*mib, 408*mib, 6*mib, 465*mib, true)
	f(512*mib, 4096*mib, 64*mib, 4672*mib, true)
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
