package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/ztas-io/ztas/bench/machine"
)

// results is everything that one run said.
type results struct {
	command, note string
	started       time.Time
	took          time.Duration
	machine       machine.Machine
	figures       []figure
	failed        []string // tests
}

// markdown writes the report; every judgement in it follows from the numbers. A figure whose bounds cannot be compared with it is an error.
func (r results) markdown() (string, error) {
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("# Load results\n\nWritten by `make load`; do not edit. What is measured and how: [docs/performance.md](../docs/performance.md).")
	p("The machine may have had other work.\n")
	p("| | |\n|---|---|")
	p("| Command | `%s` |", r.command)
	p("| Commit | `%s` |", r.machine.Commit)
	p("| Date | %s, %s |", r.started.UTC().Format("2006-01-02 15:04 UTC"), r.took.Round(time.Second))
	p("| Machine | %s |", r.machine)
	p("| Load average at the start | %s |", r.machine.Busy)
	p("| Go | %s |", r.machine.Go)
	if r.note != "" {
		p("| Note | %s |", r.note)
	}
	p("\n| | What | Measured | Gate | Stretch | |\n|---|---|---|---|---|---|")
	for _, f := range r.figures {
		verdict, err := f.verdict()
		if err != nil {
			return "", fmt.Errorf("figure %s, %s: %w", f.id, f.what, err)
		}
		p("| %s | %s | %s | %s | %s | %s |", f.id, f.what, f.value, f.gate, f.stretch, verdict)
	}
	for _, name := range r.failed {
		p("\n**Failed**: %s", name)
	}
	return b.String(), nil
}
