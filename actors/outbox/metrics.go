package outbox

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are the outbox's numbers.
type metrics struct {
	delivered *prometheus.CounterVec // by outcome
	pending   prometheus.Gauge
	inFlight  prometheus.Gauge
	attempt   prometheus.Histogram
	commits   prometheus.Counter // of the store that failed, or that it can never take
}

// Outcomes of an attempt, or of a message that had none.
const (
	outcomeSucceeded = "succeeded"
	outcomeRetried   = "retried"  // another attempt follows
	outcomeFailed    = "failed"   // for good
	outcomeOverflow  = "overflow" // dropped from a full backlog
	outcomeInactive  = "inactive" // its webhook is switched off, or does not hear of the event any more
	outcomeTooLarge  = "too_large"
)

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		delivered: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "ztas_outbox_delivered_total", Help: "Attempts to deliver a message, by outcome.",
		}, []string{"outcome"}),
		pending:  prometheus.NewGauge(prometheus.GaugeOpts{Name: "ztas_outbox_pending", Help: "Messages that wait to be delivered."}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{Name: "ztas_outbox_in_flight", Help: "Messages that are being delivered."}),
		attempt: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "ztas_outbox_attempt_duration_seconds", Help: "Time of one attempt.", Buckets: prometheus.ExponentialBuckets(0.005, 2, 11),
		}),
		commits: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ztas_outbox_store_errors_total", Help: "Transactions of the outbox that failed and are tried again, and values too large for one.",
		}),
	}
	for _, o := range []string{outcomeSucceeded, outcomeRetried, outcomeFailed, outcomeOverflow, outcomeInactive, outcomeTooLarge} {
		m.delivered.WithLabelValues(o)
	}
	if reg == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.delivered, m.pending, m.inFlight, m.attempt, m.commits} {
		if err := reg.Register(c); err != nil {
			return nil, fmt.Errorf("metrics of the outbox: %w", err)
		}
	}
	return m, nil
}
