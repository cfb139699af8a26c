package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
)

// machine is where the numbers were measured.
type machine struct {
	cpu, memory, kernel, commit string
	disk, busy                  string // file system of the data; load average at the start
	ztas                        string // version
}

func describeMachine(ctx context.Context, dir string) machine {
	m := machine{
		cpu: field("/proc/cpuinfo", "model name"), memory: field("/proc/meminfo", "MemTotal"), disk: output(ctx, "stat", "-f", "-c", "%T", dir),
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
	text, err := os.ReadFile(file)
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == name {
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

// commandLine is what was run: the target, unless a setting of the comparison was changed.
func commandLine() string {
	line := ""
	flag.Visit(func(f *flag.Flag) {
		if f.Name != "bin" && f.Name != "out" && f.Name != "dir" {
			line += fmt.Sprintf(" -%s %s", f.Name, f.Value)
		}
	})
	if line == "" {
		return "make peers"
	}
	return "go run ./bench/peers" + line
}

func goVersion() string { return runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH }
