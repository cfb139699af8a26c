package actors

import "github.com/prometheus/client_golang/prometheus"

// Metrics are the actors' counters.
type Metrics struct {
	Alive        prometheus.Gauge     // site actors
	StateBytes   prometheus.Gauge     // bytes of their states, about
	Passivations prometheus.Counter   // sites put to sleep
	Evicted      prometheus.Counter   // bytes of pages that left memory
	Recalled     prometheus.Counter   // pages that were read back
	Rebuilds     prometheus.Counter   // sites rebuilt after a failure
	Quarantined  prometheus.Counter   // records that panicked the fold
	DeadLetters  prometheus.Counter   // messages without receiver; always 0
	Unknown      prometheus.Counter   // messages no actor expects; always 0
	Busy         prometheus.Counter   // requests refused because the write path was full
	FoldLag      prometheus.Histogram // s, from the making of a block to its fold
	Checkpoint   prometheus.Histogram // s, encode and commit
}

// NewMetrics registers the metrics.
func NewMetrics(r prometheus.Registerer) *Metrics {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		r.MustRegister(c)
		return c
	}
	histogram := func(name, help string, buckets []float64) prometheus.Histogram {
		h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets})
		r.MustRegister(h)
		return h
	}
	m := &Metrics{
		Alive:        prometheus.NewGauge(prometheus.GaugeOpts{Name: "ztas_actors_alive", Help: "Site actors in memory."}),
		StateBytes:   prometheus.NewGauge(prometheus.GaugeOpts{Name: "ztas_actors_state_bytes", Help: "Bytes that the states of sites in memory take, about."}),
		Passivations: counter("ztas_actors_passivations_total", "Sites put to sleep."),
		Evicted:      counter("ztas_actors_evicted_bytes_total", "Bytes of pages of awake sites that left memory."),
		Recalled:     counter("ztas_actors_recalled_pages_total", "Pages that a record needed and that were read back."),
		Rebuilds:     counter("ztas_actors_rebuilds_total", "Sites rebuilt from checkpoint and log after a failure."),
		Quarantined:  counter("ztas_actors_quarantined_records_total", "Records that panicked the fold and were skipped."),
		DeadLetters:  counter("ztas_actors_dead_letters_total", "Messages that found no actor."),
		Unknown:      counter("ztas_actors_unknown_messages_total", "Messages that the receiver does not know."),
		Busy:         counter("ztas_ingest_busy_total", "Requests refused because the write path was full."),
		FoldLag: histogram("ztas_fold_lag_seconds", "Time from the making of a block to its fold.",
			prometheus.ExponentialBuckets(0.0005, 2, 15)),
		Checkpoint: histogram("ztas_checkpoint_duration_seconds", "Time to encode and commit a checkpoint.",
			prometheus.ExponentialBuckets(0.001, 2, 14)),
	}
	r.MustRegister(m.Alive, m.StateBytes)
	return m
}
