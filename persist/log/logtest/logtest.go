// Package logtest holds the conformance suite that every actors.EventLog of this product passes.
package logtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

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
