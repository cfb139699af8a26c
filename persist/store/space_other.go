//go:build !unix

package store

import (
	"errors"
	"fmt"
)

// FreeSpace is not known here.
func FreeSpace(dir string) (uint64, error) {
	return 0, fmt.Errorf("free space of %s: %w", dir, errors.ErrUnsupported)
}
