//go:build linux || darwin || freebsd

package log

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// freeSpace asks the system for the bytes that an ordinary user may still write, and for all bytes.
func freeSpace(dir string) (free, total uint64, err error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, 0, fmt.Errorf("statfs %s: %w", dir, err)
	}
	return uint64(max(st.Bavail, 0)) * uint64(st.Bsize), st.Blocks * uint64(st.Bsize), nil //nolint:unconvert // Bavail is signed on some systems
}

// lockDir keeps other processes out until the file is closed; a killed process leaves no lock behind.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock log: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%s: %w", dir, ErrLocked)
		}
		return nil, fmt.Errorf("lock log: %w", err)
	}
	return f, nil
}
