package store

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
)

// Root returns the site's newest root; ok is false when there is none. The bytes are the caller's.
func (s *Store) Root(site analytics.SiteID) (root []byte, ok bool, err error) {
	root, err = s.read(persist.Key{Kind: persist.RootKey, Site: site})
	if errors.Is(err, actors.ErrNoBlob) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("root of site %s: %w", site, err)
	}
	return root, true, nil
}

// Blob returns an immutable value of the site; actors.ErrNoBlob when there is none (any more), persist.ErrCorrupt when it is damaged. The bytes
// are the caller's.
func (s *Store) Blob(site analytics.SiteID, id uint64) ([]byte, error) {
	b, err := s.read(persist.Key{Kind: persist.BlobKey, Site: site, Number: id})
	if err != nil {
		return nil, fmt.Errorf("blob %d of site %s: %w", id, site, err)
	}
	return b, nil
}

// BlobRange returns n bytes of such a value from an offset on, fewer where it ends before. What of it lies in a file is not checked for damage.
func (s *Store) BlobRange(site analytics.SiteID, id uint64, off, n uint32) ([]byte, error) {
	b, err := s.readWith(persist.Key{Kind: persist.BlobKey, Site: site, Number: id}, func(ref fileRef, key []byte) ([]byte, error) {
		return s.files.readRange(ref, key, uint64(off), uint64(n))
	}, func(inline []byte) []byte {
		from := min(uint64(off), uint64(len(inline)))
		return inline[from:min(from+uint64(n), uint64(len(inline)))]
	})
	if err != nil {
		return nil, fmt.Errorf("blob %d of site %s: %w", id, site, err)
	}
	return b, nil
}

func (s *Store) read(k persist.Key) ([]byte, error) {
	return s.readWith(k, s.files.read, func(inline []byte) []byte { return inline })
}

// readWith finds a value and reads it from its file, or takes it as it is.
func (s *Store) readWith(
	k persist.Key, fromFile func(ref fileRef, key []byte) ([]byte, error), fromInline func(inline []byte) []byte,
) ([]byte, error) {
	if err := checkSite(k.Site); err != nil {
		return nil, err
	}
	key := k.Encode()
	for tried := (fileRef{}); ; {
		var v value
		err := s.view(func(txn *badger.Txn) (err error) {
			v, _, err = get(txn, key)
			return err
		})
		if errors.Is(err, badger.ErrKeyNotFound) {
			return nil, s.missing(actors.ErrNoBlob)
		}
		if err != nil {
			return nil, err
		}
		if !v.isFile {
			return fromInline(v.inline), nil
		}
		b, err := fromFile(v.file, key)
		if !errors.Is(err, fs.ErrNotExist) {
			return b, err
		}
		// A commit took the file's name away while we looked; then Badger knows better now.
		if v.file == tried {
			return nil, fmt.Errorf("%w: %w", err, persist.ErrCorrupt)
		}
		tried = v.file
	}
}

// Commit makes each checkpoint durable, in order, and returns after the last. Ids in Put must be new to the site; an id in Free that does not
// exist is ignored. On an error the checkpoints may be durable up to any of them, each of them whole.
func (s *Store) Commit(checkpoints []actors.Checkpoint) error {
	for i := range checkpoints {
		if err := checkCheckpoint(&checkpoints[i]); err != nil {
			return err
		}
	}
	if s.failing.Load() { // before files are written for nothing
		if err := s.submit(&request{}); err != nil {
			return err
		}
	}
	r := &request{}
	err := s.prepare(r, checkpoints)
	unused := err != nil
	if err == nil {
		err = s.submit(r)
		unused = errors.Is(err, persist.ErrClosed) // never taken
	}
	for _, u := range r.units {
		for _, p := range append(u.puts, u.root) {
			s.files.release(p.file, unused)
		}
	}
	if err != nil {
		return fmt.Errorf("commit checkpoints: %w", err)
	}
	return nil
}

// prepare encodes the checkpoints and writes their files, in the caller's goroutine.
func (s *Store) prepare(r *request, checkpoints []actors.Checkpoint) error {
	files := false
	for i := range checkpoints {
		c := &checkpoints[i]
		u := unit{site: c.Site, frees: slices.Clone(c.Free)}
		ids := make([]uint64, 0, len(c.Put))
		for id := range c.Put {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		add := func(k persist.Key, data []byte) (put, error) {
			p, err := s.prepareValue(k, data)
			u.bytes += len(data)
			u.cost += p.cost()
			files = files || p.file != 0
			return p, err
		}
		for _, id := range ids {
			p, err := add(persist.Key{Kind: persist.BlobKey, Site: c.Site, Number: id}, c.Put[id])
			u.puts = append(u.puts, p)
			if err != nil {
				r.units = append(r.units, u)
				return err
			}
		}
		var err error
		u.root, err = add(persist.Key{Kind: persist.RootKey, Site: c.Site}, c.Root)
		u.cost += len(u.frees) * freeCost(c.Site)
		r.units = append(r.units, u)
		if err != nil {
			return err
		}
	}
	if files {
		return s.files.sync()
	}
	return nil
}

func (s *Store) prepareValue(k persist.Key, data []byte) (put, error) {
	key := k.Encode()
	if len(data) < fileSize {
		return put{id: k.Number, key: key, val: encodeInline(key, data)}, nil
	}
	p := put{id: k.Number, key: key, file: s.files.reserve()}
	ref, err := s.files.write(p.file, key, data)
	if err != nil {
		return p, err
	}
	p.val = encodeRef(key, ref)
	return p, nil
}

// Drop removes everything of a site, for good: its keys leave the tables, its files are unlinked. If the process dies meanwhile the site is
// there in part, and Drop has to be called again.
func (s *Store) Drop(site analytics.SiteID) error {
	if err := checkSite(site); err != nil {
		return err
	}
	if err := s.submit(&request{drop: [][]byte{persist.SitePrefix(site)}}); err != nil {
		return fmt.Errorf("drop site %s: %w", site, err)
	}
	return nil
}

func checkSite(site analytics.SiteID) error {
	if site == "" || len(site) > persist.MaxSite {
		return fmt.Errorf("site id of %d bytes", len(site))
	}
	return nil
}

func checkCheckpoint(c *actors.Checkpoint) error {
	if err := checkSite(c.Site); err != nil {
		return err
	}
	for _, id := range c.Free {
		if _, ok := c.Put[id]; ok {
			return fmt.Errorf("checkpoint of site %s puts and frees blob %d", c.Site, id)
		}
	}
	if len(encodeList(listRedo, slices.Clone(c.Free))) > maxList || len(encodeList(listUndo, slices.Collect(maps.Keys(c.Put)))) > maxList {
		return fmt.Errorf("checkpoint of site %s has %d new and %d freed blobs: %w", c.Site, len(c.Put), len(c.Free), persist.ErrTooBig)
	}
	return nil
}
