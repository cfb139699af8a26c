package backup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/jwtkey"
	"github.com/ztas-io/ztas/persist/store"
)

// Manifest says what belongs to a copy.
type Manifest struct {
	Format  int       `json:"format"`
	At      time.Time `json:"at"`
	Version string    `json:"version"`          // of the program
	Server  string    `json:"server,omitempty"` // whose data it is, see Identity; "": the copy is older than identities
	Store   Part      `json:"store"`
	Log     Part      `json:"log"`
	Key     *Part     `json:"key,omitempty"`
	First   []uint64  `json:"first"` // each partition's first position in the log
	Next    []uint64  `json:"next"`  // and the one behind its last
	Files   []File    `json:"files"`
}

// Part is one file of a copy.
type Part struct {
	Bytes   int64  `json:"bytes"`
	SHA256  string `json:"sha256"`
	Entries int    `json:"entries,omitempty"` // keys or blocks
}

// File is a file that copies share.
type File struct {
	Number uint64 `json:"number"`
	CRC    uint32 `json:"crc"`
	Bytes  int64  `json:"bytes"`
}

const (
	format       = 1
	manifestFile = "manifest.json"
	storeFile    = "store.zst"
	logFile      = "log.zst"
	keyFile      = jwtkey.File
	filesDir     = "files"
	nameLayout   = "20060102T150405.000Z"
)

func (f File) name() string       { return fmt.Sprintf("%016x-%08x.blob", f.Number, f.CRC) }
func (f File) stored() store.File { return store.File{Number: f.Number, CRC: f.CRC} }

// Size is the bytes of the copy, shared files included.
func (m *Manifest) Size() int64 {
	n := m.Store.Bytes + m.Log.Bytes
	for _, f := range m.Files {
		n += f.Bytes
	}
	return n
}

// Copies lists the names of the complete copies, oldest first. A folder that is not there has none.
func Copies(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("list backup: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !isCopy(e.Name()) {
			continue
		}
		switch _, err := os.Stat(filepath.Join(dir, e.Name(), manifestFile)); {
		case err == nil:
			names = append(names, e.Name())
		case !errors.Is(err, os.ErrNotExist): // a copy that cannot be looked at is not one that nobody needs
			return nil, fmt.Errorf("list backup: %w", err)
		}
	}
	slices.Sort(names)
	return names, nil
}

func isCopy(name string) bool {
	_, err := time.Parse(nameLayout, name)
	return err == nil
}

// none says that a folder has no copies. One that is a copy itself was meant as one of those of the folder around it.
func none(dir string) error {
	if name := filepath.Base(dir); isCopy(name) {
		return fmt.Errorf("%s is one copy of a backup: name the folder that it is in, which has what it shares with the others", dir)
	}
	return fmt.Errorf("there is no complete backup in %s", dir)
}

// Find reads the manifest of a copy; "" names the newest.
func Find(dir, name string) (found string, m *Manifest, err error) {
	if name == "" {
		names, err := Copies(dir)
		if err != nil {
			return "", nil, err
		}
		if len(names) == 0 {
			return "", nil, none(dir)
		}
		name = names[len(names)-1]
	}
	if !isCopy(name) {
		return "", nil, fmt.Errorf("%q is not the name of a copy, such as 20260115T100000.000Z", name)
	}
	b, err := os.ReadFile(filepath.Join(dir, name, manifestFile))
	if errors.Is(err, os.ErrNotExist) {
		names, err := Copies(dir)
		if err != nil || len(names) == 0 {
			return "", nil, errors.Join(err, none(dir))
		}
		return "", nil, fmt.Errorf("%s has no complete copy %s, but %s", dir, name, strings.Join(names, ", "))
	}
	if err != nil {
		return "", nil, fmt.Errorf("read backup: %w", err)
	}
	if m, err = decodeManifest(b); err != nil {
		return "", nil, fmt.Errorf("manifest of %s: %w", name, err)
	}
	if m.Format != format {
		return "", nil, fmt.Errorf("backup %s has format %d, this program reads %d", name, m.Format, format)
	}
	if len(m.First) != analytics.Partitions || len(m.Next) != analytics.Partitions {
		return "", nil, fmt.Errorf("manifest of %s: %w", name, persist.ErrCorrupt)
	}
	return name, m, nil
}
