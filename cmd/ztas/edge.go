package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ztas-io/ztas/api"
)

func (i *instance) serveMetrics(addr string, registry *prometheus.Registry) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listen for metrics (METRICS_LISTEN=off for none): %w", err)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	i.onClose("metrics", i.drain("metrics", server))
	go i.report("metrics", func() error { return server.Serve(listener) })
	return nil
}

// lastAnswers is how long the very last answers, that the server stops, may take to be sent.
const lastAnswers = 500 * time.Millisecond

// serve answers requests from now on. The address is given back at the end of all: while the rest is closed the gate tells who comes that the server
// stops, as it tells those who wait for a start that failed.
func (i *instance) serve(certificate *certificate, gate *api.Gate, listener net.Listener) *http.Server {
	server := gate.HTTPServer(i.addr)
	listener = api.Listen(listener)
	serve := func() error { return server.Serve(listener) }
	if certificate != nil {
		server.TLSConfig = certificate.config()
		certificate.keep(i, certificateEvery)
		serve = func() error { return server.ServeTLS(listener, "", "") }
	}
	i.onClose("connections", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, lastAnswers)
		defer cancel()
		_ = gate.End(ctx)
		_ = server.Shutdown(ctx) // what it did not end, Close does
		return ignoreClosed(server.Close())
	})
	go i.report("HTTP", serve)
	return server
}

// end answers what is under way. Clients that are too slow to take it in time are cut off, and the address with them: they must not keep the rest
// from being stored.
func (i *instance) end(gate *api.Gate, server *http.Server) func(context.Context) error {
	return func(ctx context.Context) error {
		if gate.End(ctx) == nil {
			return nil
		}
		return i.cutOff("HTTP", server)
	}
}

// drain answers what is under way, and nothing that comes. Clients that are too slow to take it in time are cut off.
func (i *instance) drain(what string, server *http.Server) func(context.Context) error {
	return func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		if !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		return i.cutOff(what, server)
	}
}

func (i *instance) cutOff(what string, server *http.Server) error {
	i.logger.Warn("requests took too long and were cut off", "server", what)
	return ignoreClosed(server.Close())
}

// report passes a server's error on; that it was closed is none.
func (i *instance) report(what string, serve func() error) {
	if err := serve(); err != nil && !errors.Is(err, http.ErrServerClosed) {
		i.failed <- fmt.Errorf("%s: %w", what, err)
	}
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
