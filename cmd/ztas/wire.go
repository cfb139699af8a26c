package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/actors/outbox"
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

// wiring is what a server is made of while it is being opened. Each step opens one layer on top of those before it.
type wiring struct {
	*instance
	cfg      Config
	api      api.Config
	registry *prometheus.Registry
	pulse    *pulse

	// openDisk
	store *store.Store
	log   *log.WAL
	salts *salts.Store

	// openFold
	live   *liveHub
	system *actors.System

	// openAccounts; accounts, sites and activity are the instance's
	meta shownMeta

	// openDefinitions
	catalog *api.Catalog
	sealer  api.Sealer
	notify  *notifier

	// startFold
	copies *backups

	// openKeepers
	access      *api.Access
	pictures    *api.Pictures
	imports     *api.Imports
	diagnostics *api.Diagnostics
	purger      *api.Purger
	backfill    *api.Backfiller

	// openLive
	tickets  *ws.Tickets
	limiter  *upgradeLimit
	clientIP func(*http.Request) string
	hub      *ws.Hub

	// openIngest
	geo   *ingest.GeoDatabase // nil: none is named
	track *api.TrackHandler
}

// wire opens everything from the disk up: store, log, fold, accounts, live delivery, HTTP.
func (i *instance) wire(ctx context.Context, cfg Config, registry *prometheus.Registry) (*api.Server, error) {
	w := &wiring{instance: i, cfg: cfg, api: apiConfig(cfg), registry: registry, pulse: newPulse()}
	for _, open := range []func(context.Context) error{
		w.openDisk, w.openFold, w.openAccounts, w.openDefinitions, w.startFold, w.openKeepers, w.openLive, w.openIngest,
	} {
		if err := open(ctx); err != nil {
			return nil, err
		}
	}
	return w.openServer()
}

// openDisk opens the data directory: store, log and salts.
func (w *wiring) openDisk(context.Context) (err error) {
	w.store, err = store.Open(store.Config{Dir: filepath.Join(w.data, "store"), Logger: w.logger, Registerer: w.registry})
	if err != nil {
		return err
	}
	w.onClose("store", func(context.Context) error { return w.store.Close() })
	if _, err := backup.Identify(w.store); err != nil { // made at the first start
		return err
	}
	logCfg := logConfig(w.data, w.cfg.MinFreeSpace)
	logCfg.Logger, logCfg.Metrics = w.logger, log.NewMetrics(w.registry)
	if w.log, err = log.Open(logCfg); err != nil {
		return repairable(w.data, err)
	}
	w.onClose("log", func(context.Context) error { return w.log.Close() })
	if w.salts, err = salts.Open(filepath.Join(w.data, "salts"), time.Now, w.logger); err != nil {
		return err
	}
	w.every("salts", time.Minute, func() {
		if err := w.salts.Sweep(); err != nil {
			w.logger.Error("salts could not be destroyed", "error", err)
		}
	})
	return nil
}

// openFold makes the actor system, which startFold starts once those who hear of events are there.
func (w *wiring) openFold(context.Context) (err error) {
	w.live = new(liveHub)
	w.system, err = actors.New(systemConfig(int64(w.cfg.MemoryLimit)), w.log, w.store, w.live, w.logger, actors.NewMetrics(tee{w.registry, w.pulse.registry}), time.Now)
	return err
}

// openAccounts opens what people own: accounts, sites and the activity log.
func (w *wiring) openAccounts(context.Context) (err error) {
	if len(w.api.Auth.Secret) == 0 {
		if w.api.Auth.Secret, err = jwtkey.Open(w.data, w.store, w.logger); err != nil {
			return err
		}
	}
	w.meta = shownMeta{metaStore{w.store}, w.live}
	if w.accounts, err = auth.Open(w.api.Auth, w.meta, time.Now, w.logger); err != nil {
		return fmt.Errorf("open accounts: %w", err)
	}
	w.background("accounts", w.accounts.Run)
	w.onClose("use of keys", func(context.Context) error { return w.accounts.StoreUse() })
	if w.sites, err = api.OpenDirectory(w.api, w.meta, w.system, time.Now); err != nil {
		return fmt.Errorf("open sites: %w", err)
	}
	return w.openActivities(w.meta)
}

// openDefinitions opens goals, funnels, alerts and webhooks, and what they cause.
func (w *wiring) openDefinitions(context.Context) (err error) {
	if w.catalog, err = api.OpenCatalog(w.meta); err != nil {
		return fmt.Errorf("open definitions: %w", err)
	}
	if w.sealer, err = api.NewSealer(w.api.Auth.Secret); err != nil {
		return err
	}
	w.notify, err = w.openNotifier(w.cfg, shownOutboxMeta{outboxMeta{w.store}, w.live}, w.system, w.catalog, w.sealer, w.registry)
	if err != nil {
		return err
	}
	w.live.alerts = w.notify.alerts
	if err := w.tellActivities(w.notify.outbox, w.live); err != nil {
		return err
	}
	w.expireActivities(w.cfg.ActivityRetentionDays)
	return nil
}

