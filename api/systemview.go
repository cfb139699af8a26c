package api

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/api/auth"
)

// Machine measures the parts of the program that this package does not know.
type Machine interface {
	// Measure may take as long as it takes to list the files of the data directory.
	Measure(ctx context.Context) (Measures, error)
}

// Measures are those parts of GET /api/system.
type Measures struct {
	Ingest  IngestMeasures `json:"ingest"`
	Log     LogMeasures    `json:"log"`
	Store   StoreMeasures  `json:"store"`
	Disk    DiskMeasures   `json:"disk"`
	Memory  MemoryMeasures `json:"memory"`
	Geo     GeoMeasures    `json:"geo"`
	Backup  BackupMeasures `json:"backup"`
	Sockets int            `json:"sockets"` // WebSockets that are open
}

// IngestMeasures tell how the write path does, over the last minute.
type IngestMeasures struct {
	EventsPerSecond float64 `json:"eventsPerSecond"` // stored
	LagMS           float64 `json:"lagMs"`           // from the making of a block to its fold, on average
	Queued          int     `json:"queued"`          // blocks that are not yet folded
}

// LogMeasures tell of the part of the log that a restart folds again.
type LogMeasures struct {
	Bytes  int64 `json:"bytes"`
	Events int   `json:"events"`
}

// StoreMeasures tell what the store takes on the disk.
type StoreMeasures struct {
	Bytes int64 `json:"bytes"`
}

// DiskMeasures tell of the disk with the data directory.
type DiskMeasures struct {
	FreeBytes  uint64 `json:"freeBytes"`
	TotalBytes uint64 `json:"totalBytes"`
}

// MemoryMeasures tell what the process has from the system, and MEMORY_LIMIT.
type MemoryMeasures struct {
	Bytes uint64 `json:"bytes"`
	Limit *int64 `json:"limit"`
}

// GeoMeasures tell where countries come from: the built-in table, or the type of the operator's database.
type GeoMeasures struct {
	Source string  `json:"source"`
	Date   *string `json:"date"` // YYYY-MM-DD
}

// BackupMeasures tell of the newest copy.
type BackupMeasures struct {
	LastAt *string `json:"lastAt"`
	Bytes  int64   `json:"bytes"`
}

// NewBackupMeasures tells of a copy that was made at a time; the zero time is none.
func NewBackupMeasures(at time.Time, bytes int64) BackupMeasures {
	return BackupMeasures{instantOrNull(at), bytes}
}

var errNoOperator = forbidden("Only operators can view the system")

// system serves GET /api/system.
func (s *Server) system(x *exchange) (action, error) {
	return func() error {
		u, ok := s.deps.Accounts.User(x.caller.UserID)
		if !ok { // deleted a moment ago
			return auth.ErrToken
		}
		if !s.isOperator(u) {
			return errNoOperator
		}
		ctx, cancel := patient(x.c)
		defer cancel()
		m, err := s.deps.Machine.Measure(ctx)
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, gin.H{
			"version": s.deps.Version, "uptime": s.uptime(), "accounts": s.deps.Accounts.Count(), "sites": len(s.sites.All()),
			"ingest": m.Ingest, "log": m.Log, "store": m.Store, "disk": m.Disk, "memory": m.Memory, "geo": m.Geo, "backup": m.Backup,
			"sockets": m.Sockets,
		})
		return nil
	}, nil
}

// uptime is in seconds.
func (s *Server) uptime() int { return int(s.now().Sub(s.started) / time.Second) }
