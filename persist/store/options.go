package store

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
)

// ErrInUse is wrapped by Open's error when another process holds the directory.
var ErrInUse = fmt.Errorf("data directory is in use by another ztas")

// badgerOptions are the measured ones of design.md D4. Values are inline (the value log never gives space back), so the value log is as small as
// it can be. Tables are mapped and not compressed: callers compress whole values better, and there is no cache to size. Our own checksums make
// those of blocks unnecessary when reading; with them a bad block would be skipped without a word, by readers and by compactions.
func badgerOptions(dir string, log *slog.Logger) badger.Options {
	o := badger.DefaultOptions(dir).
		WithSyncWrites(true).
		WithMemTableSize(memtableSize).
		WithNumMemtables(memtables).
		WithValueThreshold(maxTxBytes).
		WithValueLogFileSize(1 << 20).
		WithNumCompactors(2).
		WithBlockSize(blockSize).
		WithNumGoroutines(1).
		WithCompression(options.None).
		WithBlockCacheSize(0).
		WithIndexCacheSize(0).
		WithDetectConflicts(false).
		WithNumVersionsToKeep(1).
		WithMetricsEnabled(false).
		WithChecksumVerificationMode(options.NoVerification).
		WithLogger(badgerLogger{log})
	o.BaseTableSize, o.TableSizeMultiplier = tableSize, 1
	return o
}

// openBadger opens Badger with our own timestamps.
func openBadger(dir string, log *slog.Logger) (*badger.DB, error) {
	db, err := badger.OpenManaged(badgerOptions(dir, log))
	if err != nil {
		// Badger wraps with %v, so the text is all there is.
		if strings.Contains(err.Error(), "Cannot acquire directory lock") {
			return nil, fmt.Errorf("open store %s: %w: stop the other process or choose another directory", dir, ErrInUse)
		}
		return nil, fmt.Errorf("open store %s: %w", dir, err)
	}
	return db, nil
}

// badgerLogger hands Badger's lines to slog. What Badger calls Info is every flush and compaction, which is Debug here.
type badgerLogger struct{ log *slog.Logger }

func (l badgerLogger) print(level slog.Level, format string, args []any) {
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, strings.TrimSpace(fmt.Sprintf(format, args...)), "component", "badger")
	}
}

func (l badgerLogger) Errorf(format string, args ...any)   { l.print(slog.LevelError, format, args) }
func (l badgerLogger) Warningf(format string, args ...any) { l.print(slog.LevelWarn, format, args) }
func (l badgerLogger) Infof(format string, args ...any)    { l.print(slog.LevelDebug, format, args) }
func (l badgerLogger) Debugf(format string, args ...any)   {}
