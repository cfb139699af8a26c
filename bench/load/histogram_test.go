package load

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestHistogram(t *testing.T) {
	var h Histogram
	require.Zero(t, h.Quantile(0.99))
	for n := 1; n <= 1000; n++ {
		h.Add(time.Duration(n) * time.Millisecond)
	}
	require.EqualValues(t, 1000, h.Count())
	require.Equal(t, time.Second, h.Max())
	require.Equal(t, time.Second, h.Quantile(1))
	for _, q := range []float64{0.001, 0.5, 0.99, 0.999} {
		want := time.Duration(1000*q) * time.Millisecond
		require.GreaterOrEqual(t, h.Quantile(q), want, q)
		require.LessOrEqual(t, h.Quantile(q), want+histogramStep, q)
	}
	h.Add(2 * histogramEnd)
	require.Equal(t, 2*histogramEnd, h.Max())
	h.Reset()
	require.Zero(t, h.Count())
	require.Zero(t, h.Quantile(1))
	h.Add(-time.Second) // clocks may jump
	require.Zero(t, h.Quantile(1))
}
