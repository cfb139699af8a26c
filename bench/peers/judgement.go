package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// figure is one number of ztas beside the same of a peer.
type figure struct {
	what, peer   string
	ours, theirs float64
	moreIsGood   bool
	show         func(float64) string
}

// ahead is by which factor we are better; below 1 the peer is.
func (f figure) ahead() float64 {
	ours, theirs := max(f.ours, 1e-9), max(f.theirs, 1e-9)
	if f.moreIsGood {
		return ours / theirs
	}
	return theirs / ours
}

func (f figure) factor(v float64) string {
	switch {
	case f.ours == 0 || f.theirs == 0:
		return "–"
	case v >= 10:
		return comma(int64(v + 0.5))
	}
	return fmt.Sprintf("%.2f", v)
}

// even is the factor up to which two figures count as the same.
const even = 1.1

// writeJudgement sorts every figure that both have into who is ahead; a peer's come first.
func (r *report) writeJudgement(p func(string, ...any)) {
	figures := slices.Concat(r.ingestFigures(), r.otherFigures(), r.questionFigures())
	p("## Who is ahead\n")
	p("The better round of each, and of DuckDB the quickest way of asking; up to a factor of %.1f two count as even.", even)
	for _, part := range []struct {
		title string
		holds func(float64) bool
		good  func(figure) float64
	}{
		{"The peer is ahead", func(a float64) bool { return a < 1/even }, func(f figure) float64 { return 1 / f.ahead() }},
		{"Even", func(a float64) bool { return a >= 1/even && a <= even }, figure.ahead},
		{"ztas is ahead", func(a float64) bool { return a > even }, figure.ahead},
	} {
		p("\n| %s | ztas | The peer | Factor |\n|---|---|---|---|", part.title)
		for _, f := range figures {
			if part.holds(f.ahead()) {
				p("| %s | %s | %s: %s | %s |", f.what, f.show(f.ours), f.peer, f.show(f.theirs), f.factor(part.good(f)))
			}
		}
	}
	p("\n%s", unmeasured)
}

const unmeasured = `What no figure shows: GoatCounter also runs on PostgreSQL, which its author advises for large sites, and its answers do not wait
for the disk, so a slow one does not slow them. DuckDB answers any question that SQL can put and spreads one question over all cores; it is
no server and takes no single pageviews.`

func rate(v float64) string   { return comma(int64(v)) + "/s" }
func micros(v float64) string { return fmt.Sprintf("%.1f µs", v) }
func wait(v float64) string   { return shortWait(time.Duration(v)) }
func mebi(v float64) string   { return size(int64(v)) }
func bytes1(v float64) string { return fmt.Sprintf("%.1f B", v) }
func whole(v float64) string  { return comma(int64(v)) }

// ingestFigures compares the JSON of servers with that, and the pixel with the pixel.
func (r *report) ingestFigures() (all []figure) {
	if len(r.ingest) < 4 {
		return nil
	}
	for _, pair := range [][2]ingested{{r.ingest[0], r.ingest[1]}, {r.ingest[2], r.ingest[3]}} {
		for _, connections := range r.options.connections {
			name := func(what string) string {
				return fmt.Sprintf("%s, %s, %d connections", pair[0].way.name, what, connections)
			}
			peer := pair[1].way.name
			best := func(in ingested, moreIsGood bool, f func(sample) float64) float64 {
				return in.best(connections, moreIsGood, f)
			}
			for _, c := range []struct {
				what       string
				f          func(sample) float64
				moreIsGood bool
				show       func(float64) string
			}{
				{"answered", func(s sample) float64 { return s.rate() }, true, rate},
				{"CPU a pageview", sample.micros, false, micros},
				{"p50", func(s sample) float64 { return float64(quantile(s.waits, 0.5)) }, false, wait},
				{"p99", func(s sample) float64 { return float64(quantile(s.waits, 0.99)) }, false, wait},
			} {
				all = append(all, figure{name(c.what), peer, best(pair[0], c.moreIsGood, c.f), best(pair[1], c.moreIsGood, c.f), c.moreIsGood, c.show})
			}
		}
	}
	return all
}

func (in ingested) best(connections int, moreIsGood bool, f func(sample) float64) float64 {
	var values []float64
	for _, s := range in.samples {
		if s.connections == connections {
			values = append(values, f(s))
		}
	}
	if moreIsGood {
		return slices.Max(values)
	}
	return slices.Min(values)
}

// otherFigures compares memory, losses and the history.
func (r *report) otherFigures() (all []figure) {
	add := func(what, peer string, ours, theirs float64, show func(float64) string) {
		all = append(all, figure{what, peer, ours, theirs, false, show})
	}
	if len(r.memory) == 2 {
		z, g := r.memory[0], r.memory[1]
		add("resident memory, empty", g.name, float64(z.idle), float64(g.idle), mebi)
		add(fmt.Sprintf("resident memory at most, %s and %s pageviews", comma(z.hits), comma(g.hits)), g.name, float64(z.peak), float64(g.peak), mebi)
	}
	if len(r.losses) == 4 {
		for i := 0; i < 4; i += 2 {
			z, g := r.losses[i], r.losses[i+1]
			add(z.way.name+", lost by kill -9", g.way.name, float64(z.answered-z.counted), float64(g.answered-g.counted), whole)
		}
	}
	each := func(bytes int64) float64 { return float64(bytes) / float64(r.options.events) }
	if len(r.loads) == 2 {
		z, g := r.loads[0], r.loads[1]
		add("history, time until stored", g.name, z.seconds*1e9, g.seconds*1e9, wait)
		add("history, disk a pageview, all files", g.name, each(z.bytes), each(g.bytes), bytes1)
		add("memory after a restart and all questions", g.name, float64(z.after), float64(g.after), mebi)
	}
	if len(r.loads) > 0 && r.duckBytes > 0 {
		add("history, disk a pageview, without the log", "DuckDB", each(r.loads[0].bytes-r.loads[0].log), each(r.duckBytes), bytes1)
	}
	return all
}

// questionFigures compares with GoatCounter, and with DuckDB as it is quickest at the question.
func (r *report) questionFigures() (all []figure) {
	for _, q := range questionsAsked {
		for _, at := range []struct {
			name string
			of   func(timing) time.Duration
		}{
			{"the first time", func(t timing) time.Duration { return t.first }},
			{"p50", func(t timing) time.Duration { return quantile(t.times, 0.5) }},
			{"p99", func(t timing) time.Duration { return quantile(t.times, 0.99) }},
		} {
			best := make(map[string]figure)
			for _, a := range r.answerers[1:] {
				theirs, can := a.timings[q]
				peer, _, _ := strings.Cut(a.name, ",")
				ours := r.answerers[0].timings[q]
				f := figure{fmt.Sprintf("%s, %s", q, at.name), a.name, float64(at.of(ours)), float64(at.of(theirs)), false, wait}
				if b, has := best[peer]; can && (!has || f.theirs < b.theirs) {
					best[peer] = f
				}
			}
			for _, peer := range slices.Sorted(maps.Keys(best)) {
				all = append(all, best[peer])
			}
		}
	}
	return all
}
