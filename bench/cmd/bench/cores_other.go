//go:build !linux

package main

import (
	"errors"
	"os/exec"
	"time"
)

const anyCore = -1

var errLinux = errors.New("the benchmark needs Linux: it reads /proc and keeps processes to cores")

func allowed() ([]int, error)            { return nil, errLinux }
func startOn(int, *exec.Cmd) error       { return errLinux }
func keepTo([]int) error                 { return errLinux }
func cpuTime(int) (time.Duration, error) { return 0, errLinux }
func niceness() int                      { return 0 }
