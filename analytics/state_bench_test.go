package analytics_test

import (
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// benchBlocks makes blocks of 500 events as people make them: visits of about eight events, of which a few hundred are under way at any time,
// pages by Zipf's law, a hundred kinds of machines, fifty origins. Scattered ones are the worst case: each event is of anyone, on any page.
func benchBlocks(blocks, visitors int, scattered bool) [][]byte {
	rng := rand.New(rand.NewPCG(1, 1))
	zipf := rand.NewZipf(rng, 1.1, 1, 1999)
	const start = 1_768_435_200_000
	type visit struct{ who, left int }
	under := make([]visit, 300)
	out := make([][]byte, blocks)
	n := 0
	for i := range out {
		var data []byte
		for range 500 {
			v := &under[rng.IntN(len(under))]
			if v.left == 0 {
				*v = visit{rng.IntN(visitors), 1 + rng.IntN(15)}
			}
			v.left--
			who, page := v.who, zipf.Uint64()
			if scattered {
				who, page = rng.IntN(visitors), uint64(rng.IntN(1+rng.IntN(2000)))
			}
			machine, origin := who%100, who%50
			e := analytics.Event{ID: analytics.PackEventID(fmt.Sprintf("%024x", rng.Uint64())), TS: start + int64(n)*80, Kind: analytics.Pageview,
				Visitor: analytics.VisitorID{byte(who), byte(who >> 8), byte(who >> 16)}, Path: fmt.Sprintf("/page/%d", page),
				Country: []string{"US", "DE", "FR", "IN", "BR"}[machine%5], Region: "US-CA", Device: "desktop", Browser: "Chrome",
				BrowserVersion: fmt.Sprint(120 + machine/5), OS: "Windows", OSVersion: "10",
				Channel: "organic", Source: fmt.Sprintf("search%d.example", origin), ReferrerDomain: fmt.Sprintf("search%d.example", origin)}
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
	for _, part := range []string{"decode", "people", "scattered"} {
		blocks := benchBlocks(400, 20_000, part == "scattered")
		size := 0
		for _, data := range blocks {
			size += len(data)
		}
		b.Run(part, func(b *testing.B) {
			events := 0
			before := cpuTime(b)
			for b.Loop() {
				s := newSite(b, "UTC", 10_000)
				var decoder analytics.Decoder
				var room analytics.Room
				for i, data := range blocks {
					block, err := analytics.DecodeBlock(data)
					if err != nil {
						b.Fatal(err)
					}
					records, err := decoder.Records(block.Sections[0].Data, block.Sections[0].Count, &room)
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
			b.ReportMetric(float64(events)/(cpuTime(b)-before).Seconds(), "events/core-s")
			b.ReportMetric(float64(size)/float64(500*len(blocks)), "B/event")
		})
	}
}

// cpuTime is the processor time that this process has used: what others run meanwhile does not change it much.
func cpuTime(b *testing.B) time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// BenchmarkCheckpoint stores a state that grows by a block each time.
func BenchmarkCheckpoint(b *testing.B) {
	blocks := benchBlocks(400, 100_000, false)
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
