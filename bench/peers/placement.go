package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
)

// placement says where servers run: on one core with one Go processor, while the generator has the others. The zero value leaves all that to
// the system.
type placement struct{ pinned bool }

// place keeps this process, and whatever it starts unpinned, off the servers' core. It needs two cores and taskset.
func place() (placement, error) {
	if runtime.NumCPU() < 2 {
		return placement{}, nil
	}
	if _, err := exec.LookPath("taskset"); err != nil {
		return placement{}, nil
	}
	others := "1-" + strconv.Itoa(runtime.NumCPU()-1)
	if text, err := exec.Command("taskset", "-a", "-c", "-p", others, strconv.Itoa(os.Getpid())).CombinedOutput(); err != nil {
		return placement{}, fmt.Errorf("keep the generator to cores %s: %w: %s", others, err, text)
	}
	return placement{pinned: true}, nil
}

// command makes the command of a program on the servers' core.
func (p placement) command(program string, args ...string) *exec.Cmd {
	if !p.pinned {
		return exec.Command(program, args...)
	}
	return exec.Command("taskset", append([]string{"-c", "0", program}, args...)...)
}

// everywhere makes the command of a program that may use every core.
func (p placement) everywhere(program string, args ...string) *exec.Cmd {
	if !p.pinned {
		return exec.Command(program, args...)
	}
	return exec.Command("taskset", append([]string{"-c", "0-" + strconv.Itoa(runtime.NumCPU()-1), program}, args...)...)
}

func (p placement) env() []string {
	if !p.pinned {
		return nil
	}
	return []string{"GOMAXPROCS=1"}
}
