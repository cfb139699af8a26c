package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"runtime/metrics"
	"strings"
	"time"

	"github.com/phuslu/iploc"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/api"
	"github.com/ztas-io/ztas/ingest"
	"github.com/ztas-io/ztas/persist/log"
)

// machine measures the program for GET /api/system.
type machine struct {
	data    string
	limit   int64 // bytes; 0: none
	pulse   *pulse
	system  *actors.System
	wal     *log.WAL
	backups *backups
	geo     *ingest.GeoDatabase // nil: the built-in table
}

// Measure asks every part.
func (m *machine) Measure(context.Context) (out api.Measures, err error) {
	before, after, err := m.pulse.since(time.Now())
	if err != nil {
		return out, err
	}
	out.Ingest = api.IngestMeasures{Queued: m.system.InFlight()}
	if d := after.at.Sub(before.at).Seconds(); d > 0 {
		out.Ingest.EventsPerSecond = rounded((after.stored - before.stored) / d)
	}
	if folds := after.folds - before.folds; folds > 0 {
		out.Ingest.LagMS = rounded(max(0, after.lag-before.lag) / folds * 1000)
	}
	out.Sockets = int(after.sockets)
	out.Log = api.LogMeasures{Bytes: m.wal.TailBytes(), Events: m.system.Uncovered()}
	if out.Store.Bytes, err = dirBytes(filepath.Join(m.data, "store")); err != nil {
		return out, fmt.Errorf("measure the store: %w", err)
	}
	if out.Disk.FreeBytes, out.Disk.TotalBytes, err = diskSpace(m.data); err != nil {
		return out, fmt.Errorf("measure the disk: %w", err)
	}
	out.Memory.Bytes = memoryBytes()
	if m.limit > 0 {
		out.Memory.Limit = &m.limit
	}
	out.Geo = m.geoMeasures()
	last, _, err := m.backups.last()
	out.Backup = api.NewBackupMeasures(last.At, last.Bytes)
	return out, err
}

// geoMeasures tells the source of countries, with its day.
func (m *machine) geoMeasures() api.GeoMeasures {
	source, day := "built-in", ""
	if m.geo != nil {
		kind, at := m.geo.Built()
		source, day = kind, at.UTC().Format(time.DateOnly)
	} else if at, err := time.Parse("20060102", iploc.Version[strings.LastIndexByte(iploc.Version, '.')+1:]); err == nil {
		day = at.Format(time.DateOnly)
	}
	if day == "" {
		return api.GeoMeasures{Source: source}
	}
	return api.GeoMeasures{Source: source, Date: &day}
}

// rounded keeps two decimals.
func rounded(v float64) float64 { return math.Round(v*100) / 100 }

// memoryBytes is what MEMORY_LIMIT limits: what the runtime has from the system and did not give back.
func memoryBytes() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64() - s[1].Value.Uint64()
}

// dirBytes is what the files below a directory take on the disk. Files that go meanwhile are left out.
func dirBytes(dir string) (sum int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			var info fs.FileInfo
			if info, err = d.Info(); err == nil {
				sum += allocated(info)
			}
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return sum, err
}
