package ingest

import (
	"fmt"
	"testing"

	"github.com/ztas-io/ztas/analytics"
)

const benchPageview = `{"type":"pageview","siteId":"site_abc123","id":"c1f0a2b3c4d5","path":"/pricing","referrer":"https://google.com/","utm":{"source":"google","medium":"cpc","campaign":"summer-sale"},"timestamp":1768494619000,"sentAt":1768494620000}`

// BenchmarkPass is one request with one hit, or with many, of a user agent that is known.
func BenchmarkPass(b *testing.B) {
	for _, n := range []int{1, 100} {
		b.Run(fmt.Sprintf("events=%d", n), func(b *testing.B) {
			p, site, request, h := testPipeline(b), testSite(), testRequest(), hit(b, benchPageview)
			events := make([]analytics.Event, n)
			b.ReportAllocs()
			for b.Loop() {
				run, err := p.Open(site, request)
				if err != nil {
					b.Fatal(err)
				}
				for i := range events {
					events[i] = analytics.Event{}
					if out, err := run.Pass(h, &events[i]); err != nil || out != (Outcome{}) {
						b.Fatal(out, err)
					}
				}
				run.Close()
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/event")
		})
	}
}
