// Command loadtable runs the load tests, shows what they print while they run, and writes the figures among it, good or bad, as a table into a
// Markdown file. It ends with the code of the tests.
//
//	loadtable -out FILE [-note TEXT] -- go test …
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/ztas-io/ztas/bench/machine"
)

func main() {
	out := flag.String("out", "-", "where the table goes; - is the standard output")
	shown := flag.String("command", "make load", "the command that the table names")
	note := flag.String("note", "", "what a reader must know of this run")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *out, *shown, *note, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "loadtable:", err)
		var ended *exec.ExitError
		if errors.As(err, &ended) {
			os.Exit(ended.ExitCode())
		}
		os.Exit(1)
	}
}

// run runs the tests and writes the table, also when they failed.
func run(ctx context.Context, out, shown, note string, command []string) error {
	if len(command) == 0 {
		return errors.New("no command is given")
	}
	r := results{command: shown, note: note, started: time.Now(), machine: machine.Describe(ctx)}
	tests := exec.CommandContext(ctx, command[0], command[1:]...)
	tests.Stderr = os.Stderr
	tests.Cancel = func() error { return tests.Process.Signal(os.Interrupt) }
	pipe, err := tests.StdoutPipe()
	if err != nil {
		return fmt.Errorf("run tests: %w", err)
	}
	if err := tests.Start(); err != nil {
		return fmt.Errorf("run tests: %w", err)
	}
	read := r.read(pipe, os.Stdout)
	if err := tests.Wait(); err != nil {
		r.failed = append(r.failed, err.Error())
		read = errors.Join(read, fmt.Errorf("tests: %w", err))
	}
	r.took = time.Since(r.started)
	text, err := r.markdown()
	if err != nil {
		return errors.Join(read, err)
	}
	if out == "-" {
		fmt.Print(text)
		return read
	}
	if err := os.WriteFile(out, []byte(text), 0o644); err != nil { //nolint:gosec // a document
		return errors.Join(read, fmt.Errorf("write results: %w", err))
	}
	fmt.Printf("written to %s\n", out)
	return read
}

// read passes the tests' output on, line by line, and keeps the figures and what failed.
func (r *results) read(in io.Reader, show io.Writer) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		if f, ok := parseFigure(line); ok {
			r.figures = append(r.figures, f)
		} else if name, ok := strings.CutPrefix(strings.TrimSpace(line), "--- FAIL: "); ok {
			r.failed = append(r.failed, name)
		}
		fmt.Fprintf(show, "%s  %s\n", time.Now().Format(time.TimeOnly), line)
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read the tests' output: %w", err)
	}
	return nil
}
