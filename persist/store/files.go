package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/ztas-io/ztas/persist"
)

const (
	blobMagic  = "ztF1"
	blobSuffix = ".blob"
	blobDir    = "blobs"
	tempSuffix = ".tmp"
)

// blobFiles is the directory of immutable files. Safe for concurrent use.
type blobFiles struct {
	dir string

	mu      sync.Mutex
	next    uint64
	pending map[uint64]struct{} // written, but not yet named by a durable transaction or given up
	pins    int                 // snapshots that are being copied
	doomed  []uint64            // files to unlink when the last of them is
}

func openBlobFiles(dir string) (*blobFiles, error) {
	if err := os.MkdirAll(dir, dirMode); err != nil {
		return nil, fmt.Errorf("make blob directory: %w", err)
	}
	return &blobFiles{dir: dir, next: 1, pending: map[uint64]struct{}{}}, nil
}

func (f *blobFiles) path(number uint64, suffix string) string {
	return filepath.Join(f.dir, fmt.Sprintf("%016x%s", number, suffix))
}

// reserve gives a number that nothing uses.
func (f *blobFiles) reserve() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := f.next
	f.next++
	f.pending[n] = struct{}{}
	return n
}

// release ends a reservation: a transaction has decided about the file, or it is unused and deleted. 0 is no file.
func (f *blobFiles) release(number uint64, unused bool) {
	if number == 0 {
		return
	}
	if unused { // what cannot be deleted now has no name and goes at the next start
		_ = os.Remove(f.path(number, tempSuffix))
		_ = os.Remove(f.path(number, blobSuffix))
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.pending, number)
}

// write makes the file of a value and syncs it. The directory is the caller's to sync, once for all its files.
func (f *blobFiles) write(number uint64, key, data []byte) (fileRef, error) {
	head := make([]byte, 0, blobHeader(key))
	head = binary.LittleEndian.AppendUint16(append(head, blobMagic...), uint16(len(key)))
	head = binary.LittleEndian.AppendUint64(append(head, key...), uint64(len(data)))
	crc := crc32.Update(crc32.Checksum(head, castagnoli), castagnoli, data)
	temp := f.path(number, tempSuffix)
	if err := writeSynced(temp, head, data, binary.LittleEndian.AppendUint32(nil, crc)); err != nil {
		return fileRef{}, fmt.Errorf("write blob file: %w", err)
	}
	if err := os.Rename(temp, f.path(number, blobSuffix)); err != nil {
		return fileRef{}, fmt.Errorf("write blob file: %w", err)
	}
	return fileRef{number: number, length: uint64(len(data)), crc: crc}, nil
}

func writeSynced(path string, parts ...[]byte) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fileMode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	for _, p := range parts {
		if _, err := file.Write(p); err != nil {
			return err
		}
	}
	return file.Sync()
}

// read gives the value of a file. Errors are persist.ErrCorrupt, which names the file, or fs.ErrNotExist.
func (f *blobFiles) read(ref fileRef, key []byte) ([]byte, error) {
	path := f.path(ref.number, blobSuffix)
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read blob file: %w", err)
	}
	data, crc, err := decodeBlobFile(b, key)
	if err == nil && (crc != ref.crc || uint64(len(data)) != ref.length) {
		err = fmt.Errorf("not the file that was committed: %w", persist.ErrCorrupt)
	}
	if err != nil {
		return nil, fmt.Errorf("blob file %s: %w", path, err)
	}
	return data, nil
}

// readRange gives n bytes of the value of a file from an offset on, fewer where it ends before; they are not checked. Errors are those of read.
func (f *blobFiles) readRange(ref fileRef, key []byte, off, n uint64) ([]byte, error) {
	file, err := os.Open(f.path(ref.number, blobSuffix))
	if err != nil {
		return nil, fmt.Errorf("read blob file: %w", err)
	}
	defer file.Close()
	off = min(off, ref.length)
	b := make([]byte, min(n, ref.length-off))
	if _, err := file.ReadAt(b, int64(blobHeader(key))+int64(off)); err != nil {
		return nil, fmt.Errorf("blob file %s: %w: %w", file.Name(), err, persist.ErrCorrupt)
	}
	return b, nil
}

// blobHeader is where the value begins in a file.
func blobHeader(key []byte) int { return 6 + len(key) + 8 }

// decodeBlobFile checks a file and gives its value, which shares memory with b, and its checksum. Errors are persist.ErrCorrupt.
func decodeBlobFile(b, key []byte) (data []byte, crc uint32, err error) {
	if len(b) < 6 || string(b[:4]) != blobMagic {
		return nil, 0, fmt.Errorf("header: %w", persist.ErrCorrupt)
	}
	n := int(binary.LittleEndian.Uint16(b[4:]))
	start := 6 + n + 8
	if len(b) < start+4 || binary.LittleEndian.Uint64(b[start-8:]) != uint64(len(b)-start-4) {
		return nil, 0, fmt.Errorf("length: %w", persist.ErrCorrupt)
	}
	end := len(b) - 4
	crc = binary.LittleEndian.Uint32(b[end:])
	if crc32.Checksum(b[:end], castagnoli) != crc {
		return nil, 0, fmt.Errorf("checksum: %w", persist.ErrCorrupt)
	}
	if string(b[6:6+n]) != string(key) {
		return nil, 0, fmt.Errorf("holds another value: %w", persist.ErrCorrupt)
	}
	return b[start:end:end], crc, nil
}

// pin keeps every file that has a name now, until unpin.
func (f *blobFiles) pin() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pins++
}

// unpin ends a pin; the last one unlinks what lost its name meanwhile. Open deletes what a crash leaves.
func (f *blobFiles) unpin() error {
	f.mu.Lock()
	f.pins--
	var doomed []uint64
	if f.pins == 0 {
		doomed, f.doomed = f.doomed, nil
	}
	f.mu.Unlock()
	var errs []error
	for _, n := range doomed {
		errs = append(errs, f.unlink(n))
	}
	return errors.Join(errs...)
}

// unlink removes a file, now or with the last pin; one that is gone already is no error.
func (f *blobFiles) unlink(number uint64) error {
	f.mu.Lock()
	if f.pins > 0 {
		f.doomed = append(f.doomed, number)
		f.mu.Unlock()
		return nil
	}
	f.mu.Unlock()
	if err := os.Remove(f.path(number, blobSuffix)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("unlink blob file: %w", err)
	}
	return nil
}

func (f *blobFiles) sync() error { return syncDir(f.dir) }

// sweep deletes the files that are not in use and returns how many those were. Numbers go on above every one seen.
func (f *blobFiles) sweep(used map[uint64]struct{}) (removed int, err error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return 0, fmt.Errorf("list blob files: %w", err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for n := range used {
		f.next = max(f.next, n+1)
	}
	for _, e := range entries {
		name, isBlob := strings.CutSuffix(e.Name(), blobSuffix)
		if !isBlob {
			name = strings.TrimSuffix(e.Name(), tempSuffix)
		}
		n, err := strconv.ParseUint(name, 16, 64)
		if err != nil || len(name) != 16 {
			continue // not ours
		}
		f.next = max(f.next, n+1)
		_, isPending := f.pending[n]
		_, isUsed := used[n]
		if isPending || (isUsed && isBlob) {
			continue
		}
		if err := os.Remove(filepath.Join(f.dir, e.Name())); err != nil {
			return removed, fmt.Errorf("delete file without a name: %w", err)
		}
		removed++
	}
	if removed > 0 {
		err = f.sync()
	}
	return removed, err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("sync directory: %w", err)
	}
	return nil
}
