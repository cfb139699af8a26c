package log

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

func memoryBlock(s string) []actors.LogBlock {
	return []actors.LogBlock{{Partition: 1, Data: []byte(s)}}
}

func TestMemoryFaults(t *testing.T) {
	m := NewMemory()
	defer m.Close()
	first, second, third := errors.New("first"), errors.New("second"), errors.New("third")
	m.FailNext(first)
	m.FailNextWritten(second)
	_, err := m.Append(t.Context(), nil)
	require.NoError(t, err, "an append of nothing meets no fault")
	_, err = m.Append(t.Context(), memoryBlock("lost"))
	require.ErrorIs(t, err, first)
	_, err = m.Append(t.Context(), memoryBlock("late"))
	require.ErrorIs(t, err, second)
	m.OnAppend(func(blocks []actors.LogBlock) error {
		require.Equal(t, "refused", string(blocks[0].Data))
		return third
	})
	_, err = m.Append(t.Context(), memoryBlock("refused"))
	require.ErrorIs(t, err, third)
	m.OnAppend(nil)
	positions, err := m.Append(t.Context(), memoryBlock("kept"))
	require.NoError(t, err)
	require.Equal(t, []analytics.Pos{2}, positions)
	r, err := m.Read(t.Context(), 1, 1)
	require.NoError(t, err)
	for _, want := range []string{"late", "kept"} {
		_, data, err := r.Next(t.Context())
		require.NoError(t, err)
		require.Equal(t, want, string(data))
	}
}

// TestMemorySlow: in a simulation a slow append takes simulated time, the next one waits for it, and readers sleep durably.
func TestMemorySlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMemory()
		m.OnAppend(func([]actors.LogBlock) error {
			time.Sleep(time.Hour)
			return nil
		})
		start := time.Now()
		r, err := m.Read(t.Context(), 1, 1)
		require.NoError(t, err)
		for _, s := range []string{"a", "b"} {
			go m.Append(t.Context(), memoryBlock(s))
		}
		for i := 1; i <= 2; i++ {
			_, _, err := r.Next(t.Context())
			require.NoError(t, err)
			require.Equal(t, time.Duration(i)*time.Hour, time.Since(start))
		}
		go func() {
			synctest.Wait()
			m.Close()
		}()
		_, _, err = r.Next(t.Context())
		require.ErrorIs(t, err, actors.ErrLogClosed)
	})
}
