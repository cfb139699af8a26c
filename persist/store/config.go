package store

import (
	"errors"
	"log/slog"
	"os"

	"github.com/prometheus/client_golang/prometheus"
)

// Config says where a store lives and whom it tells.
type Config struct {
	Dir        string                // the store's own directory; made when missing
	Logger     *slog.Logger          // nil: nothing is logged
	Registerer prometheus.Registerer // nil: metrics are counted but not shown
}

// DefaultConfig is a silent store in dir.
func DefaultConfig(dir string) Config { return Config{Dir: dir} }

// Validate tells what is missing.
func (c Config) Validate() error {
	if c.Dir == "" {
		return errors.New("store: no directory")
	}
	return nil
}

// What the sizes are for: with two memtables of 8 MiB, writing 2 MB/s of 4 KiB blobs takes 25 to 36 MB of anonymous memory and 9 MB when idle;
// writing 60 MB/s takes 80 to 110 MB, as each flush and compaction builds its table in memory. So bulk belongs into blobs of fileSize and more. A
// Badger transaction holds 15 % of a memtable, 1.2 MiB, so ours end at 1 MiB.
const (
	fileSize     = 64 << 10 // bytes of a value from which it is a file
	memtableSize = 8 << 20
	memtables    = 2
	maxTxBytes   = 1 << 20
	maxTxEntries = 8000
	entryCost    = 32        // bytes that Badger adds to a key and a value, generously
	maxUnits     = 256       // requests that one round of the writer takes
	maxList      = 512 << 10 // bytes of the list of an unfinished commit
)

const (
	dirMode  os.FileMode = 0o700
	fileMode os.FileMode = 0o600
)
