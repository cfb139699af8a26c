package log

import (
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
)

func TestMetrics(t *testing.T) {
	registry := prometheus.NewRegistry()
	cfg := testConfig(t.TempDir())
	cfg.Metrics = NewMetrics(registry)
	disk := newFaultDisk()
	cfg.vfs = disk
	w := openTest(t, cfg)
	defer w.Close()
	r := rand.New(rand.NewPCG(45, 46))
	blocks := []actors.LogBlock{{Partition: 1, Data: testBlock(r, 56)}, {Partition: 2, Data: testBlock(r, 56)}}
	_, err := w.Append(t.Context(), blocks)
	require.NoError(t, err)
	disk.failNth(1, "sync", syscall.EIO)
	_, err = w.Append(t.Context(), blocks)
	require.Error(t, err)
	_, err = w.Append(t.Context(), blocks)
	require.NoError(t, err)
	require.NoError(t, w.TruncateBefore(1, 2))
	families, err := registry.Gather()
	require.NoError(t, err)
	got := map[string]float64{}
	for _, f := range families {
		m := f.GetMetric()[0]
		got[f.GetName()] = m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
	}
	require.Equal(t, map[string]float64{
		"ztas_log_append_duration_seconds": 2,
		"ztas_log_append_bytes_total":      400,
		"ztas_log_appended_blocks_total":   4,
		"ztas_log_tail_bytes":              500, // two blocks arrived late, one is forgotten
		"ztas_log_reopens_total":           1,
	}, got)
}
