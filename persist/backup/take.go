package backup

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/jwtkey"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

// Source is what is copied.
type Source struct {
	Data    string // the data directory
	Store   *store.Store
	Log     *log.WAL
	Version string
	Now     func() time.Time
	Anyway  bool // go on in a folder whose copies are another server's, or gone

	Patience time.Duration // how long the backup's disk may take without a step forward; 0: an hour

	// Still calls snapshot while no block is being appended, and copy afterwards, before the end of which no site is erased.
	Still func(snapshot, copy func() error) error
}

// Result is what a copy cost.
type Result struct {
	Name      string        `json:"name"`
	Bytes     int64         `json:"bytes"`     // of the copy
	NewBytes  int64         `json:"newBytes"`  // of which were not there before
	Files     int           `json:"files"`     // shared files of the copy
	NewFiles  int           `json:"newFiles"`  // of which were copied now
	Renewed   []string      `json:"renewed"`   // of these, the ones that earlier copies have and that had changed on the backup's disk
	Blocks    int           `json:"blocks"`    // of the log
	StillFor  time.Duration `json:"stillFor"`  // how long nothing was appended
	Took      time.Duration `json:"took"`      //
	Forgotten int           `json:"forgotten"` // older copies that were removed

	keyLost error // why the copy is without the key that the server has; nil: it is not
}

// ErrBusy says that a copy is being made in the folder.
var ErrBusy = errors.New("another backup is being made in this folder: try again when it is done")

// Take makes a copy in dir and then removes all but the newest keep copies. One that fails or is interrupted leaves nothing that counts as a copy; what
// a killed process leaves is removed by the next one. It ends soon after ctx, also when the disk of dir hangs: then what works on that disk is left
// behind, holds nothing but the folder, and ends as one that is interrupted. Errors: ErrRefused, ErrBusy, the context's, what the disk says.
func Take(ctx context.Context, src Source, dir string, keep int) (Result, error) {
	var made Result
	p := &pace{limit: forever, grace: 2 * grace} // longer than the copy itself has
	left, err := p.beside(ctx, func() (err error) {
		made, err = take(ctx, src, dir, keep)
		return err
	}, func() {})
	if left {
		return Result{}, err
	}
	return made, err
}

func take(ctx context.Context, src Source, dir string, keep int) (r Result, err error) {
	began := time.Now()
	id, err := Identify(src.Store)
	if err == nil && !src.Anyway {
		err = id.missing(dir)
	}
	if err != nil {
		return r, err
	}
	if err := os.MkdirAll(filepath.Join(dir, filesDir), 0o700); err != nil {
		return r, fmt.Errorf("make backup folder: %w", err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return r, fmt.Errorf("back up: %w", err)
	}
	left := false // behind is what works in the folder: it has the lock
	defer func() {
		if !left {
			lock.Close()
		}
	}()
	if !src.Anyway {
		if err := id.admitted(dir); err != nil {
			return r, err
		}
	}
	if err := leftovers(dir); err != nil {
		return r, fmt.Errorf("back up: %w", err)
	}
	var snapshot *store.Snapshot
	var archive *log.Archive
	m := &Manifest{Format: format, Version: src.Version, Server: id.ID}
	freeze := func() (err error) {
		start := time.Now()
		if archive, err = src.Log.Archive(); err != nil {
			return err
		}
		if snapshot, err = src.Store.Snapshot(); err != nil {
			return errors.Join(err, archive.Close())
		}
		m.At = src.Now().UTC().Truncate(time.Millisecond)
		r.StillFor = time.Since(start)
		return nil
	}
	write := func() error {
		p, made := &pace{limit: cmp.Or(src.Patience, patience), grace: grace}, r
		var err error
		left, err = p.beside(ctx, func() error {
			err := made.write(ctx, p, src, dir, &id, m, snapshot, archive)
			if err != nil {
				abandon(ctx, dir)
			}
			return err
		}, func() { lock.Close() })
		if !left {
			r = made
		}
		return errors.Join(err, archive.Close(), snapshot.Close())
	}
	if err := src.Still(freeze, write); err != nil {
		if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
			err = fmt.Errorf("the backup's disk is full; the earlier copies are as they were, and nothing is left of this one. Make room, or keep fewer "+
				"copies: one more than those must have room (%w)", err)
		}
		return r, fmt.Errorf("back up: %w", err)
	}
	if err := id.note(src.Store, dir, r.Name); err != nil {
		return r, fmt.Errorf("back up: %s was made, but: %w", r.Name, err)
	}
	if r.keyLost != nil { // an older copy may be the last one that has it
		return r, fmt.Errorf("back up: %s was made, but without the key of the tokens, and no older copy was removed: %w", r.Name, r.keyLost)
	}
	if r.Forgotten, err = prune(dir, keep); err != nil {
		return r, fmt.Errorf("back up: %s was made, but older copies could not be removed: %w", r.Name, err)
	}
	r.Took = time.Since(began)
	return r, nil
}

