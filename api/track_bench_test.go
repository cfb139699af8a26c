package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
)

// BenchmarkTrack is the handler without network and store, beside an empty one that reads the same body.
func BenchmarkTrack(b *testing.B) {
	one := `{"type":"pageview","siteId":"site_abc123","id":"c1f0a2b3c4d5","path":"/pricing","referrer":"https://google.com/","utm":{"source":"google","medium":"cpc","campaign":"summer-sale"},"timestamp":1768494619000}`
	for _, n := range []int{1, 100} {
		body := one
		if n > 1 {
			var events []string
			for i := range n {
				events = append(events, fmt.Sprintf(`{"type":"pageview","id":"c1f0a2b3%04x","path":"/products/%d","referrer":"https://google.com/","timestamp":%d}`, i, i, 1768494610000+i))
			}
			body = `{"siteId":"site_abc123","sentAt":1768494620000,"events":[` + strings.Join(events, ",") + `]}`
		}
		r := newTrackRig(b, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 1<<40, 1<<40 })
		r.handler.ingestor = nothing{}
		r.handler.now = func() time.Time { return time.UnixMilli(trackNow) }
		r.engine.POST("/empty", func(c *gin.Context) {
			if _, p := readTrackBody(c.Request, 1<<20); p == nil {
				c.Status(http.StatusOK)
			}
		})
		for _, path := range []string{"/empty", "/api/track"} {
			b.Run(fmt.Sprintf("events=%d%s", n, path), func(b *testing.B) {
				header := http.Header{"User-Agent": {trackChrome}, "Content-Type": {"text/plain;charset=UTF-8"}, "Origin": {"https://example.com"}}
				w := httptest.NewRecorder()
				b.ReportAllocs()
				for b.Loop() {
					req, _ := http.NewRequest(http.MethodPost, path, bytes.NewReader([]byte(body)))
					req.Header, req.RemoteAddr = header, "203.0.113.7:4711"
					w.Body.Reset()
					r.engine.ServeHTTP(w, req)
				}
				if w.Code != http.StatusOK {
					b.Fatal(w.Code, w.Body)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/event")
			})
		}
	}
}

// nothing is an Ingestor that takes no time.
type nothing struct{}

func (nothing) Submit(_ context.Context, _ analytics.SiteID, _ []analytics.Record) (analytics.Receipt, error) {
	return analytics.Receipt{}, nil
}
