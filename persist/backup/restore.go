package backup

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

// restoringFile is in a data directory that is not complete yet.
const restoringFile = "restoring"

// Unfinished refuses a data directory whose restore was interrupted.
func Unfinished(data string) error {
	if _, err := os.Stat(filepath.Join(data, restoringFile)); err == nil {
		return fmt.Errorf("%s is half restored: empty it and restore again", data)
	}
	return nil
}

// Check reads all of a copy and compares it with its manifest. Errors: persist.ErrCorrupt, which names the file.
func Check(ctx context.Context, dir, name string) (*Manifest, error) {
	name, m, err := Find(dir, name)
	if err != nil {
		return nil, err
	}
	parts := map[string]*Part{storeFile: &m.Store, logFile: &m.Log}
	if m.Key != nil {
		parts[keyFile] = m.Key
	}
	for file, p := range parts {
		if err := checkPart(filepath.Join(dir, name, file), p); err != nil {
			return nil, err
		}
	}
	for _, f := range m.Files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := checkShared(filepath.Join(dir, filesDir, f.name()), f); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func checkPart(path string, p *Part) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("check backup: %w", err)
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, f)
	if err != nil {
		return fmt.Errorf("check backup: %w", err)
	}
	if n != p.Bytes || hex.EncodeToString(sum.Sum(nil)) != p.SHA256 {
		return fmt.Errorf("%s is not what was written: %w", path, persist.ErrCorrupt)
	}
	return nil
}

// Restore makes a data directory of a copy; "" names the newest. data must be empty or not there. After an error, or a crash, what was written is
// refused by Unfinished.
func Restore(ctx context.Context, dir, name, data string) (*Manifest, error) {
	name, m, err := Find(dir, name)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	entries, err := os.ReadDir(data)
	if err == nil && len(entries) > 0 {
		if err = Unfinished(data); err == nil {
			err = fmt.Errorf("%s is not empty", data)
		}
	}
	if err == nil {
		_, err = Check(ctx, dir, name)
	}
	if err == nil {
		err = persist.WriteFile(filepath.Join(data, restoringFile), nil, 0o600)
	}
	if err != nil {
		return nil, fmt.Errorf("restore: %w", err)
	}
	for _, step := range []func() error{
		func() error { return m.restoreStore(ctx, dir, name, data) },
		func() error { return m.restoreLog(dir, name, data) },
		func() error { return m.restoreKey(dir, name, data) },
		func() error { return m.restoreIdentity(dir, name, data) },
		func() error { return os.Remove(filepath.Join(data, restoringFile)) },
		func() error { return syncDir(data) },
	} {
		err := ctx.Err()
		if err == nil {
			err = step()
		}
		if err != nil {
			return nil, fmt.Errorf("restore: %w", err)
		}
	}
	return m, nil
}

func (m *Manifest) restoreStore(ctx context.Context, dir, name, data string) error {
	root := filepath.Join(data, "store")
	var named []store.File
	err := readPart(filepath.Join(dir, name, storeFile), func(r io.Reader) (err error) {
		named, err = store.Restore(root, r)
		return err
	})
	if err != nil {
		return err
	}
	if len(named) != len(m.Files) {
		return fmt.Errorf("the store names %d files, the manifest %d: %w", len(named), len(m.Files), persist.ErrCorrupt)
	}
	for _, f := range m.Files {
		if err := ctx.Err(); err != nil {
			return err
		}
		b, err := readShared(dir, f)
		if err == nil {
			err = persist.WriteFile(store.FilePath(root, f.stored()), b, 0o600)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *Manifest) restoreLog(dir, name, data string) error {
	cfg := log.DefaultConfig(filepath.Join(data, "log"))
	if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
		return err
	}
	var first, next [analytics.Partitions]analytics.Pos
	for p := range first {
		first[p] = analytics.Pos(m.First[p])
	}
	next = first
	return readPart(filepath.Join(dir, name, logFile), func(r io.Reader) error {
		count, err := log.Restore(cfg, first, func(yield func(actors.LogBlock, error) bool) {
			for b, err := range logBlocks(r) {
				if err == nil {
					next[b.Partition]++
				}
				if !yield(b, err) {
					return
				}
			}
		})
		if err != nil {
			return err
		}
		if count != m.Log.Entries {
			return fmt.Errorf("the log has %d blocks, the manifest says %d: %w", count, m.Log.Entries, persist.ErrCorrupt)
		}
		for p := range next {
			if uint64(next[p]) != m.Next[p] {
				return fmt.Errorf("partition %d ends at %d, the manifest says %d: %w", p, next[p], m.Next[p], persist.ErrCorrupt)
			}
		}
		return nil
	})
}

// logBlocks reads what writeLog wrote.
func logBlocks(r io.Reader) iter.Seq2[actors.LogBlock, error] {
	in := bufio.NewReader(r)
	next := func() (b actors.LogBlock, err error) {
		p, err := binary.ReadUvarint(in)
		if err != nil {
			return b, err
		}
		n, err := binary.ReadUvarint(in)
		if err != nil || p >= analytics.Partitions || n > 64<<20 {
			return b, fmt.Errorf("log of the backup: %w", errors.Join(err, persist.ErrCorrupt))
		}
		b = actors.LogBlock{Partition: analytics.Partition(p), Data: make([]byte, n)}
		if _, err := io.ReadFull(in, b.Data); err != nil {
			return b, fmt.Errorf("log of the backup: %w", errors.Join(err, persist.ErrCorrupt))
		}
		return b, nil
	}
	return func(yield func(actors.LogBlock, error) bool) {
		for {
			b, err := next()
			if errors.Is(err, io.EOF) && !errors.Is(err, persist.ErrCorrupt) {
				return
			}
			if !yield(b, err) || err != nil {
				return
			}
		}
	}
}

func (m *Manifest) restoreKey(dir, name, data string) error {
	if m.Key == nil {
		return nil
	}
	b, err := os.ReadFile(filepath.Join(dir, name, keyFile))
	if err != nil {
		return err
	}
	return persist.WriteFile(filepath.Join(data, keyFile), b, 0o600)
}

// restoreIdentity gives the data directory an identity of its own, which remembers where it comes from.
func (m *Manifest) restoreIdentity(dir, name, data string) (err error) {
	names, err := Copies(dir)
	if err != nil {
		return err
	}
	st, err := store.Open(store.DefaultConfig(filepath.Join(data, "store")))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	id := newIdentity(&Origin{Server: m.Server, Copy: name, Newest: names[len(names)-1]})
	return id.put(st)
}

// readPart reads a compressed file of a copy.
func readPart(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z, err := zstd.NewReader(f, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer z.Close()
	return read(z)
}
