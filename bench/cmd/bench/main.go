// Command bench measures the server against an empty Gin handler on the same machine in the same run, and writes what it found, good or bad,
// into a Markdown file. It starts and stops everything itself and takes about a minute and a half.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/ztas-io/ztas/bench/machine"
)

// options is the command line.
type options struct {
	bin, out, dir string
	rounds        int
	phase         time.Duration // of one measurement
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bin/ztas", "the server")
	flag.StringVar(&o.out, "out", "bench/RESULTS.md", "where the results go; - is the standard output")
	flag.StringVar(&o.dir, "dir", os.TempDir(), "folder for the server's data, on a real disk")
	flag.IntVar(&o.rounds, "rounds", 5, "rounds of each comparison")
	flag.DurationVar(&o.phase, "phase", 3*time.Second, "length of one measurement")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := bench(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench runs every measurement and writes the report.
func bench(ctx context.Context, o options) error {
	if o.rounds < 1 || o.phase < 100*time.Millisecond {
		return fmt.Errorf("at least 1 round and 100ms a phase are needed")
	}
	work, err := os.MkdirTemp(o.dir, "ztas-bench-")
	if err != nil {
		return fmt.Errorf("make work folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	report := report{command: commandLine(), started: time.Now(), machine: machine.Describe(ctx)}
	if report.sync, report.disk, err = machine.ProbeDisk(work); err != nil {
		return fmt.Errorf("%w: name a folder on a disk with -dir", err)
	}
	say("disk %s, one sync of 4 KiB takes %s (median)", report.disk, report.sync)
	empty, err := buildEmpty(ctx, work)
	if err != nil {
		return err
	}
	if report.ingest, err = measureIngest(ctx, o, work, empty); err != nil {
		return fmt.Errorf("ingest: %w", err)
	}
	for _, rate := range liveRates {
		live, err := measureLive(ctx, o, work, rate)
		if err != nil {
			return fmt.Errorf("live delivery: %w", err)
		}
		report.live = append(report.live, live)
	}
	text := report.markdown()
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

// say prints a line of progress.
func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s  %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}

func commandLine() string {
	return strings.Join(append([]string{"go run ./bench/cmd/bench"}, os.Args[1:]...), " ")
}
