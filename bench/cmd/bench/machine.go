package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// machine is where the numbers were measured.
type machine struct {
	cpu, memory, kernel, commit string
	disk                        string
	sync                        time.Duration
	busy                        string // load average at the start
}

func describeMachine(ctx context.Context) machine {
	m := machine{
		cpu: field("/proc/cpuinfo", "model name"), memory: field("/proc/meminfo", "MemTotal"),
		kernel: output(ctx, "uname", "-sr"), commit: output(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12"), busy: "unknown",
	}
	var kib int64
	if _, err := fmt.Sscanf(m.memory, "%d kB", &kib); err == nil {
		m.memory = fmt.Sprintf("%.0f GiB", float64(kib)/(1<<20))
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.busy, _, _ = strings.Cut(string(text), " ")
	}
	return m
}

// field finds a line "name : value".
func field(file, name string) string {
	f, err := os.Open(file)
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == name {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func output(ctx context.Context, name string, args ...string) string {
	text, err := exec.CommandContext(ctx, name, args...).Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(text))
}

// probeDisk times a small write with its sync, as the server's log makes one, and names the file system.
func probeDisk(dir string) (median time.Duration, kind string, err error) {
	f, err := os.Create(filepath.Join(dir, "probe"))
	if err != nil {
		return 0, "", fmt.Errorf("probe disk: %w", err)
	}
	defer f.Close()
	block := make([]byte, 4096)
	var times []time.Duration
	for range 50 {
		started := time.Now()
		if _, err := f.Write(block); err != nil {
			return 0, "", fmt.Errorf("probe disk: %w", err)
		}
		if err := f.Sync(); err != nil {
			return 0, "", fmt.Errorf("probe disk: %w", err)
		}
		times = append(times, time.Since(started))
	}
	slices.Sort(times)
	kind = output(context.Background(), "stat", "-f", "-c", "%T", dir)
	if kind == "tmpfs" || kind == "ramfs" {
		return 0, "", fmt.Errorf("%s is memory, not a disk: name a folder on a disk with -dir", dir)
	}
	return times[len(times)/2].Round(time.Microsecond), kind, nil
}

func goVersion() string { return runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH }

func commandLine() string {
	return strings.Join(append([]string{"go run ./bench/cmd/bench"}, os.Args[1:]...), " ")
}
