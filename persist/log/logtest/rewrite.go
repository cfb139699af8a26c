package logtest

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

func testRewrite(t *testing.T, open Opener) {
	l := open()
	for range 200 {
		_, err := l.Append(t.Context(), []actors.LogBlock{{Partition: 0, Data: []byte("old")}, {Partition: 1, Data: []byte("old")}, {Partition: 2, Data: []byte("old")}})
		require.NoError(t, err)
	}
	require.NoError(t, l.TruncateBefore(0, 201))
	require.NoError(t, l.TruncateBefore(1, 51))
	follower, err := l.Read(t.Context(), 1, 201)
	require.NoError(t, err)
	n := 0
	for round := range 2 {
		n = 0
		require.NoError(t, l.Rewrite(t.Context(), atOnce, func(block []byte) ([]byte, error) {
			require.Equal(t, []string{"old", "new"}[round], string(block))
			n++
			return []byte("new"), nil
		}))
		require.Equal(t, 350, n, "nothing is asked that the log may forget")
	}
	require.Equal(t, 350, l.TailBlocks())
	requireOldest(t, l, 2, 1)
	check := func() {
		requireBounds(t, l, 0, 201, 201)
		requireBounds(t, l, 1, 51, 201)
		requireBounds(t, l, 2, 1, 201)
		for p, from := range map[analytics.Partition]analytics.Pos{1: 51, 2: 1} {
			r, err := l.Read(t.Context(), p, from)
			require.NoError(t, err)
			for pos := from; pos < 201; pos++ {
				at, data, err := r.Next(t.Context())
				require.NoError(t, err)
				require.Equal(t, pos, at)
				require.Equal(t, "new", string(data))
			}
		}
	}
	check()
	closeLog(t, l)
	l = open()
	check()
	for p := range analytics.Partition(3) {
		require.Equal(t, analytics.Pos(201), Append(t, l, p, Block(p, 201)))
		requireBlocks(t, l, p, 201, 201)
	}
	_, _, err = follower.Next(t.Context())
	require.ErrorIs(t, err, actors.ErrLogClosed)
	for p := range analytics.Partition(3) {
		require.NoError(t, l.TruncateBefore(p, 202))
	}
	require.NoError(t, l.Rewrite(t.Context(), atOnce, func([]byte) ([]byte, error) { panic("there is no block") }))
	require.Zero(t, l.TailBlocks())
	closeLog(t, l)
	l = open()
	defer closeLog(t, l)
	for p := range analytics.Partition(3) {
		requireBounds(t, l, p, 202, 202)
		require.Equal(t, analytics.Pos(202), Append(t, l, p, Block(p, 202)))
	}
}

func testRewriteBeside(t *testing.T, open Opener) {
	l := open()
	for i := 1; i <= 50; i++ {
		Append(t, l, 1, Block(1, i))
		Append(t, l, 2, Block(2, i))
	}
	n := 0
	require.NoError(t, l.Rewrite(t.Context(), func() error {
		Append(t, l, 1, Block(1, 51))
		return l.TruncateBefore(1, 11)
	}, func([]byte) ([]byte, error) {
		if n++; n == 20 {
			Append(t, l, 1, Block(1, 52))
			Append(t, l, 2, Block(2, 51))
			require.NoError(t, l.TruncateBefore(1, 21))
			require.NoError(t, l.TruncateBefore(2, 6))
			requireBlocks(t, l, 1, 21, 52)
		}
		return []byte("new"), nil
	}))
	require.Equal(t, 40+50, n)
	for range 2 {
		requireBounds(t, l, 1, 21, 53)
		requireBounds(t, l, 2, 6, 52)
		for p, from := range map[analytics.Partition]analytics.Pos{1: 21, 2: 6} {
			r, err := l.Read(t.Context(), p, from)
			require.NoError(t, err)
			for ; from <= 50; from++ {
				at, data, err := r.Next(t.Context())
				require.NoError(t, err)
				require.Equal(t, from, at)
				require.Equal(t, "new", string(data))
			}
		}
		requireBlocks(t, l, 1, 51, 52)
		requireBlocks(t, l, 2, 51, 51)
		requireOldest(t, l, 2, 6)
		closeLog(t, l)
		l = open()
	}
	require.Equal(t, analytics.Pos(53), Append(t, l, 1, Block(1, 53)))
	closeLog(t, l)
}

func testRewriteForgotten(t *testing.T, open Opener) {
	l := open()
	next := 1
	for _, later := range []int{0, 1, 5} {
		for range 5 {
			Append(t, l, 1, Block(1, next))
			next++
		}
		require.NoError(t, l.Rewrite(t.Context(), func() error {
			for range later {
				Append(t, l, 1, Block(1, next))
				next++
			}
			return l.TruncateBefore(1, analytics.Pos(next-later/2))
		}, func([]byte) ([]byte, error) { panic("nothing is kept") }))
		for range 2 {
			requireBounds(t, l, 1, analytics.Pos(next-later/2), analytics.Pos(next))
			requireBlocks(t, l, 1, next-later/2, next-1)
			closeLog(t, l)
			l = open()
		}
	}
	closeLog(t, l)
}

// atOnce has nothing to settle.
func atOnce() error { return nil }

func testRewriteFails(t *testing.T, open Opener) {
	l := open()
	for i := 1; i <= 200; i++ {
		Append(t, l, 1, Block(1, i))
	}
	follower, err := l.Read(t.Context(), 1, 201)
	require.NoError(t, err)
	n, wrong := 0, errors.New("wrong")
	require.ErrorIs(t, l.Rewrite(t.Context(), atOnce, func([]byte) ([]byte, error) {
		if n++; n == 150 {
			return nil, wrong
		}
		return []byte("new"), nil
	}), wrong)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, l.Rewrite(ctx, atOnce, func(block []byte) ([]byte, error) { return block, nil }), context.Canceled)
	requireBlocks(t, l, 1, 1, 200)
	Append(t, l, 1, Block(1, 201))
	requireNext(t, follower, 1, 201)
	closeLog(t, l)
	require.ErrorIs(t, l.Rewrite(t.Context(), atOnce, func(block []byte) ([]byte, error) { return block, nil }), actors.ErrLogClosed)
	l = open()
	defer closeLog(t, l)
	requireBlocks(t, l, 1, 1, 201)
}
