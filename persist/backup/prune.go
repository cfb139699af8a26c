package backup

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/persist"
)

// leftovers removes what a run that was killed left: copies without a manifest, files that were not finished. Whole shared files stay: the copy that
// is made now may need them.
func leftovers(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	names, err := Copies(dir)
	if err != nil {
		return err
	}
	if err := removeCopies(dir, entries, names); err != nil {
		return err
	}
	files, err := os.ReadDir(filepath.Join(dir, filesDir))
	if err != nil {
		return err
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), persist.TempPrefix) {
			if err := os.Remove(filepath.Join(dir, filesDir, f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// abandon takes back what a copy that failed has written: a disk that is full would stay full. One that was interrupted leaves the shared files that
// are whole, so that the next run goes on from there. What cannot be removed now is removed by a later run.
func abandon(ctx context.Context, dir string) {
	_ = leftovers(dir)
	if ctx.Err() == nil {
		_, _ = prune(dir, math.MaxInt)
	}
}

// prune removes all but the newest keep copies, what an interrupted run left, and the files that no copy has any more.
func prune(dir string, keep int) (forgotten int, err error) {
	names, err := Copies(dir)
	if err != nil {
		return 0, err
	}
	var kept []string
	used := make(map[string]bool)
	for i, name := range names {
		if len(names)-i > max(keep, 1) {
			forgotten++
			continue
		}
		kept = append(kept, name)
		_, m, err := Find(dir, name)
		if errors.Is(err, persist.ErrCorrupt) { // which files it needs is not known
			return 0, fmt.Errorf("%w: nothing can be restored of it: delete the folder %s", err, filepath.Join(dir, name))
		}
		if err != nil {
			return 0, err
		}
		for _, f := range m.Files {
			used[f.name()] = true
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, err
	}
	if err := removeCopies(dir, entries, kept); err != nil {
		return 0, err
	}
	files, err := os.ReadDir(filepath.Join(dir, filesDir))
	if err != nil {
		return 0, err
	}
	for _, f := range files {
		if isShared(f.Name()) && !used[f.Name()] { // whatever else is there is not ours
			if err := os.Remove(filepath.Join(dir, filesDir, f.Name())); err != nil {
				return 0, err
			}
		}
	}
	return forgotten, nil
}

// removeCopies removes all copies, complete or not, but some.
func removeCopies(dir string, entries []os.DirEntry, but []string) error {
	for _, e := range entries {
		if isCopy(e.Name()) && !slices.Contains(but, e.Name()) {
			if err := removeCopy(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// removeCopy removes the manifest first: then it is no copy, however far the rest gets.
func removeCopy(folder string) error {
	if err := os.Remove(filepath.Join(folder, manifestFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return os.RemoveAll(folder)
}
