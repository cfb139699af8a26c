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

// serve answers requests from now on. Closing cuts off who waits for a start that failed: a server that has begun drains its requests before.
func (i *instance) serve(certificate *certificate, handler *api.Starting, listener net.Listener) *http.Server {
	server := handler.HTTPServer(i.addr)
	listener = api.Listen(listener)
	serve := func() error { return server.Serve(listener) }
	if certificate != nil {
		server.TLSConfig = certificate.config()
		certificate.keep(i, certificateEvery)
		serve = func() error { return server.ServeTLS(listener, "", "") }
	}
	i.onClose("connections", func(context.Context) error { return ignoreClosed(server.Close()) })
	go i.report("HTTP", serve)
	return server
}

// drain answers what is under way. Clients that are too slow to take it in time are cut off: they must not keep the rest from being stored.
func (i *instance) drain(what string, server *http.Server) func(context.Context) error {
	return func(ctx context.Context) error {
		err := server.Shutdown(ctx)
		if !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		i.logger.Warn("requests took too long and were cut off", "server", what)
		return ignoreClosed(server.Close())
	}
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
