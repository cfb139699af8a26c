package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/bench/load"
)

func TestParseStat(t *testing.T) {
	got, err := parseStat("42 (a ) b) S 1 2 3 4 5 6 7 8 9 10 250 50 7 7 20 0 9 0 1 1 1")
	require.NoError(t, err)
	require.Equal(t, 3*time.Second, got)
	for _, bad := range []string{"", "42 (a) S 1 2 3", "42 (a) S 1 2 3 4 5 6 7 8 9 10 x 50 7"} {
		_, err := parseStat(bad)
		require.Error(t, err, bad)
	}
}

func TestQuantile(t *testing.T) {
	var r liveResult
	for n := range 160 {
		r.latencies = append(r.latencies, time.Duration(n+1))
	}
	require.EqualValues(t, 80, r.quantile(0.5))
	require.EqualValues(t, 159, r.quantile(0.99))
	require.EqualValues(t, 160, r.quantile(1))
	require.EqualValues(t, 1, r.quantile(0))
}

// A round in which one of the servers was lucky decides nothing.
func TestMedianRatio(t *testing.T) {
	micros := func(list ...int) (samples []sample) {
		for _, n := range list {
			samples = append(samples, sample{load.Result{Requests: 1, Events: 1, Elapsed: time.Second}, time.Duration(n) * time.Microsecond, time.Second})
		}
		return samples
	}
	require.InDelta(t, 1.6, medianRatio(micros(80, 80, 90), micros(50, 10, 60)), 1e-9)
	require.InDelta(t, 1.8, medianRatio(micros(30, 80, 100, 400), micros(20, 50, 50, 100)), 1e-9)
}

// The report judges by the numbers alone.
func TestVerdicts(t *testing.T) {
	s := func(cpu time.Duration, requests, events int64) []sample {
		return []sample{{load.Result{Requests: requests, Events: events, Elapsed: time.Second}, cpu, time.Second}}
	}
	r := report{
		ingest: ingestResult{empty: s(time.Second, 1000, 1000), single: s(2040*time.Millisecond, 1000, 600), batch: s(time.Second, 10, 900_000)},
		live:   []liveResult{{wanted: 10, latencies: []time.Duration{200 * time.Millisecond}}},
	}
	rows := r.rows()
	require.Len(t, rows, 4)
	require.Equal(t, "**missed**, 20 % above the gate", rows[0].verdict())
	require.Equal(t, "stretch reached", rows[1].verdict())
	require.Equal(t, "stretch reached", rows[2].verdict())
	require.Equal(t, "gate reached", rows[3].verdict())
	r.ingest.batch = s(time.Second, 10, 100_000)
	require.Equal(t, "**missed**, 75 % below the gate", r.rows()[2].verdict())
	require.Contains(t, r.markdown(), "| P3 | durable events/s in batches of 100, one core (events ÷ seconds of server CPU) | 100,000/s | ≥ 400,000/s | ≥ 800,000/s | **missed**, 75 % below the gate |")
}
