package api

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/api/auth"
)

// fakeMachine gives the same measures each time.
type fakeMachine struct {
	measures Measures
	err      error
}

func (m *fakeMachine) Measure(context.Context) (Measures, error) { return m.measures, m.err }

func TestSystem(t *testing.T) {
	w := newWorld(t, unlimited)
	day, limit := "2026-09-15", int64(256<<20)
	w.machine.measures = Measures{
		Ingest: IngestMeasures{31.5, 2, 1}, Log: LogMeasures{1000, 10}, Store: StoreMeasures{2000}, Disk: DiskMeasures{5, 6}, Memory: MemoryMeasures{7, nil},
		Geo: GeoMeasures{"built-in", &day}, Backup: NewBackupMeasures(time.Time{}, 0), Sockets: 3,
	}
	owner, token := w.user("owner@example.com")
	w.clock.Add(time.Minute)
	_, later := w.user("later@example.com")
	w.addSite(owner, "example.com")
	w.remove(w.addSite(owner, "gone.example.com"))
	w.clock.Add(time.Hour)
	w.call("GET", "/api/system", token, nil).wantData(200, `{"version":"1.0.0","uptime":3660,"ingest":{"eventsPerSecond":31.5,"lagMs":2,"queued":1},
		"log":{"bytes":1000,"events":10},"store":{"bytes":2000},"disk":{"freeBytes":5,"totalBytes":6},"memory":{"bytes":7,"limit":null},
		"geo":{"source":"built-in","date":"2026-09-15"},"backup":{"lastAt":null,"bytes":0},"accounts":2,"sites":1,"sockets":3}`)
	w.machine.measures.Memory.Limit = &limit
	w.machine.measures.Backup = NewBackupMeasures(w.clock.Now(), 9)
	_, key := w.key(owner, auth.Read, "", 0)
	var got struct {
		Memory struct{ Limit int64 }
		Backup struct{ LastAt string }
	}
	w.call("GET", "/api/system", key, nil).read(200, &got)
	require.Equal(t, limit, got.Memory.Limit)
	require.Equal(t, "2026-01-15T17:31:20.000Z", got.Backup.LastAt)
	w.call("GET", "/api/system", later, nil).wantError(http.StatusForbidden, "Only operators can view the system", "forbidden")

	w.machine.err = errors.New("the disk is on fire")
	w.call("GET", "/api/system", token, nil).wantError(500, "Internal server error", "internal_error")
	require.Contains(t, w.logs.String(), "the disk is on fire")
}

// TestOperators: those that OPERATORS lists, the first account only if it is one of them.
func TestOperators(t *testing.T) {
	w := newWorld(t, unlimited, func(c *Config) { c.Operators = []string{"Ops@Example.com"} })
	_, first := w.user("first@example.com")
	_, ops := w.user("ops@example.com")
	w.call("GET", "/api/system", first, nil).wantError(http.StatusForbidden, "Only operators can view the system", "forbidden")
	w.call("GET", "/api/system", ops, nil).read(200, &struct{}{})
}
