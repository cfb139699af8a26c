package store

import "github.com/prometheus/client_golang/prometheus"

// metrics are the store's numbers.
type metrics struct {
	commitDuration prometheus.Histogram
	blobBytes      prometheus.Counter
	files          prometheus.Gauge
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		commitDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:    "ztas_store_commit_duration_seconds",
			Help:    "Time of one transaction of the store, sync included.",
			Buckets: prometheus.ExponentialBuckets(0.0001, 2.5, 12), // 0.1 ms to 2.4 s
		}),
		blobBytes: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ztas_store_blob_bytes_total",
			Help: "Bytes of roots and blobs that were committed.",
		}),
		files: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "ztas_store_files",
			Help: "Blob files in use.",
		}),
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.commitDuration, m.blobBytes, m.files} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}
