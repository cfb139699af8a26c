package load

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Calls that wait for a slow one count from when they were due, so that one stall shows in many latencies.
func TestOpenLoopCountsFromTheSchedule(t *testing.T) {
	const stall = 100 * time.Millisecond
	var calls atomic.Int64
	got, err := OpenLoop(context.Background(), 1000, 50*time.Millisecond, 1, func(context.Context, int) error {
		if calls.Add(1) == 1 {
			<-time.After(stall)
		}
		return nil
	})
	require.NoError(t, err)
	require.Len(t, got, 50)
	require.EqualValues(t, 50, calls.Load())
	require.GreaterOrEqual(t, got.Quantile(0), stall-50*time.Millisecond, "the last call was due 50 ms before the stall ended")
	require.GreaterOrEqual(t, got.Quantile(1), stall)
}

func TestOpenLoopEndsWithTheFirstError(t *testing.T) {
	broken := errors.New("broken")
	var calls atomic.Int64
	_, err := OpenLoop(context.Background(), 1000, time.Hour, 4, func(context.Context, int) error {
		if calls.Add(1) == 10 {
			return broken
		}
		return nil
	})
	require.ErrorIs(t, err, broken)
}

func TestQuantile(t *testing.T) {
	l := make(Latencies, 100)
	for i := range l {
		l[i] = time.Duration(i + 1)
	}
	require.EqualValues(t, 1, l.Quantile(0))
	require.EqualValues(t, 51, l.Quantile(0.5))
	require.EqualValues(t, 100, l.Quantile(0.99))
	require.EqualValues(t, 100, l.Quantile(1))
	require.Zero(t, Latencies(nil).Quantile(0.5))
}
