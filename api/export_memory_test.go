package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

// sameDays is a site on which every day was the same. Tables are made of the bytes of a part, as the running system makes them.
type sameDays struct {
	Reader
	zone        analytics.Zone
	first, last analytics.Day
	part        []byte
}

func (s *sameDays) Tables(
	_ context.Context, site analytics.SiteID, first, last analytics.Day, newestFirst bool, f func(*report.Table) error,
) error {
	if first != last || !newestFirst || first < s.first || first > s.last {
		return nil
	}
	t := report.NewTable(site.Partition(), first, s.zone.Hours(first))
	load := func() (*analytics.Rows, error) {
		rows, err := analytics.DecodePart(s.part, analytics.AllSections)
		if err == nil {
			rows.Base = t.Start
		}
		return rows, err
	}
	rows, err := load()
	if err != nil {
		return err
	}
	t.AppendPart(rows, load)
	return f(t)
}

const viewsADay = 50_000

// manyPageviews is a site with a million pageviews of 100,000 visitors (less with the race detector), with engagements.
func manyPageviews(t *testing.T, site analytics.SiteID, zone analytics.Zone, now int64) *sameDays {
	t.Helper()
	s := &sameDays{zone: zone}
	s.last = s.zone.DayAt(now) - 1
	s.first = s.last - manyDays + 1
	start := s.zone.DayStart(s.last)
	r := testkit.NewReader(site, zone.Name(), 10_000)
	for i := range int64(viewsADay) {
		visitor := analytics.VisitorID{byte(i % 5000), byte(i % 5000 >> 8)}
		e := analytics.Event{
			Kind: analytics.Pageview, TS: start + i*1500, ReceivedAt: start + i*1500, Visitor: visitor, Path: fmt.Sprintf("/page/%d", i%2000),
			Country: "DE", Device: "desktop", Browser: "Chrome", OS: "Linux", Channel: "direct", Source: "(direct)",
		}
		batch := []analytics.Event{e}
		if i%4 == 0 {
			e.Kind, e.TimeOnPage, e.Seq, e.Channel, e.Source = analytics.Engagement, 1000, 1, "", ""
			e.TS += 700
			batch = append(batch, e)
		}
		r.Events(batch...)
	}
	rows, ok := r.State.View().Rows(s.last)
	require.True(t, ok)
	require.Len(t, rows.Runs, 1)
	s.part = analytics.EncodePart(rows.Runs[0])
	return s
}

// peak samples the heap until stop is called, which tells by how much it grew at most.
func peak() (stop func() uint64) {
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	runtime.GC()
	before, most := heap(), uint64(0)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				most = max(most, heap())
			case <-done:
				return
			}
		}
	})
	return func() uint64 {
		close(done)
		wg.Wait()
		return max(most, before) - before
	}
}

// received is a file that counts line feeds.
type received struct {
	file  *os.File
	lines int
}

func (r *received) Write(p []byte) (int, error) {
	r.lines += bytes.Count(p, []byte("\n"))
	return r.file.Write(p)
}

// TestExportMemory streams a million pageviews with less than 64 MB of additional memory, garbage included. The collector runs at half the usual
// growth, so that what is measured does not hang on when it last ran on a busy machine.
func TestExportMemory(t *testing.T) {
	w, site, token := goalWorld(t)
	w.reader.events = manyPageviews(t, site, w.srv.zone(site), w.clock.Now().UnixMilli())
	server := httptest.NewServer(w.srv)
	defer server.Close()
	defer debug.SetGCPercent(debug.SetGCPercent(50))
	for _, format := range []string{"ndjson", "parquet"} {
		r, err := http.NewRequestWithContext(t.Context(), "GET", server.URL+"/api/export?type=pageviews&siteId="+string(site)+"&format="+format, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "Bearer "+token)
		began := time.Now()
		grown := peak()
		res, err := server.Client().Do(r)
		require.NoError(t, err)
		file, err := os.Create(filepath.Join(t.TempDir(), format))
		require.NoError(t, err)
		got := received{file: file}
		size, err := io.Copy(&got, res.Body)
		require.NoError(t, err)
		res.Body.Close()
		more := grown()
		t.Logf("%s: %d bytes in %v, %.1f MB of additional memory", format, size, time.Since(began).Round(time.Millisecond), float64(more)/1e6)
		require.Less(t, more, uint64(64_000_000), format)
		if format == "ndjson" {
			require.Equal(t, viewsADay*manyDays, got.lines)
			continue
		}
		written, err := parquet.OpenFile(file, size)
		require.NoError(t, err)
		require.EqualValues(t, viewsADay*manyDays, written.NumRows())
	}
}
