package logtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/log"
)

func testTruncate(t *testing.T, open Opener) {
	l := open()
	for i := 1; i <= 10; i++ {
		Append(t, l, 1, Block(1, i))
	}
	r, err := l.Read(t.Context(), 1, 3)
	require.NoError(t, err)
	require.ErrorIs(t, l.TruncateBefore(1, 12), log.ErrBeyondEnd)
	require.NoError(t, l.TruncateBefore(1, 6))
	require.NoError(t, l.TruncateBefore(1, 2), "an older position changes nothing")
	check := func() {
		requireBounds(t, l, 1, 6, 11)
		_, err = l.Read(t.Context(), 1, 5)
		require.ErrorIs(t, err, log.ErrTruncated)
		requireBlocks(t, l, 1, 6, 10)
	}
	check()
	_, _, err = r.Next(t.Context())
	require.ErrorIs(t, err, log.ErrTruncated, "a reader that was overtaken gets no other block")
	closeLog(t, l)
	l = open()
	defer closeLog(t, l)
	check()
	require.Equal(t, analytics.Pos(11), Append(t, l, 1, Block(1, 11)))
}

func testTruncateShared(t *testing.T, open Opener) {
	l := open()
	const blocks = 1100 // enough for a physical cut
	for i := 1; i <= blocks; i++ {
		_, err := l.Append(t.Context(), []actors.LogBlock{{Partition: 1, Data: Block(1, i)}, {Partition: 2, Data: Block(2, i)}})
		require.NoError(t, err)
	}
	require.NoError(t, l.TruncateBefore(1, blocks))
	requireBlocks(t, l, 2, 1, blocks)
	require.NoError(t, l.TruncateBefore(2, 900))
	requireBounds(t, l, 1, blocks, blocks+1)
	requireBounds(t, l, 2, 900, blocks+1)
	requireBlocks(t, l, 2, 900, blocks)
	closeLog(t, l)
	l = open()
	defer closeLog(t, l)
	requireBounds(t, l, 1, blocks, blocks+1)
	requireBlocks(t, l, 1, blocks, blocks)
	requireBlocks(t, l, 2, 900, blocks)
}

func testEmptied(t *testing.T, open Opener) {
	l := open()
	next := analytics.Pos(1)
	for round := range 4 {
		for range 5 {
			require.Equal(t, next, Append(t, l, 9, Block(9, int(next))))
			next++
		}
		require.NoError(t, l.TruncateBefore(9, next))
		require.Zero(t, l.TailBytes())
		requireBounds(t, l, 9, next, next)
		if round != 2 { // once without
			closeLog(t, l)
			l = open()
		}
		requireBounds(t, l, 9, next, next)
		requireBounds(t, l, 10, 1, 1)
	}
	closeLog(t, l)
	l = open() // twice in a row, with nothing written between
	defer closeLog(t, l)
	require.Equal(t, next, Append(t, l, 9, Block(9, int(next))))
	requireBlocks(t, l, 9, int(next), int(next))
	require.Equal(t, analytics.Pos(1), Append(t, l, 10, Block(10, 1)))
}

func testTail(t *testing.T, open Opener) {
	l := open()
	require.Zero(t, l.TailBytes())
	for i := 1; i <= 4; i++ {
		Append(t, l, 3, Block(3, i))
		Append(t, l, 4, Block(4, i))
	}
	require.Equal(t, 8, l.TailBlocks())
	whole := l.TailBytes()
	require.Greater(t, whole, int64(8*len(Block(3, 1))))
	requireOldest(t, l, 3, 1)
	require.NoError(t, l.TruncateBefore(4, 5))
	require.Equal(t, 8, l.TailBlocks(), "partition 3 still needs the first")
	require.NoError(t, l.TruncateBefore(3, 2))
	require.Equal(t, 6, l.TailBlocks())
	require.Equal(t, whole/8*6, l.TailBytes())
	requireOldest(t, l, 3, 2)
	closeLog(t, l)
	l = open()
	defer closeLog(t, l)
	require.Equal(t, 6, l.TailBlocks())
	require.Equal(t, whole/8*6, l.TailBytes())
	requireOldest(t, l, 3, 2)
	require.NoError(t, l.TruncateBefore(3, 5))
	require.Zero(t, l.TailBlocks())
	require.Zero(t, l.TailBytes())
}
