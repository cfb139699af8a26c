package log

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Metrics are the log's measures.
type Metrics struct {
	appendDuration prometheus.Histogram
	appendBytes    prometheus.Counter
	appendedBlocks prometheus.Counter
	tailBytes      prometheus.Gauge
	reopens        prometheus.Counter
}

// NewMetrics makes the metrics and registers them; nil registers nowhere. It panics when they are registered already.
func NewMetrics(r prometheus.Registerer) *Metrics {
	f := promauto.With(r)
	return &Metrics{
		appendDuration: f.NewHistogram(prometheus.HistogramOpts{
			Name:    "ztas_log_append_duration_seconds",
			Help:    "Time to write and sync one commit.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2, 14),
		}),
		appendBytes: f.NewCounter(prometheus.CounterOpts{
			Name: "ztas_log_append_bytes_total",
			Help: "Bytes of synced frames.",
		}),
		appendedBlocks: f.NewCounter(prometheus.CounterOpts{
			Name: "ztas_log_appended_blocks_total",
			Help: "Blocks that were synced.",
		}),
		tailBytes: f.NewGauge(prometheus.GaugeOpts{
			Name: "ztas_log_tail_bytes",
			Help: "Bytes from the oldest block that no checkpoint covers to the end.",
		}),
		reopens: f.NewCounter(prometheus.CounterOpts{
			Name: "ztas_log_reopens_total",
			Help: "Times the log was opened again after a storage error.",
		}),
	}
}
