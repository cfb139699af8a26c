package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// process is a server that was started here.
type process struct {
	name string
	addr string
	cmd  *exec.Cmd
	done chan error // the end of the process
}

const (
	startTime = 20 * time.Second
	stopTime  = 20 * time.Second
)

// start runs a program until it logs, as JSON, that it serves. core is where it runs, with one Go processor; anyCore leaves that to the system.
func start(ctx context.Context, name string, core int, env []string, program string, args ...string) (*process, error) {
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), env...)
	if core != anyCore {
		cmd.Env = append(cmd.Env, "GOMAXPROCS=1")
	}
	logs, err := cmd.StderrPipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	if err := startOn(core, cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &process{name: name, cmd: cmd, done: make(chan error, 1)}
	serving := make(chan string, 1)
	go func() {
		p.readLogs(logs, serving)
		p.done <- cmd.Wait()
	}()
	limit, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	select {
	case p.addr = <-serving:
		return p, nil
	case err := <-p.done:
		return nil, fmt.Errorf("%s ended at its start: %w", name, err)
	case <-limit.Done():
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, limit.Err()), p.stop())
	}
}

// readLogs finds the address in the logs and shows what is worse than news.
func (p *process) readLogs(logs io.Reader, serving chan<- string) {
	lines := bufio.NewScanner(logs)
	for lines.Scan() {
		var entry struct{ Level, Msg, Address string }
		switch err := json.Unmarshal(lines.Bytes(), &entry); {
		case err != nil, entry.Level == "ERROR", entry.Level == "WARN":
			say("%s: %s", p.name, lines.Text())
		case entry.Msg == "serving":
			serving <- entry.Address
		}
	}
}

// stop asks the process to end and waits; one that does not is killed, which is an error.
func (p *process) stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.name, err)
	}
	timer := time.NewTimer(stopTime)
	defer timer.Stop()
	select {
	case err := <-p.done:
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGTERM { // a program without a handler
			return nil
		}
		return err
	case <-timer.C:
		return errors.Join(fmt.Errorf("stop %s: it did not end within %s", p.name, stopTime), p.cmd.Process.Kill(), <-p.done)
	}
}

// buildEmpty builds the handler to compare with, as the server is built.
func buildEmpty(ctx context.Context, work string) (string, error) {
	say("building the empty handler")
	program := filepath.Join(work, "emptygin")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags", "nomsgpack", "-o", program, "./bench/emptygin")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the empty handler: %w: %s", err, strings.TrimSpace(string(text)))
	}
	return program, nil
}
