//go:build !linux && !darwin && !freebsd

package backup

import (
	"fmt"
	"os"
)

// lockFolder only opens the folder: on this system nothing keeps others out.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("lock backup folder: %w", err)
	}
	return f, nil
}
