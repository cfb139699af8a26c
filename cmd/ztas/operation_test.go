package main

import (
	"context"
	"math"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// systemReport is what the tests read of GET /api/system.
type systemReport struct {
	Version string
	Ingest  struct {
		EventsPerSecond, LagMS float64
		Queued                 int
	}
	Log                      struct{ Bytes, Events int64 }
	Store                    struct{ Bytes int64 }
	Disk                     struct{ FreeBytes, TotalBytes uint64 }
	Memory                   struct{ Bytes, Limit uint64 }
	Geo                      struct{ Source, Date string }
	Backup                   struct{ LastAt *time.Time }
	Accounts, Sites, Sockets int
}

// demoViews counts the pageviews that a demo site made at a time is to have, by UTC day, and tells when its latest event is, UTC ms.
func demoViews(site analytics.SiteID, created time.Time) (byDay map[string]int64, latest int64) {
	byDay = make(map[string]int64)
	events, _ := demoStream(site, time.UTC, created.AddDate(0, 0, -30)).Until(created, math.MaxInt)
	for _, e := range events {
		if latest = e.Timestamp; e.Type == "pageview" {
			byDay[time.UnixMilli(e.Timestamp).UTC().Format(time.DateOnly)]++
		}
	}
	return byDay, latest
}

// TestDemoSite: POST /api/demo makes a site with 30 days of visits that every report knows, and GET /api/system sees it come.
func TestDemoSite(t *testing.T) {
	t.Setenv("MEMORY_LIMIT", "8GiB")
	s := newImportServer(t)
	ctx := context.Background()
	get := func(path string, out any) {
		t.Helper()
		require.NoError(t, s.api.call(ctx, http.MethodGet, path, nil, out), path)
	}
	var made struct {
		ID, Domain string
		CreatedAt  time.Time
	}
	require.NoError(t, s.api.send(ctx, http.MethodPost, "/api/demo", nil, &made))
	require.Regexp(t, `^demo-[a-z0-9]{6}\.example\.com$`, made.Domain)

	var stats struct {
		Summary    struct{ UniqueVisitors, Pageviews int64 }
		Timeseries []struct {
			Date      string
			Pageviews int64
		}
	}
	get("/api/stats?period=30d&siteId="+made.ID, &stats)
	wanted, latest := demoViews(analytics.SiteID(made.ID), made.CreatedAt)
	require.Len(t, stats.Timeseries, 30)
	total := int64(0)
	for day, bucket := range stats.Timeseries {
		require.Equal(t, wanted[bucket.Date], bucket.Pageviews, bucket.Date)
		require.True(t, day == 29 || bucket.Pageviews > 0, "only today may have none yet")
		total += bucket.Pageviews
	}
	require.Equal(t, total, stats.Summary.Pageviews)
	require.Greater(t, stats.Summary.UniqueVisitors, int64(2000))
	var sample map[string]any
	get("/api/sites/"+made.ID+"/sample", &sample)
	require.Equal(t, made.ID, sample["site_id"])
	require.EqualValues(t, latest, sample["ts"])
	var heard struct{ Stored int64 }
	get("/api/sites/"+made.ID+"/diagnostics", &heard)
	require.Zero(t, heard.Stored, "an import")

	var refusal *apiError
	require.ErrorAs(t, s.api.send(ctx, http.MethodPost, "/api/demo", nil, nil), &refusal)
	require.Equal(t, http.StatusConflict, refusal.Status)

	var sys systemReport
	for tries := 0; sys.Log.Bytes == 0 || sys.Log.Events == 0; tries++ { // so many days are stored soon and leave the log, then a visit stays in it
		require.Less(t, tries, 100)
		require.Equal(t, http.StatusOK, s.visit(made.ID, "", agent))
		get("/api/system", &sys)
	}
	require.Positive(t, sys.Ingest.EventsPerSecond)
	require.GreaterOrEqual(t, sys.Ingest.LagMS, 0.0)
	require.Positive(t, sys.Store.Bytes)
	require.Positive(t, sys.Memory.Bytes)
	require.EqualValues(t, 8<<30, sys.Memory.Limit)
	require.Greater(t, sys.Disk.TotalBytes, sys.Disk.FreeBytes)
	require.Equal(t, "built-in", sys.Geo.Source)
	require.Regexp(t, `^20\d\d-\d\d-\d\d$`, sys.Geo.Date)
	require.Nil(t, sys.Backup.LastAt)
	require.Equal(t, []int{1, 1}, []int{sys.Accounts, sys.Sites})

	code, out, errOut := ztas(ctx, "backup", t.TempDir(), "--data="+s.data)
	require.Zero(t, code, out+errOut)
	get("/api/system", &sys)
	require.WithinDuration(t, time.Now(), *sys.Backup.LastAt, time.Minute)
}

// TestPulse: rates are those of the last minute.
func TestPulse(t *testing.T) {
	p := newPulse()
	other := prometheus.NewRegistry()
	stored := prometheus.NewCounter(prometheus.CounterOpts{Name: "ztas_ingest_events_total"})
	lag := prometheus.NewHistogram(prometheus.HistogramOpts{Name: "ztas_fold_lag_seconds"})
	sockets := prometheus.NewGauge(prometheus.GaugeOpts{Name: "ztas_ws_clients"})
	both := tee{other, p.registry}
	both.MustRegister(stored, lag)
	require.NoError(t, both.Register(sockets))
	require.Error(t, both.Register(sockets), "it is there already")
	sockets.Set(3)
	start := time.Unix(1_000_000, 0)
	for n := range 100 {
		now := start.Add(time.Duration(n) * pulseEvery)
		p.beat(now)
		stored.Add(10)
		lag.Observe(0.002)
		before, after, err := p.since(now.Add(pulseEvery))
		require.NoError(t, err)
		require.LessOrEqual(t, after.at.Sub(before.at), pulseFor+2*pulseEvery)
		require.InDelta(t, 2, (after.stored-before.stored)/after.at.Sub(before.at).Seconds(), 1e-9)
		require.InDelta(t, 0.002, (after.lag-before.lag)/(after.folds-before.folds), 1e-9)
		require.Equal(t, 3.0, after.sockets)
	}
	require.True(t, both.Unregister(sockets))
	require.False(t, both.Unregister(sockets))
}

// TestDirBytes counts what is there, and nothing for what is not.
func TestDirBytes(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(dir+"/sub", 0o700))
	require.NoError(t, os.WriteFile(dir+"/sub/a", make([]byte, 100_000), 0o600))
	n, err := dirBytes(dir)
	require.NoError(t, err)
	require.GreaterOrEqual(t, n, int64(100_000))
	n, err = dirBytes(dir + "/none")
	require.NoError(t, err)
	require.Zero(t, n)
}
