// Command peers gives the same work to ztas, GoatCounter and DuckDB on one machine in one run and writes what each took, better or worse,
// into a Markdown file. It builds the peers (which needs a C and a C++ compiler), starts and stops everything itself, and takes about ten
// minutes. A peer that cannot be built is left out.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"
)

// options is the command line.
type options struct {
	bin, out, dir string
	connections   []int
	rounds        int
	phase         time.Duration // of one measurement
	events        int           // of the history
}

func main() {
	o := options{connections: []int{64, 256}}
	flag.StringVar(&o.bin, "bin", "bin/ztas", "the server")
	flag.StringVar(&o.out, "out", "bench/RESULTS-peers.md", "where the results go; - is the standard output")
	flag.StringVar(&o.dir, "dir", os.TempDir(), "folder for programs and data, on a real disk")
	flag.IntVar(&o.rounds, "rounds", 2, "rounds of each comparison")
	flag.DurationVar(&o.phase, "phase", 11*time.Second, "length of one measurement; above 10s it holds one of GoatCounter's writes")
	flag.IntVar(&o.events, "events", 1_000_000, "pageviews of the history that is asked about")
	flag.Parse()
	limited, cancel := context.WithTimeout(context.Background(), longest)
	ctx, stop := signal.NotifyContext(limited, os.Interrupt, syscall.SIGTERM)
	err := compare(ctx, o)
	stop()
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

// longest bounds the whole comparison, builds included; it takes half of that on a machine with nothing else to do.
const longest = 25 * time.Minute

// compare runs every measurement and writes the report.
func compare(ctx context.Context, o options) (err error) {
	if o.bin, err = filepath.Abs(o.bin); err != nil {
		return fmt.Errorf("find the server: %w", err)
	}
	work, err := os.MkdirTemp(o.dir, "ztas-peers-")
	if err != nil {
		return fmt.Errorf("make work folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	r := report{started: time.Now(), options: o, machine: describeMachine(ctx, work)}
	r.machine.ztas = output(ctx, o.bin, "version")
	r.goat, r.duck = buildGoatCounter(ctx, work), buildDuckDB(ctx, work)
	if r.place, err = place(); err != nil {
		return err
	}
	if err := r.measure(ctx, work); err != nil {
		return err
	}
	text := r.markdown()
	if o.out == "-" {
		fmt.Print(text)
		return nil
	}
	if err := os.WriteFile(o.out, []byte(text), 0o644); err != nil { //nolint:gosec // a document
		return fmt.Errorf("write results: %w", err)
	}
	say("written to %s", o.out)
	return nil
}

// measure fills the report. Every part starts with fresh data in a folder of its own.
func (r *report) measure(ctx context.Context, work string) (err error) {
	s, err := r.stage(work, "ingest")
	if err != nil {
		return err
	}
	if r.ingest, r.memory, err = measureIngest(ctx, r.options, s.products(), s.ways()); err != nil {
		return fmt.Errorf("ingest: %w", err)
	}
	for i := range s.ways() {
		if s, err = r.stage(work, fmt.Sprintf("kill-%d", i+1)); err != nil {
			return err
		}
		l, err := measureLoss(ctx, s.ways()[i])
		if err != nil {
			return fmt.Errorf("kill -9: %w", err)
		}
		r.losses = append(r.losses, l)
	}
	if s, err = r.stage(work, "questions"); err != nil {
		return err
	}
	if err := r.measureQuestions(ctx, s); err != nil {
		return fmt.Errorf("questions: %w", err)
	}
	return nil
}

// stage is a part of the comparison: the products on new data.
type stage struct {
	dir  string
	ztas *ztas
	goat *goatcounter // nil: it could not be built
}

func (r *report) stage(work, name string) (stage, error) {
	say("%s", name)
	s := stage{dir: filepath.Join(work, name)}
	if err := os.Mkdir(s.dir, 0o700); err != nil {
		return s, fmt.Errorf("make folder: %w", err)
	}
	s.ztas = &ztas{bin: r.options.bin, dir: s.dir, at: r.place}
	if r.goat.built() {
		s.goat = &goatcounter{bin: r.goat.program, dir: s.dir, at: r.place}
	}
	return s, nil
}

func (s stage) products() []product {
	if s.goat == nil {
		return []product{s.ztas}
	}
	return []product{s.ztas, s.goat}
}

// ways are in the order in which they take turns.
func (s stage) ways() []way {
	if s.goat == nil {
		return []way{s.ztas.track(), s.ztas.pixel()}
	}
	return []way{s.ztas.track(), s.goat.api(), s.ztas.pixel(), s.goat.pixel()}
}

// say prints a line of progress.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s  %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}