func (r *Result) write(ctx context.Context, p *pace, src Source, dir string, id *Identity, m *Manifest, snapshot *store.Snapshot,
	archive *log.Archive,
) (err error) {
	if r.Name, err = nextName(dir, m.At); err != nil {
		return err
	}
	_ = id.begin(src.Store, r.Name) // a store that cannot write is worth a copy; that its note fails, too, is told
	folder := filepath.Join(dir, r.Name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return err
	}
	var files []store.File
	m.Store, err = writePart(filepath.Join(folder, storeFile), func(w io.Writer) (keys int, err error) {
		files, keys, err = snapshot.Dump(until{ctx, p, w})
		return keys, err
	})
	if err != nil {
		return err
	}
	for _, f := range files {
		if err := p.ended(ctx); err != nil {
			return err
		}
		shared, how, err := share(snapshot.Path(f), dir, f)
		if err != nil {
			return err
		}
		p.step()
		m.Files = append(m.Files, shared)
		if how != reused {
			r.NewFiles++
			r.NewBytes += shared.Bytes
		}
		if how == renewed {
			r.Renewed = append(r.Renewed, filepath.Join(dir, filesDir, shared.name()))
		}
	}
	if err := syncDir(filepath.Join(dir, filesDir)); err != nil {
		return err
	}
	for p := range archive.First {
		m.First, m.Next = append(m.First, uint64(archive.First[p])), append(m.Next, uint64(archive.Next[p]))
	}
	m.Log, err = writePart(filepath.Join(folder, logFile), func(w io.Writer) (int, error) { return archive.Len(), writeLog(ctx, until{ctx, p, w}, archive) })
	if err != nil {
		return err
	}
	if m.Key, r.keyLost, err = copyKey(src, folder); err != nil {
		return err
	}
	b, err := m.encode()
	if err == nil {
		err = p.ended(ctx) // what the copy was made of may be gone
	}
	if err == nil {
		err = persist.WriteFile(filepath.Join(folder, manifestFile), b, 0o600)
	}
	if err == nil {
		err = syncDir(dir)
	}
	r.Bytes, r.NewBytes = m.Size(), r.NewBytes+m.Store.Bytes+m.Log.Bytes
	r.Files, r.Blocks = len(m.Files), m.Log.Entries
	return err
}

// nextName names a copy by its time, or by the millisecond behind the newest one where the clock was set back: the order of the names is that in
// which copies are made, by which the newest is found and the oldest are removed.
func nextName(dir string, at time.Time) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries { // also those that were interrupted: their names are taken
		if t, err := time.Parse(nameLayout, e.Name()); err == nil && !t.Before(at) {
			at = t.Add(time.Millisecond)
		}
	}
	return at.Format(nameLayout), nil
}

// writePart writes a compressed file of a copy, synced.
func writePart(path string, fill func(w io.Writer) (entries int, err error)) (p Part, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	sum := sha256.New()
	z, err := zstd.NewWriter(io.MultiWriter(f, sum), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return p, err
	}
	p.Entries, err = fill(z)
	if err = errors.Join(err, z.Close()); err != nil {
		return p, err
	}
	if err := f.Sync(); err != nil {
		return p, err
	}
	info, err := f.Stat()
	if err != nil {
		return p, err
	}
	p.Bytes, p.SHA256 = info.Size(), hex.EncodeToString(sum.Sum(nil))
	return p, nil
}

// until is a writer that ends with the work, and tells that it gets on.
type until struct {
	ctx context.Context
	p   *pace
	w   io.Writer
}

// Write writes, or tells why the work must not go on.
func (u until) Write(b []byte) (int, error) {
	if err := u.p.ended(u.ctx); err != nil {
		return 0, err
	}
	n, err := u.w.Write(b)
	u.p.step()
	return n, err
}

// writeLog writes blocks: partition, length, bytes. Each has a checksum of its own, which the fold checks.
func writeLog(ctx context.Context, w io.Writer, archive *log.Archive) error {
	return archive.Each(ctx, func(p analytics.Partition, _ analytics.Pos, block []byte) error {
		var head [2 * binary.MaxVarintLen64]byte
		b := binary.AppendUvarint(binary.AppendUvarint(head[:0], uint64(p)), uint64(len(block)))
		if _, err := w.Write(b); err != nil {
			return err
		}
		_, err := w.Write(block)
		return err
	})
}

// copyKey copies the key that the server made; nil when it has its key from its configuration. A key that has changed on the disk is not copied, which
// is no error of the copy: lost is what it adds to the message.
func copyKey(src Source, folder string) (part *Part, lost, err error) {
	b, err := os.ReadFile(filepath.Join(src.Data, jwtkey.File))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if err := jwtkey.CheckBytes(b, src.Store); errors.Is(err, jwtkey.ErrChanged) {
		return nil, fmt.Errorf("%s: %w", filepath.Join(src.Data, jwtkey.File), err), nil
	} else if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(b)
	return &Part{Bytes: int64(len(b)), SHA256: hex.EncodeToString(sum[:])}, nil, persist.WriteFile(filepath.Join(folder, keyFile), b, 0o600)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
