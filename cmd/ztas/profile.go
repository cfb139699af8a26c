//go:build profile

package main

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime/pprof"
	"time"
)

const profileWindow = 5 * time.Second

// Built with the tag profile, the program writes where its CPU time goes into the directory CPU_PROFILES, a file every five seconds. `make profile`
// merges them into default.pgo, with which the program is built.
func init() {
	dir := os.Getenv("CPU_PROFILES")
	if dir == "" || len(os.Args) < 2 || os.Args[1] != "serve" {
		return
	}
	go func() {
		for n := 0; ; n++ {
			if err := writeProfile(filepath.Join(dir, fmt.Sprintf("%d-%d.pprof", os.Getpid(), n))); err != nil {
				slog.Error("no profile", "error", err)
				return
			}
		}
	}()
}

// writeProfile names the file when it is complete.
func writeProfile(path string) error {
	f, err := os.Create(path + ".tmp")
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	time.Sleep(profileWindow)
	pprof.StopCPUProfile()
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(path+".tmp", path)
}
