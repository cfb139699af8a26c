package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/backup"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

// stopped is the data of a server that does not run, opened by a command: store, log and fold, without accounts, network or effects.
type stopped struct {
	instance
	system *actors.System
	store  *store.Store
	log    *log.WAL
}

// openStopped opens a data directory. What is written leaves minFree of the disk. Close it.
func openStopped(ctx context.Context, data string, minFree Size, logger *slog.Logger) (_ *stopped, err error) {
	s := &stopped{instance: instance{logger: logger, data: data, failed: make(chan error, 3)}}
	defer func() {
		if err != nil {
			err = errors.Join(err, stop(&s.instance))
		}
	}()
	if err := isData(data); err != nil {
		return nil, err
	}
	registry := prometheus.NewRegistry()
	if s.store, err = store.Open(store.Config{Dir: filepath.Join(data, "store"), Logger: logger, Registerer: registry}); err != nil {
		return nil, fmt.Errorf("open data directory: %w", err)
	}
	s.onClose("store", func(context.Context) error { return s.store.Close() })
	cfg := logConfig(data, minFree)
	cfg.Logger, cfg.Metrics = logger, log.NewMetrics(registry)
	wal, err := log.Open(cfg)
	if err != nil {
		return nil, fmt.Errorf("open data directory: %w", repairable(data, err))
	}
	s.log = wal
	s.onClose("log", func(context.Context) error { return wal.Close() })
	if s.system, err = actors.New(actors.DefaultConfig(), wal, s.store, nobody{}, logger, actors.NewMetrics(registry), time.Now); err != nil {
		return nil, err
	}
	if err := s.system.Start(); err != nil {
		return nil, repairable(data, err)
	}
	s.onClose("actors", s.system.Stop)
	s.forward(s.system.Failure())
	return s, s.awaitReady(ctx, s.system)
}

// isData wants a whole data directory, of this user: whatever opens one that is not there would make it.
func isData(data string) error {
	if err := backup.Unfinished(data); err != nil {
		return err
	}
	for _, part := range []string{"store", "log"} {
		_, err := os.Stat(filepath.Join(data, part))
		if errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("%s is no data directory: %w", data, err)
		}
		if err != nil {
			return fmt.Errorf("open data directory: %w", err)
		}
	}
	if who := strangers(filepath.Join(data, "store")); who != "" {
		return fmt.Errorf("%s belongs to %s: as root this would leave files there that the server cannot open. Put sudo -u %s before the command", data, who,
			shellWord(who))
	}
	return nil
}

// knows tells whether there is such a site. It may be deleted: its events are still there.
func (s *stopped) knows(site analytics.SiteID) error {
	found := false
	err := s.store.Scan("site/"+string(site), func(key string, _ []byte) error {
		found = found || key == "site/"+string(site)
		return nil
	})
	if err == nil && !found {
		err = fmt.Errorf("there is no site %s", site)
	}
	return err
}

// nobody hears of changes.
type nobody struct{}

// Changed does nothing.
func (nobody) Changed(analytics.SiteID) {}
