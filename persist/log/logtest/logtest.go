// Package logtest holds the conformance suite that every actors.EventLog of this product passes.
package logtest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/log"
)

// Log is what the suite tests: an EventLog that also tells how long its tail is.
type Log interface {
	actors.EventLog
	TailBytes() int64
	TailBlocks() int
	Oldest() (analytics.Partition, analytics.Pos, bool)
}

// Opener opens a log, and opens it again after it was closed.
type Opener func() Log

// Run runs the suite. newLog prepares a place for an empty log.
func Run(t *testing.T, newLog func(t *testing.T) Opener) {
	tests := []struct {
		name string
		test func(t *testing.T, open Opener)
	}{
		{"an empty log", testEmpty},
		{"positions are dense and in order", testOrder},
		{"one append writes many partitions", testManyPartitions},
		{"what cannot be appended", testRefused},
		{"a reader follows the tail", testFollow},
		{"a reader starts anywhere", testReadFrom},
		{"reopen keeps everything", testReopen},
		{"truncation forgets", testTruncate},
		{"truncation of one partition keeps the others", testTruncateShared},
		{"positions go on after the log was emptied", testEmptied},
		{"the tail is counted", testTail},
		{"rewritten blocks keep their positions", testRewrite},
		{"appends and truncations go on beside a rewrite", testRewriteBeside},
		{"a rewrite of what is forgotten meanwhile", testRewriteForgotten},
		{"a rewrite that fails changes nothing", testRewriteFails},
		{"concurrent appends", testConcurrent},
		{"a closed log", testClosed},
		{"a cancelled context", testCancelled},
		{"a closed reader", testReaderClosed},
		{"any block is kept as it is", testBytes},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.test(t, newLog(t)) })
	}
}

func testEmpty(t *testing.T, open Opener) {
	l := open()
	defer closeLog(t, l)
	for p := range analytics.Partition(analytics.Partitions) {
		requireBounds(t, l, p, 1, 1)
	}
	_, _, err := l.Bounds(analytics.Partitions)
	require.Error(t, err)
	_, err = l.Read(t.Context(), analytics.Partitions, 1)
	require.Error(t, err)
	require.Error(t, l.TruncateBefore(analytics.Partitions, 1))
	_, _, ok := l.Oldest()
	require.False(t, ok)
	pos, err := l.Append(t.Context(), nil)
	require.NoError(t, err)
	require.Empty(t, pos)
}

func testOrder(t *testing.T, open Opener) {
	l := open()
	defer closeLog(t, l)
	for i := 1; i <= 20; i++ {
		require.Equal(t, analytics.Pos(i), Append(t, l, 5, Block(5, i)))
		require.Equal(t, analytics.Pos(i), Append(t, l, 63, Block(63, i)))
	}
	requireBounds(t, l, 5, 1, 21)
	requireBounds(t, l, 4, 1, 1)
	requireBlocks(t, l, 5, 1, 20)
	requireBlocks(t, l, 63, 1, 20)
}

func testManyPartitions(t *testing.T, open Opener) {
	l := open()
	defer closeLog(t, l)
	for i := 1; i <= 3; i++ {
		var blocks []actors.LogBlock
		for p := range analytics.Partition(analytics.Partitions) {
			blocks = append(blocks, actors.LogBlock{Partition: analytics.Partitions - 1 - p, Data: Block(analytics.Partitions-1-p, i)})
		}
		positions, err := l.Append(t.Context(), blocks)
		require.NoError(t, err)
		require.Len(t, positions, analytics.Partitions)
		for _, pos := range positions {
			require.Equal(t, analytics.Pos(i), pos)
		}
	}
	for p := range analytics.Partition(analytics.Partitions) {
		requireBlocks(t, l, p, 1, 3)
	}
}

func testRefused(t *testing.T, open Opener) {
	l := open()
	defer closeLog(t, l)
	for name, blocks := range map[string][]actors.LogBlock{
		"two blocks of a partition": {{Partition: 1, Data: []byte("a")}, {Partition: 1, Data: []byte("b")}},
		"no such partition":         {{Partition: 1, Data: []byte("a")}, {Partition: analytics.Partitions, Data: []byte("b")}},
		"too large":                 {{Partition: 1, Data: make([]byte, 32<<20+1)}},
	} {
		_, err := l.Append(t.Context(), blocks)
		require.Error(t, err, name)
	}
	requireBounds(t, l, 1, 1, 1)
	require.Equal(t, analytics.Pos(1), Append(t, l, 1, Block(1, 1)))
}

func testFollow(t *testing.T, open Opener) {
	l := open()
	defer closeLog(t, l)
	const blocks = 50
	var readers sync.WaitGroup
	errs := make(chan error, 3)
	for range cap(errs) {
		r, err := l.Read(t.Context(), 7, 1)
		require.NoError(t, err)
		readers.Go(func() {
			defer r.Close()
			for i := 1; i <= blocks; i++ {
				pos, data, err := r.Next(t.Context())
				if err == nil && (pos != analytics.Pos(i) || string(data) != string(Block(7, i))) {
					err = fmt.Errorf("position %d: got %d, %q", i, pos, data)
				}
				if err != nil {
					errs <- err
					return
				}
			}
		})
	}
	for i := 1; i <= blocks; i++ {
		Append(t, l, 7, Block(7, i))
		Append(t, l, 8, Block(8, i))
	}
	readers.Wait()
	select {
	case err := <-errs:
		t.Fatal(err)
	default:
	}
}

