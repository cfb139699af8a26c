package salts

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

const (
	magic               = "ztS1"
	entry               = 4 + 32
	mode    fs.FileMode = 0o600
	maxFile             = 1 << 20 // bytes; a file beyond it is not ours
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func tempPath(path string) string { return path + ".tmp" }
func oldPath(path string) string  { return path + ".old" }

func encode(days map[analytics.Day]*[32]byte) []byte {
	b := make([]byte, 0, len(magic)+entry*len(days)+4)
	b = append(b, magic...)
	for _, day := range slices.Sorted(maps.Keys(days)) {
		b = binary.LittleEndian.AppendUint32(b, uint32(day))
		b = append(b, days[day][:]...)
	}
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
}

// decode reads a file. Errors are ErrCorrupt.
func decode(b []byte) (map[analytics.Day]*[32]byte, error) {
	end := len(b) - 4
	if end < len(magic) || string(b[:len(magic)]) != magic || (end-len(magic))%entry != 0 {
		return nil, fmt.Errorf("header or length: %w", ErrCorrupt)
	}
	if crc32.Checksum(b[:end], castagnoli) != binary.LittleEndian.Uint32(b[end:]) {
		return nil, fmt.Errorf("checksum: %w", ErrCorrupt)
	}
	days := map[analytics.Day]*[32]byte{}
	last := int64(-1 << 40)
	for rest := b[len(magic):end]; len(rest) > 0; rest = rest[entry:] {
		day := int32(binary.LittleEndian.Uint32(rest))
		if int64(day) <= last {
			return nil, fmt.Errorf("order of days: %w", ErrCorrupt)
		}
		last = int64(day)
		salt := new([32]byte)
		copy(salt[:], rest[4:])
		days[analytics.Day(day)] = salt
	}
	return days, nil
}

// readFile reads the salts and sees to it that only their owner may.
func readFile(path string) (map[analytics.Day]*[32]byte, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return map[analytics.Day]*[32]byte{}, nil
	}
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm() != mode {
		if err := os.Chmod(path, mode); err != nil {
			return nil, err
		}
	}
	if info.Size() > maxFile {
		return nil, damaged(path, fmt.Errorf("%d bytes: %w", info.Size(), ErrCorrupt))
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	defer clear(b)
	days, err := decode(b)
	if err != nil {
		return nil, damaged(path, err)
	}
	return days, nil
}

// Check tells whether the file can be read; none is no error. It changes nothing but wide permissions. Errors: ErrCorrupt, what the disk says.
func Check(path string) error {
	days, err := readFile(path)
	for _, salt := range days {
		clear(salt[:])
	}
	if err != nil {
		return fmt.Errorf("check salts: %w", err)
	}
	return nil
}

func damaged(path string, err error) error {
	return fmt.Errorf("%s: %w: delete the file to go on; visitors of the last days who come again are then counted once more", path, err)
}

// errLeft says that the file was replaced, but the bytes of the old one could not be overwritten.
var errLeft = errors.New("old salts file could not be overwritten")

// writeFile replaces the file, whole or not at all, and then overwrites the bytes of the old one. Unless the error is errLeft nothing is known of
// the file.
func writeFile(path string, days map[analytics.Day]*[32]byte) error {
	b := encode(days)
	defer clear(b)
	old, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		old, err = nil, nil
	}
	if err != nil {
		return err
	}
	if old != nil {
		defer old.Close() // zero has synced it
	}
	for _, step := range replacing(path, b) {
		if err := step(); err != nil {
			return errors.Join(err, destroyFile(tempPath(path)))
		}
	}
	if old != nil {
		err = zero(old)
	}
	if err == nil {
		err = destroyOld(path)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", errLeft, err)
	}
	return nil
}

// replacing are the steps that make the file have the bytes. Until its own are overwritten the old one keeps a name, so that whoever is killed in
// between leaves no salt on the disk that nobody knows of: Open overwrites it then.
func replacing(path string, b []byte) []func() error {
	return []func() error{
		func() error { return destroyOld(path) },
		func() error { return destroyFile(tempPath(path)) },
		func() error { return writeSynced(tempPath(path), b) },
		func() error { return keepName(path) },
		func() error { return os.Rename(tempPath(path), path) },
		func() error { return syncDir(filepath.Dir(path)) },
	}
}

// keepName gives the file, if there is one, its second name. A file system without second names is used without.
func keepName(path string) error {
	err := os.Link(path, oldPath(path))
	for _, none := range []error{fs.ErrNotExist, fs.ErrPermission, errors.ErrUnsupported} {
		if errors.Is(err, none) {
			return nil
		}
	}
	if err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// destroyOld ends what a replacement left under the second name: the file itself, where it was not replaced yet, loses that name only.
func destroyOld(path string) error {
	old, err := os.Stat(oldPath(path))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if now, err := os.Stat(path); err == nil && os.SameFile(old, now) {
		return os.Remove(oldPath(path))
	}
	return destroyFile(oldPath(path))
}

func writeSynced(path string, b []byte) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Chmod(mode); err != nil { // whatever the umask is
		return err
	}
	if _, err := f.Write(b); err != nil {
		return err
	}
	return f.Sync()
}

// destroyFile overwrites a file and unlinks it; none is no error.
func destroyFile(path string) (err error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := zero(f); err != nil {
		return err
	}
	return os.Remove(path)
}

func zero(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(make([]byte, info.Size()), 0); err != nil {
		return err
	}
	return f.Sync()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
