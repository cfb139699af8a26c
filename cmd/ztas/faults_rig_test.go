//go:build faults && linux

package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// needs skips the test when this machine lacks a right or a tool.
func needs(t *testing.T, tools ...string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("needs root")
	}
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s", tool)
		}
	}
}

// runTool runs a tool that must succeed.
func runTool(t *testing.T, command string, args ...string) {
	t.Helper()
	out, err := exec.Command(command, args...).CombinedOutput()
	require.NoError(t, err, "%s %s: %s", command, strings.Join(args, " "), out)
}

// mount mounts what until the test ends; a machine that does not allow it skips the test.
func mount(t *testing.T, what string, options ...string) (dir string, unmount func()) {
	t.Helper()
	dir = t.TempDir()
	if out, err := exec.Command("mount", append(options, what, dir)...).CombinedOutput(); err != nil {
		t.Skipf("mount is not possible here: %s", out)
	}
	mounted := true
	unmount = func() {
		if mounted {
			mounted = false
			runTool(t, "umount", dir)
		}
	}
	t.Cleanup(unmount)
	return dir, unmount
}

// loopDisk makes an ext4 in a file. Its journal writes nothing by the clock: what is not synced is in no copy of the file.
func loopDisk(t *testing.T, mib int) (image, dir string) {
	t.Helper()
	needs(t, "mkfs.ext4", "losetup", "mount", "umount")
	image = filepath.Join(t.TempDir(), "disk")
	require.NoError(t, os.WriteFile(image, nil, 0o600))
	require.NoError(t, os.Truncate(image, int64(mib)<<20))
	runTool(t, "mkfs.ext4", "-q", "-E", "lazy_itable_init=0,lazy_journal_init=0", image)
	dir, _ = mount(t, image, "-o", "loop,commit=300")
	return image, dir
}

// faulty lets the program run under strace, which does something else in place of some calls. Killing the process is killing the program.
func (r *rig) faulty(t *testing.T, rules ...string) {
	t.Helper()
	needs(t, "strace")
	r.under = []string{"strace", "-D", "-f", "--seccomp-bpf", "-qqq", "-o", "/dev/null", "-e", "trace=" + syncCalls + ",pwrite64"}
	for _, rule := range rules {
		r.under = append(r.under, "-e", "inject="+rule)
	}
}

// syncCalls are the calls that make bytes durable.
const syncCalls = "fsync,fdatasync,msync,sync_file_range"

// snapshot is what a ledger said at one moment.
func (l *ledger) snapshot() (acked, sent map[string]int64, settled []request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	acked, sent = maps.Clone(l.acked), maps.Clone(l.acked)
	add(sent, l.perhaps, 1)
	return acked, sent, l.kept[:len(l.kept):len(l.kept)]
}

// pause stops a process, or lets it go on.
func (l *life) pause(t *testing.T, on bool) {
	t.Helper()
	signal := syscall.SIGCONT
	if on {
		signal = syscall.SIGSTOP
	}
	require.NoError(t, l.cmd.Process.Signal(signal))
	if !on {
		return
	}
	for { // until no thread runs any more
		status, err := os.ReadFile("/proc/" + strconv.Itoa(l.cmd.Process.Pid) + "/stat")
		require.NoError(t, err)
		_, rest, _ := strings.Cut(string(status), ") ")
		if strings.HasPrefix(rest, "T") || strings.HasPrefix(rest, "t") {
			return
		}
	}
}