func testReadFrom(t *testing.T, open Opener) {
	l := open()
	defer closeLog(t, l)
	for i := 1; i <= 10; i++ {
		Append(t, l, 2, Block(2, i))
	}
	requireBlocks(t, l, 2, 4, 10)
	requireBlocks(t, l, 2, 10, 10)
	_, err := l.Read(t.Context(), 2, 12)
	require.ErrorIs(t, err, log.ErrBeyondEnd)
	r, err := l.Read(t.Context(), 2, 0)
	require.NoError(t, err)
	requireNext(t, r, 2, 1)
	r, err = l.Read(t.Context(), 2, 11)
	require.NoError(t, err)
	Append(t, l, 2, Block(2, 11))
	requireNext(t, r, 2, 11)
}

func testReopen(t *testing.T, open Opener) {
	for round := range 3 {
		l := open()
		for p := range analytics.Partition(3) {
			requireBounds(t, l, p, 1, analytics.Pos(1+10*round))
			requireBlocks(t, l, p, 1, 10*round)
		}
		for i := range 10 {
			for p := range analytics.Partition(3) {
				Append(t, l, p, Block(p, 10*round+i+1))
			}
		}
		closeLog(t, l)
	}
}

func testConcurrent(t *testing.T, open Opener) {
	l := open()
	const writers, each = 8, 20
	var wg sync.WaitGroup
	given := make(chan analytics.Pos, writers*each)
	for range writers {
		wg.Go(func() {
			for range each {
				positions, err := l.Append(t.Context(), []actors.LogBlock{{Partition: 1, Data: []byte("x")}, {Partition: 2, Data: []byte("y")}})
				if err != nil || len(positions) != 2 || positions[0] != positions[1] {
					t.Errorf("append: %v, %v", positions, err)
					return
				}
				given <- positions[0]
			}
		})
	}
	wg.Wait()
	close(given)
	seen := map[analytics.Pos]bool{}
	for pos := range given {
		require.False(t, seen[pos], "position %d was given twice", pos)
		seen[pos] = true
	}
	require.Len(t, seen, writers*each)
	requireBounds(t, l, 1, 1, writers*each+1)
	closeLog(t, l)
	l = open()
	defer closeLog(t, l)
	requireBounds(t, l, 2, 1, writers*each+1)
}

func testClosed(t *testing.T, open Opener) {
	l := open()
	Append(t, l, 1, Block(1, 1))
	waiting, err := l.Read(t.Context(), 1, 2)
	require.NoError(t, err)
	behind, err := l.Read(t.Context(), 1, 1)
	require.NoError(t, err)
	failed := make(chan error)
	go func() {
		_, _, err := waiting.Next(t.Context())
		failed <- err
	}()
	require.NoError(t, l.Close())
	require.NoError(t, l.Close(), "again")
	require.ErrorIs(t, <-failed, actors.ErrLogClosed)
	_, _, err = behind.Next(t.Context())
	require.ErrorIs(t, err, actors.ErrLogClosed)
	_, err = l.Append(t.Context(), []actors.LogBlock{{Partition: 1, Data: Block(1, 2)}})
	require.ErrorIs(t, err, actors.ErrLogClosed)
	_, err = l.Read(t.Context(), 1, 1)
	require.ErrorIs(t, err, actors.ErrLogClosed)
	_, _, err = l.Bounds(1)
	require.ErrorIs(t, err, actors.ErrLogClosed)
	require.ErrorIs(t, l.TruncateBefore(1, 1), actors.ErrLogClosed)
	l = open()
	defer closeLog(t, l)
	requireBlocks(t, l, 1, 1, 1)
	_, _, err = behind.Next(t.Context())
	require.ErrorIs(t, err, actors.ErrLogClosed, "a reader from before stays closed")
}

func testCancelled(t *testing.T, open Opener) {
	l := open()
	defer closeLog(t, l)
	ctx, cancel := context.WithCancel(t.Context())
	r, err := l.Read(ctx, 1, 1)
	require.NoError(t, err)
	failed := make(chan error)
	go func() {
		_, _, err := r.Next(ctx)
		failed <- err
	}()
	cancel()
	require.ErrorIs(t, <-failed, context.Canceled)
	_, err = l.Append(ctx, []actors.LogBlock{{Partition: 1, Data: Block(1, 1)}})
	require.ErrorIs(t, err, context.Canceled)
	requireBounds(t, l, 1, 1, 1)
	Append(t, l, 1, Block(1, 1))
	requireNext(t, r, 1, 1) // the reader is as good as before
}

func testReaderClosed(t *testing.T, open Opener) {
	l := open()
	defer closeLog(t, l)
	r, err := l.Read(t.Context(), 1, 1)
	require.NoError(t, err)
	failed := make(chan error)
	go func() {
		_, _, err := r.Next(t.Context())
		failed <- err
	}()
	require.NoError(t, r.Close())
	require.ErrorIs(t, <-failed, actors.ErrLogClosed)
	Append(t, l, 1, Block(1, 1))
	_, _, err = r.Next(t.Context())
	require.ErrorIs(t, err, actors.ErrLogClosed)
	require.NoError(t, r.Close(), "again")
}

func testBytes(t *testing.T, open Opener) {
	l := open()
	large := make([]byte, 3<<20)
	for i := range large {
		large[i] = byte(i * 7)
	}
	blocks := [][]byte{{}, {0}, make([]byte, 100), large, []byte("zL")}
	for _, b := range blocks {
		Append(t, l, 1, b)
	}
	for range 2 {
		r, err := l.Read(t.Context(), 1, 1)
		require.NoError(t, err)
		for i, b := range blocks {
			_, data, err := r.Next(t.Context())
			require.NoError(t, err)
			require.Equal(t, string(b), string(data), "block %d", i)
		}
		closeLog(t, l)
		l = open()
	}
	closeLog(t, l)
}
