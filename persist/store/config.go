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

// What the sizes are for: each flush and each compaction builds its table in memory of its own, which Badger keeps for the next, up to eight times. With
// these sizes each takes 2 MiB, twice tableSize, and 4 more when it flushed a memtable (docs/adr/010-small-tables.md). Bulk belongs into blobs of
// fileSize and more. A Badger transaction holds 15 % of a memtable, 307 KiB, with some 20 bytes an entry, so ours end at 256 KiB.
const (
	fileSize     = 64 << 10 // bytes of a value from which it is a file
	memtableSize = 2 << 20
	tableSize    = 1 << 20
	blockSize    = 256 << 10 // holds several values: one that fills a block by itself is copied twice
	memtables    = 2
	maxTxBytes   = 256 << 10
	maxTxEntries = 2000
	entryCost    = 32        // bytes that Badger adds to a key and a value, generously
	maxUnits     = 256       // requests that one round of the writer takes
	maxList      = 128 << 10 // bytes of the list of an unfinished commit
)

const (
	dirMode  os.FileMode = 0o700
	fileMode os.FileMode = 0o600
)
