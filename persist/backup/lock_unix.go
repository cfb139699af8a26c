//go:build linux || darwin || freebsd

package backup

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lockFolder keeps others from making a copy in a folder until the file is closed; a killed process leaves no lock behind. A file system that knows
// no locks is used without.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("lock backup folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(fmt.Errorf("%s: %w", dir, ErrBusy), f.Close())
	}
	return f, nil
}
