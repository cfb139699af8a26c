package ws

import (
	"fmt"

	"github.com/prometheus/client_golang/prometheus"
)

// Metrics are the numbers of live delivery. Safe for concurrent use.
type Metrics struct {
	clients       prometheus.Gauge
	subscriptions prometheus.Gauge
	framesSent    prometheus.Counter
	slowClients   prometheus.Counter
	droppedDeltas prometheus.Counter
}

// NewMetrics makes the metrics and registers them; a nil registerer leaves them unregistered.
func NewMetrics(to prometheus.Registerer) (*Metrics, error) {
	m := &Metrics{
		clients:       prometheus.NewGauge(prometheus.GaugeOpts{Name: "ztas_ws_clients", Help: "Open WebSocket connections."}),
		subscriptions: prometheus.NewGauge(prometheus.GaugeOpts{Name: "ztas_ws_subscriptions", Help: "Open subscriptions."}),
		framesSent:    prometheus.NewCounter(prometheus.CounterOpts{Name: "ztas_ws_frames_sent_total", Help: "Text frames sent."}),
		slowClients:   prometheus.NewCounter(prometheus.CounterOpts{Name: "ztas_ws_slow_clients_total", Help: "Connections cut because their client did not read."}),
		droppedDeltas: prometheus.NewCounter(prometheus.CounterOpts{Name: "ztas_ws_dropped_deltas_total", Help: "Deltas replaced by a fresh snapshot because a queue was full."}),
	}
	if to == nil {
		return m, nil
	}
	for _, c := range []prometheus.Collector{m.clients, m.subscriptions, m.framesSent, m.slowClients, m.droppedDeltas} {
		if err := to.Register(c); err != nil {
			return nil, fmt.Errorf("register metrics of ws: %w", err)
		}
	}
	return m, nil
}
