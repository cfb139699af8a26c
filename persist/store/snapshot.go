package store

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/ztas-io/ztas/persist"
)

// Snapshot is the store as of one transaction. Every file that it names stays until Close. Safe for concurrent use.
type Snapshot struct {
	store *Store
	db    *badger.DB
	seq   uint64
	once  sync.Once
	err   error
}

// File is an immutable file that a snapshot names.
type File struct {
	Number uint64
	CRC    uint32 // CRC32C of the file without its last four bytes
}

// Snapshot takes what is durable now; it takes a moment only.
func (s *Store) Snapshot() (*Snapshot, error) {
	s.files.pin() // first: a file that is named now must stay
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.db == nil {
		return nil, errors.Join(errors.New("store failed and could not be opened again yet"), s.files.unpin())
	}
	return &Snapshot{store: s, db: s.db, seq: s.readers.begin(&s.seq)}, nil
}

// Close lets the store forget what it keeps for the snapshot.
func (n *Snapshot) Close() error {
	n.once.Do(func() {
		n.store.readers.end(n.seq)
		n.err = n.store.files.unpin()
	})
	return n.err
}

// Path is where a file of the snapshot is.
func (n *Snapshot) Path(f File) string { return n.store.files.path(f.Number, blobSuffix) }

// The dump of a snapshot: magic, then every key and its value as the store keeps it, each behind its length as a varint; a length of 0 ends it.
const dumpMagic = "zSD1"

// Dump writes all keys and values and returns the files that they name, and how many keys there are. Values below 64 KiB are in the dump, larger
// ones are the files. The store is not held while w takes its time, which may be for ever. Errors: persist.ErrClosed, when the store is closed
// meanwhile; those of w.
func (n *Snapshot) Dump(w io.Writer) (files []File, keys int, err error) {
	if _, err := io.WriteString(w, dumpMagic); err != nil {
		return nil, 0, err //nolint:wrapcheck // the caller's writer
	}
	p := piece{more: true}
	for p.more {
		if err := n.read(&p); err != nil {
			return nil, 0, fmt.Errorf("dump store: %w", err)
		}
		if _, err := w.Write(p.entries); err != nil {
			return nil, 0, err //nolint:wrapcheck // the caller's writer
		}
	}
	_, err = w.Write([]byte{0})
	return p.files, p.keys, err //nolint:wrapcheck // the caller's writer
}

// pieceBytes is about how much of a dump is read at once.
const pieceBytes = 1 << 20

// piece is a part of a dump, and what the parts up to it have.
type piece struct {
	entries []byte
	after   []byte // the last key
	more    bool
	files   []File
	keys    int
}

// read reads the next piece. Errors: persist.ErrClosed, persist.ErrCorrupt, those of Badger.
func (n *Snapshot) read(p *piece) error {
	n.store.mu.RLock()
	defer n.store.mu.RUnlock()
	if err := n.gone(); err != nil {
		return err
	}
	txn := n.db.NewTransactionAt(n.seq, false)
	defer txn.Discard()
	it := txn.NewIterator(badger.DefaultIteratorOptions)
	defer it.Close()
	p.entries, p.more = p.entries[:0], false
	for it.Seek(p.next()); it.Valid(); it.Next() {
		if p.more = len(p.entries) >= pieceBytes; p.more {
			return nil
		}
		p.after = it.Item().KeyCopy(p.after)
		if err := it.Item().Value(p.add); err != nil {
			return err //nolint:wrapcheck // Dump does
		}
	}
	return nil
}

// gone tells why the snapshot cannot be read any more; the store's mu is held.
func (n *Snapshot) gone() error {
	switch n.store.db {
	case n.db:
		return nil
	case nil:
		select {
		case <-n.store.closing:
			return persist.ErrClosed
		default:
		}
	}
	return errors.New("the store failed and was opened again meanwhile")
}

// next is where the next piece begins.
func (p *piece) next() []byte {
	if p.after == nil {
		return nil
	}
	return append(bytes.Clone(p.after), 0)
}

// add takes in the value of the key in after.
func (p *piece) add(raw []byte) error {
	v, err := decodeValue(p.after, raw)
	if err != nil || v.isErased {
		return err
	}
	if v.isFile {
		p.files = append(p.files, File{v.file.number, v.file.crc})
	}
	p.keys++
	p.entries = binary.AppendUvarint(p.entries, uint64(len(p.after)))
	p.entries = binary.AppendUvarint(p.entries, uint64(len(raw)))
	p.entries = append(append(p.entries, p.after...), raw...)
	return nil
}

// dumpEntry is a key and its value as the store keeps it.
type dumpEntry struct{ key, raw []byte }

