package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/table"

	"github.com/ztas-io/ztas/persist"
)

// Badger answers "not found" where a block cannot be read, or an older version from a deeper level; and its own VerifyChecksum crashes on some
// damage. So tables are checked here, from their bytes: before Badger opens as many as can be had in about 50 ms, all of level 0 and then the
// newest, since compactions begin there; the rest in the background. Tables that are written later were checked when they were made.
const verifyAtOpen = 64 << 20 // bytes

// preflight looks at Badger's files before Badger may change them. It returns the tables that are still to be checked.
func (s *Store) preflight(marked uint64) (unchecked []string, err error) {
	tables, err := listTables(s.cfg.Dir)
	if err != nil {
		return nil, err
	}
	var buf []byte // one for all, so that a start costs 16 MB at most
	if err := s.checkLogs(marked, &buf); err != nil {
		return nil, err
	}
	size := int64(0)
	for _, t := range tables {
		if t.level > 0 && size+t.size > verifyAtOpen {
			unchecked = append(unchecked, t.path)
			continue
		}
		size += t.size
		if err := verifyTable(t.path, &buf); err != nil {
			return nil, err
		}
	}
	return unchecked, nil
}

// readInto reads a file into buf, which grows when it has to.
func readInto(path string, buf *[]byte) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	*buf = slices.Grow((*buf)[:0], int(info.Size()))[:info.Size()]
	_, err = io.ReadFull(f, *buf)
	return *buf, err
}

type tableFile struct {
	path  string
	id    uint64
	level uint8
	size  int64
}

// listTables gives the tables of Badger's manifest: level 0 first, then the newest first.
func listTables(dir string) ([]tableFile, error) {
	f, err := os.Open(filepath.Join(dir, badger.ManifestFilename))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read manifest: %w", err)
	}
	defer f.Close()
	manifest, _, err := badger.ReplayManifestFile(f, 0, badger.DefaultOptions(dir))
	if err != nil {
		return nil, fmt.Errorf("manifest %s: %w: %w", f.Name(), err, persist.ErrCorrupt)
	}
	tables := make([]tableFile, 0, len(manifest.Tables))
	for id, t := range manifest.Tables {
		path := table.NewFilename(id, dir)
		info, err := os.Stat(path)
		if err != nil {
			return nil, fmt.Errorf("table of the manifest: %w: %w", err, persist.ErrCorrupt)
		}
		tables = append(tables, tableFile{path, id, t.Level, info.Size()})
	}
	slices.SortFunc(tables, func(a, b tableFile) int {
		if (a.level == 0) != (b.level == 0) {
			return int(min(a.level, 1)) - int(min(b.level, 1))
		}
		return int(b.id) - int(a.id)
	})
	return tables, nil
}

// verifyTable checks every block of a table. Errors are persist.ErrCorrupt, or fs.ErrNotExist when a compaction has deleted it.
func verifyTable(path string, buf *[]byte) (err error) {
	b, err := readInto(path, buf)
	if err != nil {
		return fmt.Errorf("check table: %w", err)
	}
	defer func() {
		if p := recover(); p != nil { // Badger indexes with whatever a damaged table says
			err = fmt.Errorf("table %s cannot be read: %w", path, persist.ErrCorrupt)
		}
	}()
	t, err := table.OpenInMemoryTable(b, 0, &table.Options{})
	if err == nil {
		err = t.VerifyChecksum()
	}
	if err != nil {
		return fmt.Errorf("table %s: %w: %w", path, err, persist.ErrCorrupt)
	}
	return nil
}

// verifyTables checks the tables that preflight left, resting four times as long as it works. On damage, what is found is still answered, but
// "not there" becomes an error.
func (s *Store) verifyTables(paths []string) {
	var buf []byte
	for _, path := range paths {
		start := time.Now()
		if err := verifyTable(path, &buf); errors.Is(err, persist.ErrCorrupt) {
			s.damage.Store(&err)
			s.log.Error("stored data is damaged; restore a backup", "error", err)
			return
		}
		select {
		case <-s.closing:
			return
		case <-time.After(4 * time.Since(start)):
		}
	}
	s.log.Debug("tables are checked", "tables", len(paths))
}

// maxFindings bounds what Verify reports.
const maxFindings = 20

// Verify reads everything: tables, values, files. It returns what is damaged or does not fit together, at most 20 findings joined, each
// persist.ErrCorrupt; or ctx's error.
func (s *Store) Verify(ctx context.Context) error {
	var found []error
	tables, err := listTables(s.cfg.Dir)
	if err != nil {
		return err
	}
	var buf []byte
	for _, t := range tables {
		if err := verifyTable(t.path, &buf); errors.Is(err, persist.ErrCorrupt) {
			found = append(found, err)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	err = s.view(func(txn *badger.Txn) error {
		v := verification{s: s, named: map[uint64]bool{}, found: found}
		err := v.run(ctx, txn)
		found = v.found
		return err
	})
	if err != nil {
		return err
	}
	return errors.Join(found...)
}

// verification is one pass over all keys as of one moment. A file that was freed meanwhile is no finding.
type verification struct {
	s     *Store
	named map[uint64]bool // file keys; true once a value refers to it
	found []error
}

func (v *verification) run(ctx context.Context, txn *badger.Txn) error {
	it := txn.NewIterator(badger.IteratorOptions{})
	defer it.Close()
	var refs []uint64
	for it.Rewind(); it.Valid() && len(v.found) < maxFindings; it.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		key := it.Item().KeyCopy(nil)
		raw, err := it.Item().ValueCopy(nil)
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		if number, ok := v.check(key, raw); ok {
			refs = append(refs, number)
		}
	}
	for _, n := range refs {
		if _, ok := v.named[n]; !ok {
			v.add("file %d is used, but not named", n)
		}
		v.named[n] = true
	}
	for n, isUsed := range v.named {
		if !isUsed && len(v.found) < maxFindings {
			v.add("file %d is named, but not used", n)
		}
	}
	return nil
}

func (v *verification) add(format string, args ...any) {
	v.found = append(v.found, fmt.Errorf(format+": %w", append(args, persist.ErrCorrupt)...))
}

// check looks at one key; it returns the file that the value is in.
func (v *verification) check(key, raw []byte) (number uint64, isFile bool) {
	k, err := persist.DecodeKey(key)
	if err != nil {
		v.add("key %x: %v", key, err)
		return 0, false
	}
	val, err := decodeValue(key, raw)
	if err != nil {
		v.add("value of %+v: %v", k, err)
		return 0, false
	}
	if k.Kind == persist.FileKey {
		v.named[k.Number] = false
	}
	if !val.isFile {
		return 0, false
	}
	if _, err := v.s.files.read(val.file, key); err != nil {
		if _, now := v.s.read(k); now == nil || errors.Is(now, persist.ErrCorrupt) {
			v.add("value of %+v: %v", k, err)
		}
	}
	return val.file.number, true
}
