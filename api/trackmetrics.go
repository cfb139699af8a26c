package api

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ztas-io/ztas/analytics"
)

// TrackMetrics counts what arrives at the ingest endpoints: received = stored + dropped + duplicate + rejected. The events of a request that
// failed as a whole (401 to 503) count nowhere; its sender sends them again.
type TrackMetrics struct {
	received, stored, duplicates, rejected prometheus.Counter
	dropped                                map[analytics.DropReason]prometheus.Counter
	requests                               [6]prometheus.Counter // by hundreds of the status
}

// NewTrackMetrics registers the metrics. It panics if they are registered already.
func NewTrackMetrics(r prometheus.Registerer) *TrackMetrics {
	counter := func(name, help string) prometheus.Counter {
		c := prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: help})
		r.MustRegister(c)
		return c
	}
	m := &TrackMetrics{
		received:   counter("ztas_ingest_received_events_total", "Events in requests that were answered."),
		stored:     counter("ztas_ingest_events_total", "Events that were stored."),
		duplicates: counter("ztas_ingest_duplicate_events_total", "Events whose id was known already."),
		rejected:   counter("ztas_ingest_rejected_events_total", "Events that were not valid."),
		dropped:    make(map[analytics.DropReason]prometheus.Counter),
	}
	dropped := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ztas_ingest_dropped_events_total", Help: "Valid events that were ignored, by reason.",
	}, []string{"reason"})
	for _, reason := range analytics.DropReasons() {
		m.dropped[reason] = dropped.WithLabelValues(reason.String())
	}
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ztas_ingest_requests_total", Help: "Requests to the ingest endpoints, by class of the answer's status.",
	}, []string{"status"})
	for i := 2; i < len(m.requests); i++ {
		m.requests[i] = requests.WithLabelValues(strconv.Itoa(i) + "xx")
	}
	r.MustRegister(dropped, requests)
	return m
}

// answered counts a request.
func (m *TrackMetrics) answered(status int) {
	if class := status / 100; class >= 2 && class < len(m.requests) {
		m.requests[class].Inc()
	}
}
