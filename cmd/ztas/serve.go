package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/actors/outbox"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api"
	"github.com/ztas-io/ztas/api/auth"
	"github.com/ztas-io/ztas/ingest"
	"github.com/ztas-io/ztas/persist/backup"
	"github.com/ztas-io/ztas/persist/jwtkey"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/salts"
	"github.com/ztas-io/ztas/persist/store"
	"github.com/ztas-io/ztas/web"
	"github.com/ztas-io/ztas/ws"
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

// wire opens everything from the disk up: store, log, fold, accounts, live delivery, HTTP.
func (i *instance) wire(ctx context.Context, cfg Config, registry *prometheus.Registry) (*api.Server, error) {
	st, err := store.Open(store.Config{Dir: filepath.Join(cfg.Data, "store"), Logger: i.logger, Registerer: registry})
	if err != nil {
		return nil, err
	}
	i.onClose("store", func(context.Context) error { return st.Close() })
	if _, err := backup.Identify(st); err != nil { // made at the first start
		return nil, err
	}
	logCfg := logConfig(cfg.Data, cfg.MinFreeSpace)
	logCfg.Logger, logCfg.Metrics = i.logger, log.NewMetrics(registry)
	wal, err := log.Open(logCfg)
	if err != nil {
		return nil, repairable(cfg.Data, err)
	}
	i.onClose("log", func(context.Context) error { return wal.Close() })
	salt, err := salts.Open(filepath.Join(cfg.Data, "salts"), time.Now, i.logger)
	if err != nil {
		return nil, err
	}
	i.every("salts", time.Minute, func() {
		if err := salt.Sweep(); err != nil {
			i.logger.Error("salts could not be destroyed", "error", err)
		}
	})

	pulse := newPulse()
	live := new(liveHub)
	system, err := actors.New(systemConfig(int64(cfg.MemoryLimit)), wal, st, live, i.logger, actors.NewMetrics(tee{registry, pulse.registry}), time.Now)
	if err != nil {
		return nil, err
	}
	apiCfg := apiConfig(cfg)
	if len(apiCfg.Auth.Secret) == 0 {
		if apiCfg.Auth.Secret, err = jwtkey.Open(cfg.Data, st, i.logger); err != nil {
			return nil, err
		}
	}
	meta := shownMeta{metaStore{st}, live}
	if i.accounts, err = auth.Open(apiCfg.Auth, meta, time.Now, i.logger); err != nil {
		return nil, fmt.Errorf("open accounts: %w", err)
	}
	i.background("accounts", i.accounts.Run)
	i.onClose("use of keys", func(context.Context) error { return i.accounts.StoreUse() })
	if i.sites, err = api.OpenDirectory(apiCfg, meta, system, time.Now); err != nil {
		return nil, fmt.Errorf("open sites: %w", err)
	}
	if err := i.openActivities(meta); err != nil {
		return nil, err
	}
	catalog, err := api.OpenCatalog(meta)
	if err != nil {
		return nil, fmt.Errorf("open definitions: %w", err)
	}
	sealer, err := api.NewSealer(apiCfg.Auth.Secret)
	if err != nil {
		return nil, err
	}
	notify, err := i.openNotifier(cfg, shownOutboxMeta{outboxMeta{st}, live}, system, catalog, sealer, registry)
	if err != nil {
		return nil, err
	}
	live.alerts = notify.alerts
	if err := i.tellActivities(notify.outbox, live); err != nil {
		return nil, err
	}
	i.expireActivities(cfg.ActivityRetentionDays)

	if err := system.Start(); err != nil {
		return nil, repairable(cfg.Data, err)
	}
	i.onClose("actors", system.Stop)
	i.forward(system.Failure())
	if err := i.awaitReady(ctx, system); err != nil {
		return nil, err
	}
	if err := i.sites.ResumePending(ctx); err != nil {
		return nil, fmt.Errorf("resume pending definitions: %w", err)
	}
	copies := newBackups(cfg.Data, st, wal, system)
	if err := i.serveControl(cfg.Data, orders(copies, accountOrders{i.accounts, i.activity})); err != nil {
		return nil, err
	}
	notify.run(i)
	i.retain(system)
	access := api.NewAccess(i.accounts, i.sites)
	pictures, err := api.OpenPictures(meta)
	if err != nil {
		return nil, fmt.Errorf("open pictures: %w", err)
	}
	imports, err := api.OpenImports(meta)
	if err != nil {
		return nil, fmt.Errorf("open imports: %w", err)
	}
	diagnostics := api.NewDiagnostics(time.Now)
	purger := i.purger(meta, system, notify, catalog, pictures, imports, i.accounts, diagnostics)
	backfill := api.NewBackfiller(catalog, i.sites, system, time.Now, i.logger)
	i.background("backfill", backfill.Run)

	tickets := ws.NewTickets()
	wsMetrics, err := ws.NewMetrics(tee{registry, pulse.registry})
	if err != nil {
		return nil, err
	}
	clientIP := api.NewClientIP(cfg.Proxies)
	limiter := new(upgradeLimit)
	hub, err := ws.NewHub(wsConfig(cfg), ws.Deps{
		Reader: system, Sites: i.sites, Goals: catalog, Backfills: backfill, Recent: wsRecent{notify.effects},
		Triggers: wsTriggers{catalog}, Activity: i.activity, Authenticator: wsAccess{access, i.accounts},
		Authorizer: wsAccess{access, i.accounts}, Tickets: tickets, Limiter: limiter, ClientIP: clientIP, Logger: i.logger, Metrics: wsMetrics,
	})
	if err != nil {
		return nil, fmt.Errorf("live delivery: %w", err)
	}
	i.onClose("live delivery", hub.Close)
	live.hub.Store(hub)
	backfill.OnProgress(hub.Changed)

	geo, err := i.geoDatabase(cfg)
	if err != nil {
		return nil, err
	}
	pipeline, err := ingest.New(ingest.Config{Salts: salt, Geo: ingest.NewGeo(geo), MaxAge: cfg.IngestMaxAge})
	if err != nil {
		return nil, err
	}
	mailer, err := outbox.NewMailer(string(cfg.SMTPURL), cfg.MailFrom, i.logger)
	if err != nil {
		return nil, err
	}
	track := api.NewTrackHandler(trackConfig(cfg, diagnostics, i.logger), i.sites, system, access, pipeline, clientIP, api.NewTrackMetrics(tee{registry, pulse.registry}), time.Now)
	pulse.beat(time.Now())
	i.every("pulse", pulseEvery, func() { pulse.beat(time.Now()) })
	server, err := api.NewServer(api.Deps{
		Config: apiCfg, Access: access, Accounts: i.accounts, Sites: i.sites, Catalog: catalog, Backfill: backfill, Sealer: sealer,
		Hooks: notify.outbox, Preview: notify.alerts, Activity: i.activity, Mailer: apiMailer{mailer},
		Pictures: pictures, Purger: purger, Reader: system, Track: track, Compat: api.NewCompatHandler(track, i.sites), Tickets: apiTickets{tickets}, WebSocket: hub.Handler(), Web: web.Handler(),
		Imports: imports, History: system, Diagnostics: diagnostics, Demo: demoFiller{track},
		Machine: &machine{cfg.Data, int64(cfg.MemoryLimit), pulse, system, wal, copies, geo},
		Ready:   system, Version: programVersion(), Now: time.Now, Log: i.logger,
	})
	if err != nil {
		return nil, err
	}
	limiter.server.Store(server)
	i.onClose("mail", server.FinishMail)
	i.background("deleted accounts", server.FinishDepartures)
	return server, nil
}

// geoDatabase opens the operator's look-up file; nil when none is named.
func (i *instance) geoDatabase(cfg Config) (*ingest.GeoDatabase, error) {
	if cfg.GeoDBPath == "" {
		return nil, nil
	}
	database, err := ingest.OpenGeoDatabase(cfg.GeoDBPath)
	if err != nil {
		return nil, fmt.Errorf("open GEO_DB_PATH: %w", err)
	}
	i.every("geo database", time.Minute, func() {
		if _, err := database.Reload(); err != nil {
			i.logger.Error("geo database could not be read again; the old one stays", "error", err)
		}
	})
	return database, nil
}

// awaitReady waits until the log that was there at start is folded.
func (i *instance) awaitReady(ctx context.Context, system *actors.System) error {
	started := time.Now()
	for !system.Ready() {
		select {
		case err := <-i.failed:
			return err
		case <-ctx.Done():
			return fmt.Errorf("replay: %w", ctx.Err())
		case <-time.After(2 * time.Millisecond):
		}
	}
	i.logger.Debug("log replayed", "took", time.Since(started))
	return nil
}

// forward passes the system's failure on.
func (i *instance) forward(failure <-chan error) {
	i.background("failures", func(ctx context.Context) {
		select {
		case err := <-failure:
			i.failed <- repairable(i.data, err)
		case <-ctx.Done():
		}
	})
}

// background runs f until Close.
func (i *instance) background(what string, f func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	i.onClose(what, func(context.Context) error {
		cancel()
		<-done
		return nil
	})
}

// every calls f once an interval until Close.
func (i *instance) every(what string, interval time.Duration, f func()) {
	i.background(what, func(ctx context.Context) {
		t := time.NewTicker(interval)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				f()
			case <-ctx.Done():
				return
			}
		}
	})
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
