//go:build unix

package machine

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
)

// memoryCost tells what it takes until the system gives out a page of memory, and whether programs get huge ones.
func memoryCost() string {
	const pages = 4096
	size := os.Getpagesize()
	memory, err := syscall.Mmap(-1, 0, pages*size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return "unknown"
	}
	defer func() { _ = syscall.Munmap(memory) }()
	started := time.Now()
	for at := 0; at < len(memory); at += size {
		memory[at] = 1
	}
	cost := fmt.Sprintf("%.2g µs", float64(time.Since(started).Microseconds())/pages)
	text, err := os.ReadFile("/sys/kernel/mm/transparent_hugepage/enabled")
	if err != nil {
		return cost
	}
	_, mode, _ := strings.Cut(string(text), "[")
	mode, _, _ = strings.Cut(mode, "]")
	return cost + ", huge pages " + mode
}