// readDump calls f for every entry. Errors: persist.ErrCorrupt, those of f.
func readDump(r io.Reader, f func(dumpEntry) error) error {
	in := bufio.NewReaderSize(r, 1<<20)
	magic := make([]byte, len(dumpMagic))
	if _, err := io.ReadFull(in, magic); err != nil || string(magic) != dumpMagic {
		return fmt.Errorf("not a dump of a store: %w", persist.ErrCorrupt)
	}
	for {
		n, err := binary.ReadUvarint(in)
		if err == nil && n == 0 {
			return nil
		}
		m, err2 := binary.ReadUvarint(in)
		if err = errors.Join(err, err2); err != nil || n > math.MaxUint16 || m > 2*maxTxBytes {
			return fmt.Errorf("dump of a store: %w", errors.Join(err, persist.ErrCorrupt))
		}
		b := make([]byte, n+m)
		if _, err := io.ReadFull(in, b); err != nil {
			return fmt.Errorf("dump of a store: %w", errors.Join(err, persist.ErrCorrupt))
		}
		if err := f(dumpEntry{b[:n:n], b[n:]}); err != nil {
			return err
		}
	}
}

// Restore makes a store, in a directory without one, from a dump. The files that it names are still to be put where FilePath says.
func Restore(dir string, dump io.Reader) (files []File, err error) {
	if _, err := os.Stat(filepath.Join(dir, "mark")); err == nil {
		return nil, fmt.Errorf("restore store: %s has one", dir)
	}
	if err := os.MkdirAll(filepath.Join(dir, blobDir), dirMode); err != nil {
		return nil, fmt.Errorf("restore store: %w", err)
	}
	mark, err := openMark(filepath.Join(dir, "mark"))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, mark.close()) }()
	files, seq, err := fill(dir, dump)
	if err != nil {
		return nil, fmt.Errorf("restore store: %w", err)
	}
	if err := mark.store(seq); err != nil {
		return nil, err
	}
	return files, syncDir(dir)
}

// fill puts every entry at the transaction that the sequence names. It comes first of all keys.
func fill(dir string, dump io.Reader) (files []File, seq uint64, err error) {
	db, err := openBadger(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	sequence := string(persist.Key{Kind: persist.SequenceKey}.Encode())
	var batch *badger.WriteBatch
	err = readDump(dump, func(e dumpEntry) error {
		v, err := decodeValue(e.key, e.raw)
		if err != nil {
			return err
		}
		if batch == nil {
			if string(e.key) != sequence || len(v.inline) != 8 {
				return fmt.Errorf("a dump without a sequence: %w", persist.ErrCorrupt)
			}
			seq = binary.LittleEndian.Uint64(v.inline)
			batch = db.NewWriteBatchAt(seq)
		}
		if v.isFile {
			files = append(files, File{v.file.number, v.file.crc})
		}
		return batch.Set(e.key, e.raw)
	})
	if batch == nil {
		return nil, 0, err
	}
	if err != nil {
		batch.Cancel()
		return nil, 0, err
	}
	return files, seq, batch.Flush()
}

// FilePath is where the store in dir has a file.
func FilePath(dir string, f File) string {
	return filepath.Join(dir, blobDir, fmt.Sprintf("%016x%s", f.Number, blobSuffix))
}

// CheckFile tells whether the bytes are the file. Errors are persist.ErrCorrupt.
func CheckFile(b []byte, f File) error {
	if len(b) < 4 || binary.LittleEndian.Uint32(b[len(b)-4:]) != f.CRC || crc32.Checksum(b[:len(b)-4], castagnoli) != f.CRC {
		return fmt.Errorf("blob file %016x: checksum: %w", f.Number, persist.ErrCorrupt)
	}
	return nil
}

// CheckFileFrom is CheckFile of a file that is not in memory as a whole: r gives its bytes, size of them. Errors: persist.ErrCorrupt, those of r.
func CheckFileFrom(r io.Reader, size int64, f File) error {
	var end [4]byte
	sum := crc32.New(castagnoli)
	if _, err := io.CopyN(sum, r, max(size-int64(len(end)), 0)); err != nil {
		return fmt.Errorf("blob file %016x: %w", f.Number, err)
	}
	if _, err := io.ReadFull(r, end[:]); err != nil {
		return fmt.Errorf("blob file %016x: %w: %w", f.Number, err, persist.ErrCorrupt)
	}
	if sum.Sum32() != f.CRC || binary.LittleEndian.Uint32(end[:]) != f.CRC {
		return fmt.Errorf("blob file %016x: checksum: %w", f.Number, persist.ErrCorrupt)
	}
	return nil
}
