package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api"
	"github.com/ztas-io/ztas/api/auth"
	"github.com/ztas-io/ztas/persist/backup"
)

// instance is a running server.
type instance struct {
	logger   *slog.Logger
	data     string // the data directory
	addr     string
	failed   chan error
	sites    *api.Directory
	accounts *auth.Accounts
	activity *api.Activities
	closers  []closer // in the order of opening; Close goes backwards
}

type closer struct {
	what  string
	close func(context.Context) error
}

func (i *instance) onClose(what string, f func(context.Context) error) {
	i.closers = append(i.closers, closer{what, f})
}

// run starts the server and returns once it is ready to serve. It goes on until Close; ctx bounds only the start.
func run(ctx context.Context, cfg Config, logger *slog.Logger) (_ *instance, err error) {
	i := &instance{logger: logger, data: cfg.Data, failed: make(chan error, 4)}
	defer func() {
		if err != nil {
			err = errors.Join(err, stop(i))
		}
	}()
	i.limitMemory(int64(cfg.MemoryLimit))
	certificate, err := openCertificate(&cfg)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	if err := backup.Unfinished(cfg.Data); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	i.addr = listener.Addr().String()
	if cfg.PublicURL == "" {
		cfg.Listen = i.addr // with the port that was really given
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	gate := api.NewGate(programVersion(), time.Now, logger)
	edge := i.serve(certificate, gate, listener)
	if cfg.MetricsListen != "off" {
		if err := i.serveMetrics(cfg.MetricsListen, registry); err != nil {
			return nil, err
		}
	}
	server, err := i.wire(ctx, cfg, registry)
	if err != nil {
		return nil, err
	}
	i.onClose("HTTP", i.end(gate, edge))
	gate.Begin(server)
	logger.Info("serving", "address", i.addr, "data", cfg.Data, "version", programVersion())
	return i, nil
}

// Addr is the address really listened on, host:port.
func (i *instance) Addr() string { return i.addr }

// Failed yields the error of a server that cannot go on.
func (i *instance) Failed() <-chan error { return i.failed }

// Token makes an access token of the site's owner, for commands that act on the local data.
func (i *instance) Token(ctx context.Context, site analytics.SiteID) (string, error) {
	s, ok := i.sites.Site(site)
	if !ok {
		return "", fmt.Errorf("there is no site %s", site)
	}
	grant, err := i.accounts.Impersonate(s.OwnerID)
	if err != nil {
		return "", fmt.Errorf("token of the owner: %w", err)
	}
	return grant.Token, nil
}
