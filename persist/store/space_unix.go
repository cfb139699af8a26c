//go:build unix

package store

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// FreeSpace tells how many bytes an unprivileged process may still write to the file system that holds dir. Badger writes through memory maps,
// where a full disk kills the process: whoever commits asks here first and stops well before.
func FreeSpace(dir string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return s.Bavail * uint64(s.Bsize), nil
}
