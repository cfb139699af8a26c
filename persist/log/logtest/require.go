package logtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// Block is the test's block for a position: readable, and of one length.
func Block(p analytics.Partition, i int) []byte {
	return fmt.Appendf(nil, "partition %02d block %06d", p, i)
}

// Append appends one block and returns its position.
func Append(t *testing.T, l actors.EventLog, p analytics.Partition, data []byte) analytics.Pos {
	t.Helper()
	positions, err := l.Append(t.Context(), []actors.LogBlock{{Partition: p, Data: data}})
	require.NoError(t, err)
	require.Len(t, positions, 1)
	return positions[0]
}

func requireBounds(t *testing.T, l Log, p analytics.Partition, first, next analytics.Pos) {
	t.Helper()
	f, n, err := l.Bounds(p)
	require.NoError(t, err)
	require.Equal(t, []analytics.Pos{first, next}, []analytics.Pos{f, n}, "bounds of partition %d", p)
}

// requireBlocks reads the positions from first to last, both included.
func requireBlocks(t *testing.T, l Log, p analytics.Partition, first, last int) {
	t.Helper()
	r, err := l.Read(t.Context(), p, analytics.Pos(first))
	require.NoError(t, err)
	defer r.Close()
	for i := first; i <= last; i++ {
		requireNext(t, r, p, i)
	}
}

func requireNext(t *testing.T, r actors.BlockReader, p analytics.Partition, i int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	pos, data, err := r.Next(ctx)
	require.NoError(t, err)
	require.Equal(t, analytics.Pos(i), pos)
	require.Equal(t, string(Block(p, i)), string(data))
}

func requireOldest(t *testing.T, l Log, p analytics.Partition, pos analytics.Pos) {
	t.Helper()
	gotP, gotPos, ok := l.Oldest()
	require.True(t, ok)
	require.Equal(t, p, gotP)
	require.Equal(t, pos, gotPos)
}

func closeLog(t *testing.T, l Log) {
	t.Helper()
	require.NoError(t, l.Close())
}
