package analytics_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ztas-io/ztas/analytics"
)

// benchBlocks makes blocks of 500 people-like events: visitors of about ten events on 2,000 paths.
func benchBlocks(blocks, visitors int) [][]byte {
	rng := rand.New(rand.NewPCG(1, 1))
	const start = 1_768_435_200_000
	out := make([][]byte, blocks)
	n := 0
	for i := range out {
		var data []byte
		for range 500 {
			who := rng.IntN(visitors)
			e := analytics.Event{ID: analytics.PackEventID(fmt.Sprintf("%024x", rng.Uint64())), TS: start + int64(n)*80, Kind: analytics.Pageview,
				Visitor: analytics.VisitorID{byte(who), byte(who >> 8), byte(who >> 16)}, Path: fmt.Sprintf("/page/%d", rng.IntN(1+rng.IntN(2000))),
				Country: "US", Region: "US-CA", Device: "desktop", Browser: "Chrome", BrowserVersion: "142", OS: "Windows", OSVersion: "10",
				Channel: "organic", Source: "google.com", ReferrerDomain: "google.com"}
			e.ReceivedAt = e.TS
			n++
			data = (&analytics.Record{Event: &e}).Encode(data)
		}
		b := analytics.Block{LogicalTime: start + int64(n)*80, Sections: []analytics.Section{{Site: "site_abc123", Count: 500, Data: data}}}
		out[i] = b.Encode()
	}
	return out
}

// BenchmarkReplay decodes and folds blocks, as a start does (P4).
func BenchmarkReplay(b *testing.B) {
	blocks := benchBlocks(400, 20_000)
	size := 0
	for _, data := range blocks {
		size += len(data)
	}
	for _, part := range []string{"decode", "decode+fold"} {
		b.Run(part, func(b *testing.B) {
			events := 0
			for b.Loop() {
				s := newSite(b, "UTC", 10_000)
				for i, data := range blocks {
					block, err := analytics.DecodeBlock(data)
					if err != nil {
						b.Fatal(err)
					}
					records, err := analytics.DecodeRecords(block.Sections[0].Data, block.Sections[0].Count)
					if err != nil {
						b.Fatal(err)
					}
					events += len(records)
					if part != "decode" {
						var res analytics.Result
						s.ApplyAll(analytics.Pos(i+2), block.LogicalTime, records, &res)
					}
				}
			}
			b.ReportMetric(float64(events)/b.Elapsed().Seconds(), "events/s")
			b.ReportMetric(float64(size)/float64(500*len(blocks)), "B/event")
		})
	}
}

// BenchmarkCheckpoint stores a state that grows by a block each time.
func BenchmarkCheckpoint(b *testing.B) {
	blocks := benchBlocks(400, 100_000)
	s := newSite(b, "UTC", 10_000)
	apply := func(i int) {
		block, _ := analytics.DecodeBlock(blocks[i%len(blocks)])
		records, _ := analytics.DecodeRecords(block.Sections[0].Data, block.Sections[0].Count)
		var res analytics.Result
		s.ApplyAll(analytics.Pos(i+2), block.LogicalTime, records, &res)
	}
	for i := range blocks {
		apply(i)
	}
	n := len(blocks)
	size := 0
	for b.Loop() {
		apply(n)
		n++
		c := s.BeginCheckpoint()
		_, put, _, err := c.Encode(nil)
		if err != nil {
			b.Fatal(err)
		}
		for _, blob := range put {
			size += len(blob)
		}
		s.Finish(c)
	}
	b.ReportMetric(float64(size)/float64(b.N), "B/checkpoint")
}
