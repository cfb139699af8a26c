// Package machine says where numbers were measured, for the reports that hold them.
package machine

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

// Machine is where something was measured. What cannot be found out is "unknown".
type Machine struct {
	CPU, Memory, Kernel string
	Page                string // what a page of new memory takes; whether there are huge ones
	Cores               int
	Commit              string // of the working directory; "-dirty" when it has changes
	Go                  string
	Busy                string // load average of the last minute, at the start
}

// Describe looks at this machine.
func Describe(ctx context.Context) Machine {
	m := Machine{
		CPU: field("/proc/cpuinfo", "model name"), Memory: field("/proc/meminfo", "MemTotal"), Cores: runtime.NumCPU(),
		Kernel: output(ctx, "uname", "-sr"), Commit: output(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12"),
		Go: runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH, Busy: "unknown", Page: memoryCost(),
	}
	var kib int64
	if _, err := fmt.Sscanf(m.Memory, "%d kB", &kib); err == nil {
		m.Memory = fmt.Sprintf("%.0f GiB", float64(kib)/(1<<20))
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.Busy, _, _ = strings.Cut(string(text), " ")
	}
	return m
}

// String is one line without commit and load.
func (m Machine) String() string {
	return fmt.Sprintf("%s, %d cores, %s memory, %s; a new page of memory: %s", m.CPU, m.Cores, m.Memory, m.Kernel, m.Page)
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

// ProbeDisk times a small write with its sync in dir, as the server's log makes one, and names the file system. A folder in memory is an error.
func ProbeDisk(dir string) (median time.Duration, kind string, err error) {
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
		return 0, "", fmt.Errorf("%s is memory, not a disk", dir)
	}
	return times[len(times)/2].Round(time.Microsecond), kind, nil
}