// startFold folds what is in the log, and lets those work that act on the whole data.
func (w *wiring) startFold(ctx context.Context) error {
	if err := w.system.Start(); err != nil {
		return repairable(w.data, err)
	}
	w.onClose("actors", w.system.Stop)
	w.forward(w.system.Failure())
	if err := w.awaitReady(ctx, w.system); err != nil {
		return err
	}
	if err := w.sites.ResumePending(ctx); err != nil {
		return fmt.Errorf("resume pending definitions: %w", err)
	}
	w.copies = newBackups(w.data, w.store, w.log, w.system)
	if err := w.serveControl(w.data, orders(w.copies, accountOrders{w.accounts, w.activity})); err != nil {
		return err
	}
	w.notify.run(w.instance)
	w.retain(w.system)
	return nil
}

// openKeepers opens what else is kept of a site, and what erases it.
func (w *wiring) openKeepers(context.Context) (err error) {
	w.access = api.NewAccess(w.accounts, w.sites)
	if w.pictures, err = api.OpenPictures(w.meta); err != nil {
		return fmt.Errorf("open pictures: %w", err)
	}
	if w.imports, err = api.OpenImports(w.meta); err != nil {
		return fmt.Errorf("open imports: %w", err)
	}
	w.diagnostics = api.NewDiagnostics(time.Now)
	w.purger = w.newPurger(w.meta, w.system, w.notify, w.catalog, w.pictures, w.imports, w.accounts, w.diagnostics)
	w.backfill = api.NewBackfiller(w.catalog, w.sites, w.system, time.Now, w.logger)
	w.background("backfill", w.backfill.Run)
	return nil
}

// openLive opens the WebSocket hub.
func (w *wiring) openLive(context.Context) error {
	metrics, err := ws.NewMetrics(tee{w.registry, w.pulse.registry})
	if err != nil {
		return err
	}
	w.tickets, w.clientIP, w.limiter = ws.NewTickets(), api.NewClientIP(w.cfg.Proxies), new(upgradeLimit)
	access := wsAccess{w.access, w.accounts}
	w.hub, err = ws.NewHub(wsConfig(w.cfg), ws.Deps{
		Reader: w.system, Sites: w.sites, Goals: w.catalog, Backfills: w.backfill, Recent: wsRecent{w.notify.effects}, Triggers: wsTriggers{w.catalog},
		Activity: w.activity, Authenticator: access, Authorizer: access, Tickets: w.tickets, Limiter: w.limiter, ClientIP: w.clientIP,
		Logger: w.logger, Metrics: metrics,
	})
	if err != nil {
		return fmt.Errorf("live delivery: %w", err)
	}
	w.onClose("live delivery", w.hub.Close)
	w.live.hub.Store(w.hub)
	w.backfill.OnProgress(w.hub.Changed)
	return nil
}

// openIngest opens what makes events of hits.
func (w *wiring) openIngest(context.Context) (err error) {
	if w.geo, err = w.geoDatabase(w.cfg); err != nil {
		return err
	}
	pipeline, err := ingest.New(ingest.Config{Salts: w.salts, Geo: ingest.NewGeo(w.geo), MaxAge: w.cfg.IngestMaxAge})
	if err != nil {
		return err
	}
	metrics := api.NewTrackMetrics(tee{w.registry, w.pulse.registry})
	w.track = api.NewTrackHandler(trackConfig(w.cfg, w.diagnostics, w.logger), w.sites, w.system, w.access, pipeline, w.clientIP, metrics, time.Now)
	w.pulse.beat(time.Now())
	w.every("pulse", pulseEvery, func() { w.pulse.beat(time.Now()) })
	return nil
}

// openServer opens the API on top of everything.
func (w *wiring) openServer() (*api.Server, error) {
	mailer, err := outbox.NewMailer(string(w.cfg.SMTPURL), w.cfg.MailFrom, w.logger)
	if err != nil {
		return nil, err
	}
	server, err := api.NewServer(api.Deps{
		Config: w.api, Access: w.access, Accounts: w.accounts, Sites: w.sites, Catalog: w.catalog, Backfill: w.backfill, Sealer: w.sealer,
		Hooks: w.notify.outbox, Preview: w.notify.alerts, Activity: w.activity, Mailer: apiMailer{mailer}, Pictures: w.pictures, Purger: w.purger,
		Reader: w.system, Track: w.track, Compat: api.NewCompatHandler(w.track, w.sites), Tickets: apiTickets{w.tickets},
		WebSocket: w.hub.Handler(), Web: web.Handler(), Imports: w.imports, History: w.system, Diagnostics: w.diagnostics, Demo: demoFiller{w.track},
		Machine: &machine{w.data, int64(w.cfg.MemoryLimit), w.pulse, w.system, w.log, w.copies, w.geo},
		Ready:   w.system, Version: programVersion(), Now: time.Now, Log: w.logger,
	})
	if err != nil {
		return nil, err
	}
	w.limiter.server.Store(server)
	w.onClose("mail", server.FinishMail)
	w.background("deleted accounts", server.FinishDepartures)
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
