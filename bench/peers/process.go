package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is a process under measurement. It is kept to one core where there are two.
type server struct {
	name, addr string // host:port
	cmd        *exec.Cmd
	done       chan struct{} // closed when the process has ended
	end        error         // why, once it has
}

const (
	startTime = 60 * time.Second
	stopTime  = 60 * time.Second
)

// freeAddr returns a loopback address on which nobody listens.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// startServer runs a program in a folder until it answers GET /. Its output goes to a file there.
func startServer(ctx context.Context, at placement, name, addr, dir string, env []string, program string, args ...string) (*server, error) {
	cmd := at.command(program, args...)
	cmd.Dir, cmd.Env = dir, append(append(os.Environ(), env...), at.env()...)
	logs, err := os.OpenFile(filepath.Join(dir, name+".log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	defer logs.Close()
	cmd.Stdout, cmd.Stderr = logs, logs
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	s := &server{name: name, addr: addr, cmd: cmd, done: make(chan struct{})}
	go func() {
		s.end = cmd.Wait()
		close(s.done)
	}()
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		if s.answers(ctx) {
			return s, nil
		}
		select {
		case <-s.done:
			return nil, fmt.Errorf("%s ended at its start: %w", name, s.end)
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("start %s: %w", name, ctx.Err()), s.kill())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func (s *server) answers(ctx context.Context) bool {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.addr+"/", nil)
	if err != nil {
		return false
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return false
	}
	return res.Body.Close() == nil
}

// ended tells whether the process is gone.
func (s *server) ended() bool {
	select {
	case <-s.done:
		return true
	default:
		return false
	}
}

// stop asks the process to end and waits.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", s.name, err)
	}
	timer := time.NewTimer(stopTime)
	defer timer.Stop()
	select {
	case <-s.done:
		return s.end
	case <-timer.C:
		return errors.Join(fmt.Errorf("stop %s: it did not end within %s", s.name, stopTime), s.kill())
	}
}

// kill ends the process at once, as kill -9 does, and waits until it is gone.
func (s *server) kill() error {
	if err := s.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("kill %s: %w", s.name, err)
	}
	<-s.done
	return nil
}

// tick is the unit of /proc/<pid>/stat, the same on all Linux systems.
const tick = 10 * time.Millisecond

// cpu is the user and system time that the process has used, all its threads together.
func (s *server) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, fmt.Errorf("read CPU time: %w", err)
	}
	return parseStat(string(text))
}

// parseStat reads utime and stime, fields 14 and 15; the second field is a name that may hold anything.
func parseStat(line string) (time.Duration, error) {
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	if len(fields) < 13 {
		return 0, errors.New("read CPU time: too few fields")
	}
	var sum time.Duration
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read CPU time: %w", err)
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// memory is what the process holds now and held at most, bytes.
func (s *server) memory() (now, peak int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0, 0, fmt.Errorf("read memory: %w", err)
	}
	return kibField(string(text), "VmRSS") << 10, kibField(string(text), "VmHWM") << 10, nil
}

// kibField reads a line "name:   n kB"; 0 if there is none.
func kibField(text, name string) int64 {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && key == name {
			n, _ := strconv.ParseInt(strings.Fields(value + " 0")[0], 10, 64)
			return n
		}
	}
	return 0
}
