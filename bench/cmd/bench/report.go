package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/ztas-io/ztas/bench/machine"
)

// report is everything that was measured.
type report struct {
	command string
	started time.Time
	machine machine.Machine
	disk    string        // file system
	sync    time.Duration // of 4 KiB, median
	ingest  ingestResult
	live    []liveResult
}

// row is one figure with the bounds that it should keep.
type row struct {
	id, what      string
	value         float64
	gate, stretch float64
	lowIsGood     bool
	show          func(float64) string
}

func ratio(v float64) string { return fmt.Sprintf("%.2f", v) }
func rate(v float64) string  { return humanize.Comma(int64(v)) + "/s" }
func ms(v float64) string    { return fmt.Sprintf("%.0f ms", v) }

func (r row) reaches(bound float64) bool {
	if r.lowIsGood {
		return r.value <= bound
	}
	return r.value >= bound
}

// verdict compares the figure with its bounds.
func (r row) verdict() string {
	switch {
	case r.reaches(r.stretch):
		return "stretch reached"
	case r.reaches(r.gate):
		return "gate reached"
	}
	off := r.value/r.gate - 1
	if off > 0 {
		return fmt.Sprintf("**missed**, %.0f %% above the gate", 100*off)
	}
	return fmt.Sprintf("**missed**, %.0f %% below the gate", -100*off)
}

func (r row) bound(v float64) string {
	if r.lowIsGood {
		return "≤ " + r.show(v)
	}
	return "≥ " + r.show(v)
}

func (r report) rows() []row {
	in := r.ingest
	rows := []row{
		{"P1", "server CPU of a durable single `/api/track` ÷ CPU of the empty Gin handler, 256 connections",
			medianRatio(in.single, in.empty), 1.7, 1.4, true, ratio},
		{"P2", "durable requests/s ÷ the empty handler's", most(in.single, sample.requestRate) / most(in.empty, sample.requestRate), 0.50, 0.65, false, ratio},
		{"P3", "durable events/s in batches of 100, one core (events ÷ seconds of server CPU)", most(in.batch, sample.eventsPerCPU), 400_000, 800_000, false, rate},
	}
	for _, l := range r.live {
		rows = append(rows, row{"P7", fmt.Sprintf("track sent → delta at a WebSocket client, p99, %s events/s arriving", humanize.Comma(int64(l.wanted))),
			l.quantile(0.99).Seconds() * 1e3, 250, 100, true, ms})
	}
	return rows
}

func cpuMicros(s sample) float64 { return float64(s.cpuPerRequest()) / 1e3 }

func values(samples []sample, f func(sample) float64) []float64 {
	var all []float64
	for _, s := range samples {
		all = append(all, f(s))
	}
	slices.Sort(all)
	return all
}

// medianRatio compares the CPU of a request round by round: on a machine whose speed changes from one second to the next, the best round of each
// server tells which of them was lucky.
func medianRatio(samples, others []sample) float64 {
	ratios := make([]float64, len(samples))
	for i := range samples {
		ratios[i] = cpuMicros(samples[i]) / cpuMicros(others[i])
	}
	slices.Sort(ratios)
	return (ratios[(len(ratios)-1)/2] + ratios[len(ratios)/2]) / 2
}

func least(samples []sample, f func(sample) float64) float64 { return values(samples, f)[0] }
func most(samples []sample, f func(sample) float64) float64 {
	return values(samples, f)[len(samples)-1]
}

// markdown writes the report. Every judgement in it follows from the numbers.
func (r report) markdown() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("# Benchmark results\n\nWritten by `make bench`; do not edit. Ratios compare two servers that were measured in turns (A B A B …, %d rounds) in one run: P1", len(r.ingest.single))
	p("is the median of the rounds, P2 and P3 the best of each; the machine may have had other work. \"Durable\" means synced to disk and folded before the")
	p("answer; the server was asked afterwards and had counted every acknowledged event exactly once.\n")
	p("| | |\n|---|---|")
	p("| Command | `%s` |", r.command)
	p("| Commit | `%s` |", r.machine.Commit)
	p("| Date | %s |", r.started.UTC().Format("2006-01-02 15:04 UTC"))
	p("| Machine | %s |", r.machine)
	p("| Disk | %s, write and sync of 4 KiB %s (median of 50) |", r.disk, r.sync)
	p("| Load average at the start | %s: what others ran meanwhile takes from requests/s and events/s, hardly from CPU times |", r.machine.Busy)
	p("| Priority of all parts | nice %d |", niceness())
	p("| Go | %s |\n", r.machine.Go)
	p("| | What | Measured | Gate | Stretch | |\n|---|---|---|---|---|---|")
	for _, row := range r.rows() {
		p("| %s | %s | %s | %s | %s | %s |", row.id, row.what, row.show(row.value), row.bound(row.gate), row.bound(row.stretch), row.verdict())
	}
	p("\nBy the best round of each server P1 is %s.", ratio(least(r.ingest.single, cpuMicros)/least(r.ingest.empty, cpuMicros)))
	p("\n## Rounds\n")
	if r.ingest.pinned {
		p("Each server is kept to one core with GOMAXPROCS=1, the generator to the others. Shares are of one core; a generator near 100 %% × its cores would")
		p("be the bottleneck instead of the server.\n")
	} else {
		p("There is only one core: server and generator share it, so rates say less than CPU times.\n")
	}
	p("| | Requests/s | Events/s | Server CPU a request | Server busy | Generator busy | Generator CPU a request |\n|---|---|---|---|---|---|---|")
	for _, group := range []struct {
		name    string
		samples []sample
	}{{"empty handler", r.ingest.empty}, {"single, durable", r.ingest.single}, {"batches of 100, durable", r.ingest.batch}} {
		for _, s := range group.samples {
			p("| %s | %s | %s | %.2f µs | %.0f %% | %.0f %% | %.2f µs |", group.name, humanize.Comma(int64(s.requestRate())),
				humanize.Comma(int64(s.eventRate())), cpuMicros(s), 100*s.serverBusy(), 100*s.generatorBusy(), s.generator.Seconds()*1e6/float64(s.Requests))
		}
	}
	p("\n## Live delivery\n")
	p("Topic `realtime` sends at most 10 deltas a second, so a change waits up to 100 ms by design. Server and generator share all cores here.\n")
	p("| Events/s wanted | reached | Markers | p50 | p90 | p99 | max | Deltas |\n|---|---|---|---|---|---|---|---|")
	for _, l := range r.live {
		q := func(q float64) string { return ms(l.quantile(q).Seconds() * 1e3) }
		p("| %s | %s | %d | %s | %s | %s | %s | %d |", humanize.Comma(int64(l.wanted)), humanize.Comma(int64(l.reached)), len(l.latencies), q(0.5), q(0.9), q(0.99), q(1), l.deltas)
	}
	p("\n## Traffic\n")
	p("Pageviews with ids of their own; %s paths by Zipf's law (s = 1.1; %d paths in live delivery), %s addresses in X-Forwarded-For, 8 browsers,",
		humanize.Comma(paths), livePaths, humanize.Comma(visitors))
	p("%d connections for single requests, %d for batches. The empty handler gets the same bytes and sends the same answer.", singleConns, batchConns)
	return b.String()
}
