package main

import (
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// report is everything that was measured.
type report struct {
	started      time.Time
	options      options
	machine      machine
	place        placement
	goat, duck   peer
	ingest       []ingested
	memory       []held
	losses       []loss
	history      *history
	loads        []loaded
	answerers    []answerer
	numbers      numbers
	parquetBytes int64
	duckBytes    int64
	duckVersion  string
}

// markdown writes the report. Every judgement in it follows from the numbers.
func (r *report) markdown() string {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("%s\n", aboutReport)
	r.header(p)
	r.writeIngest(p)
	r.writeLosses(p)
	r.writeLoads(p)
	r.writeQuestions(p)
	r.writeJudgement(p)
	return b.String()
}

func (r *report) header(p func(string, ...any)) {
	p("| | |\n|---|---|")
	p("| Command | `%s` |", commandLine())
	p("| Commit | `%s` |", r.machine.commit)
	p("| Date | %s, %.0f minutes |", r.started.UTC().Format("2006-01-02 15:04 UTC"), time.Since(r.started).Minutes())
	p("| Machine | %s, %d cores, %s memory, %s, data on %s |", r.machine.cpu, runtime.NumCPU(), r.machine.memory, r.machine.kernel, r.machine.disk)
	p("| Load average at the start | %s: what others ran meanwhile takes from rates and waits, hardly from CPU times |", r.machine.busy)
	if r.place.pinned {
		p("| Cores | each server on core 0 with GOMAXPROCS=1, the generator on the others |")
	} else {
		p("| Cores | shared by servers and generator |")
	}
	p("| ztas | %s, %s |", strings.ReplaceAll(r.machine.ztas, "\n", " "), goVersion())
	r.writePeer(p, r.goat, aboutGoatCounter)
	r.writePeer(p, r.duck, "library "+r.duckVersion)
	p("")
}

func (r *report) writePeer(p func(string, ...any), peer peer, how string) {
	if peer.built() {
		p("| %s | %s, %s |", peer.name, peer.version, how)
		return
	}
	p("| %s | %s could not be built here and is left out: %s |", peer.name, peer.version, strings.ReplaceAll(peer.problem, "|", `\|`))
}

func (r *report) writeIngest(p func(string, ...any)) {
	p("## Single pageviews\n")
	p(aboutIngest+"\n", r.options.phase, comma(pages), comma(visitors))
	p("| | Connections | Answered/s | CPU a pageview | One core keeps up with | p50 | p99 | Refused (429, 5xx) | Answered, never stored " +
		"| The answer means |")
	p("|---%s|", strings.Repeat("|---", 9))
	for _, in := range r.ingest {
		for _, s := range in.samples {
			p("| %s | %d | %s | %.1f µs | %s/s | %s | %s | %s | %s | %s |", in.way.name, s.connections, comma(int64(s.rate())), s.micros(),
				comma(int64(1e6/s.micros())), shortWait(quantile(s.waits, 0.5)), shortWait(quantile(s.waits, 0.99)), comma(s.refused), comma(s.missing),
				in.way.promise)
		}
	}
	p("\n| Resident memory | at rest, empty | after the load | at most | Pageviews taken |\n|---|---|---|---|---|")
	for _, m := range r.memory {
		p("| %s | %s | %s | %s | %s |", m.name, size(m.idle), size(m.after), size(m.peak), comma(m.hits))
	}
	p("")
}

func (r *report) writeLosses(p func(string, ...any)) {
	p("## kill -9 right after an acknowledgement\n")
	p(aboutLosses+"\n", crashConnections, comma(int64(crashConnections*time.Second/crashPace)), crashSeconds)
	p("| | Acknowledged | Counted after the restart | Lost |\n|---|---|---|---|")
	for _, l := range r.losses {
		p("| %s | %s | %s | %s |", l.way.name, comma(l.answered), comma(l.counted), comma(l.answered-l.counted))
	}
	p("")
}

func (r *report) writeLoads(p func(string, ...any)) {
	p("## History\n")
	p("%s pageviews of %d days, handed to the import of each server in requests of %d over one connection.\n",
		comma(int64(r.history.events)), historyDays, batchSize)
	p("| | Stored after | Server CPU a pageview | Disk a pageview, all files | Memory after a restart and all questions |\n|---|---|---|---|---|")
	each := func(bytes int64) string { return fmt.Sprintf("%.1f B", float64(bytes)/float64(r.history.events)) }
	for _, l := range r.loads {
		disk := each(l.bytes)
		if l.log > 0 {
			disk += ", without its log " + each(l.bytes-l.log)
		}
		p("| %s | %.0f s | %.1f µs | %s | %s |", l.name, l.seconds, float64(l.cpu.Microseconds())/float64(r.history.events), disk, size(l.after))
	}
	if r.duckBytes > 0 {
		p("| Parquet file of `ztas export events`, all columns | | | %s | |", each(r.parquetBytes))
		p("| DuckDB, tables of events and visits | | | %s | |", each(r.duckBytes))
	}
	p("")
}

func (r *report) writeQuestions(p func(string, ...any)) {
	p("## Questions about the history\n")
	n := r.numbers
	p(aboutQuestions+"\n", mostAsked, askingTime, comma(n.pageviews), comma(n.visitors), comma(n.pageViewsOfPage), comma(n.pageVisits))
	head, line := "| |", "|---|"
	for _, a := range r.answerers {
		head, line = head+" "+a.name+" |", line+"---|"
	}
	p("%s\n%s", head, line)
	for _, q := range questionsAsked {
		row := "| " + string(q) + " |"
		for _, a := range r.answerers {
			t, ok := a.timings[q]
			if !ok {
				row += " cannot |"
				continue
			}
			row += fmt.Sprintf(" first %s, p50 %s, p99 %s, n = %d", shortWait(t.first), t.at(0.5), t.at(0.99), len(t.times))
			if t.requests > 1 {
				row += fmt.Sprintf(", %d requests", t.requests)
			}
			row += " |"
		}
		p("%s", row)
	}
	p("")
}

// shortWait writes a time with three digits.
func shortWait(d time.Duration) string {
	switch {
	case d >= time.Second:
		return fmt.Sprintf("%.3g s", d.Seconds())
	case d >= time.Millisecond:
		return fmt.Sprintf("%.3g ms", float64(d)/1e6)
	}
	return fmt.Sprintf("%.0f µs", float64(d)/1e3)
}

func size(bytes int64) string { return fmt.Sprintf("%.0f MiB", float64(bytes)/(1<<20)) }

// comma writes a number with a comma between thousands.
func comma(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0 && text[i-1] != '-'; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
