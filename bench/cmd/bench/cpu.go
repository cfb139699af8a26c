package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of /proc/<pid>/stat, the same on all Linux systems.
const tick = 10 * time.Millisecond

// parseStat reads utime and stime, fields 14 and 15 of /proc/<pid>/stat; the second field is a name that may hold anything.
func parseStat(line string) (time.Duration, error) {
	end := strings.LastIndexByte(line, ')')
	if end < 0 {
		return 0, errors.New("read CPU time: no name in the line")
	}
	fields := strings.Fields(line[end+1:])
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

// cpuOf measures the CPU that a server and this process use while f runs.
func cpuOf(p *process, f func() error) (server, generator time.Duration, err error) {
	ids := [2]int{p.cmd.Process.Pid, os.Getpid()}
	var before, after [2]time.Duration
	for i, id := range ids {
		if before[i], err = cpuTime(id); err != nil {
			return 0, 0, err
		}
	}
	if err := f(); err != nil {
		return 0, 0, err
	}
	for i, id := range ids {
		if after[i], err = cpuTime(id); err != nil {
			return 0, 0, err
		}
	}
	return after[0] - before[0], after[1] - before[1], nil
}
