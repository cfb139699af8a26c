package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/store"
)

// sharing tells where a shared file of a copy comes from.
type sharing int

const (
	fresh   sharing = iota // no copy had it
	reused                 // an earlier copy has it; it was read, and is as it was written
	renewed                // an earlier copy has it, but it had changed there: it was copied anew, for all that share it
)

// share sees to it that the backup has an immutable file of the store. What an earlier copy left is read and checked each time: a disk changes what
// nobody reads, and a copy that counts on it could not be restored.
func share(from, dir string, f store.File) (shared File, how sharing, err error) {
	shared = File{Number: f.Number, CRC: f.CRC}
	to := filepath.Join(dir, filesDir, shared.name())
	info, err := os.Stat(from)
	if err != nil {
		return shared, how, err
	}
	shared.Bytes = info.Size()
	switch err := checkShared(to, shared); {
	case err == nil:
		return shared, reused, nil
	case !errors.Is(err, fs.ErrNotExist): // also what cannot be read any more
		how = renewed
	}
	b, err := os.ReadFile(from)
	if err != nil {
		return shared, how, err
	}
	if err := store.CheckFile(b, f); err != nil {
		return shared, how, fmt.Errorf("the data directory itself is damaged: %s: %w", from, err)
	}
	return shared, how, persist.WriteFile(to, b, 0o600)
}

// checkShared reads a shared file and compares it with what its name and the manifest say. Errors: persist.ErrCorrupt, what the disk says.
func checkShared(path string, f File) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read backup: %w", err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("read backup: %w", err)
	}
	if info.Size() != f.Bytes {
		return fmt.Errorf("%s has %d bytes, not %d: %w", path, info.Size(), f.Bytes, persist.ErrCorrupt)
	}
	if err := store.CheckFileFrom(file, f.Bytes, f.stored()); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// readShared reads a shared file whole.
func readShared(dir string, f File) ([]byte, error) {
	path := filepath.Join(dir, filesDir, f.name())
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read backup: %w", err)
	}
	if int64(len(b)) != f.Bytes {
		return nil, fmt.Errorf("%s has %d bytes, not %d: %w", path, len(b), f.Bytes, persist.ErrCorrupt)
	}
	if err := store.CheckFile(b, f.stored()); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return b, nil
}

// isShared tells whether a name is that of a shared file, or of one that was not finished.
func isShared(name string) bool {
	var f File
	n, err := fmt.Sscanf(name, "%016x-%08x.blob", &f.Number, &f.CRC)
	return err == nil && n == 2 && name == f.name() || strings.HasPrefix(name, persist.TempPrefix)
}
