package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/backup"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

type backupCommand struct {
	To   string `arg:"" type:"path" placeholder:"DIR" help:"The backup's folder. What it has already is not copied again."`
	Data string `env:"DATA_DIR" default:"./data" type:"path" placeholder:"DIR" help:"The data directory of a server, running or stopped (${default})."`
	Keep int    `default:"7" placeholder:"N" help:"How many copies stay; older ones are removed (7)."`

	Anyway bool `help:"Go on in a folder whose copies are those of another server, or are gone."`
	Quiet  bool `short:"q" help:"Say nothing when all is well, as for cron."`
}

// Run makes a copy: a running server makes it itself, while it goes on.
func (c *backupCommand) Run(e env) error {
	if c.Keep < 1 {
		return errors.New("--keep must be at least 1")
	}
	if within(c.To, c.Data) {
		return errors.New("the backup cannot be inside the data directory")
	}
	var r backup.Result
	asked := backupOrder{To: c.To, Keep: c.Keep, Anyway: c.Anyway}
	err := control(e.ctx, c.Data, "/backup", asked, &r)
	if errors.Is(err, errNotRunning) {
		r, err = c.stopped(e, asked)
		err = offline(c.Data, err)
	}
	if err != nil && e.ctx.Err() != nil {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	for _, file := range r.Renewed {
		fmt.Fprintf(e.errOut, "ztas: %s had changed on the backup's disk: it was copied anew, and all copies that share it are whole again. Look at that disk\n", file)
	}
	if c.Quiet {
		return nil
	}
	fmt.Fprintf(e.out, "backup %s: %s, of which %s are new; %s of the log; no event was held up for more than %s; took %s\n", r.Name,
		humanize.IBytes(uint64(r.Bytes)), humanize.IBytes(uint64(r.NewBytes)), plural(r.Blocks, "block"), r.StillFor.Round(time.Microsecond),
		r.Took.Round(time.Millisecond))
	return nil
}

// within tells whether a path is in a directory, or is it, by whatever links they are named.
func within(path, dir string) bool {
	rel, err := filepath.Rel(realPath(dir), realPath(path))
	return err == nil && filepath.IsLocal(rel)
}

// realPath is an absolute path without symbolic links, as far as it is there.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	parent := filepath.Dir(path)
	if parent == path {
		return path
	}
	return filepath.Join(realPath(parent), filepath.Base(path))
}

// stopped copies the data of a server that does not run.
func (c *backupCommand) stopped(e env, asked backupOrder) (r backup.Result, err error) {
	data, err := openStopped(e.ctx, c.Data, AutoSize, newLogger(e.errOut, "warn", "text"))
	if err != nil {
		return r, err
	}
	r, err = newBackups(c.Data, data.store, data.log, data.system).take(e.ctx, asked)
	return r, errors.Join(err, stop(&data.instance))
}

type backupOrder struct {
	To     string `json:"to"` // absolute
	Keep   int    `json:"keep"`
	Anyway bool   `json:"anyway"`
}

// backups makes copies, one at a time.
type backups struct {
	mu     sync.Mutex
	source backup.Source
}

func newBackups(data string, st *store.Store, wal *log.WAL, system *actors.System) *backups {
	return &backups{source: backup.Source{Data: data, Store: st, Log: wal, Version: programVersion(), Now: time.Now, Still: system.Backup}}
}

// errInterrupted is the error of a backup whose server, or who asked for it, was told to end.
var errInterrupted = errors.New("the backup was interrupted before it was complete: run it again")

// take makes a copy and notes it for the operator.
func (b *backups) take(ctx context.Context, asked backupOrder) (backup.Result, error) {
	if !b.mu.TryLock() {
		return backup.Result{}, errors.New("a backup is being made")
	}
	defer b.mu.Unlock()
	source := b.source
	source.Anyway = asked.Anyway
	r, err := backup.Take(ctx, source, asked.To, asked.Keep)
	switch {
	case errors.Is(err, backup.ErrRefused):
		return r, fmt.Errorf("%w. Name another folder; or, if this server is to go on there, run once: %s", err,
			hint("backup", asked.To, "--data", source.Data, "--keep", strconv.Itoa(asked.Keep), "--anyway"))
	case err != nil && ctx.Err() != nil:
		return r, errInterrupted
	case err != nil:
		return r, repairable(source.Data, err)
	}
	note, err := json.Marshal(lastBackup{At: time.Now().UTC().Truncate(time.Millisecond), Bytes: r.Bytes})
	if err == nil {
		err = b.source.Store.Txn(persist.Put(backupKey, note))
	}
	if err != nil {
		return r, fmt.Errorf("note the backup: %w", err)
	}
	return r, nil
}

// backupKey has the lastBackup.
const backupKey = "backup"

// lastBackup is what is kept of the newest copy.
type lastBackup struct {
	At    time.Time `json:"at"`
	Bytes int64     `json:"bytes"`
}

// last tells of the newest copy; ok is false when none was ever made.
func (b *backups) last() (l lastBackup, ok bool, err error) {
	val, _, err := b.source.Store.Get(backupKey)
	if errors.Is(err, persist.ErrNotFound) {
		return l, false, nil
	}
	if err == nil {
		err = json.Unmarshal(val, &l)
	}
	if err != nil {
		return l, false, fmt.Errorf("read the note of the last backup: %w", err)
	}
	return l, true, nil
}

type restoreCommand struct {
	From string `arg:"" type:"existingdir" placeholder:"DIR" help:"The backup's folder."`
	Copy string `placeholder:"NAME" help:"Which copy, such as 20260115T100000.000Z (the newest)."`
	Data string `env:"DATA_DIR" default:"./data" type:"path" placeholder:"DIR" help:"The data directory to make; empty or not there (${default})."`
}

// Run makes a data directory of a copy.
func (c *restoreCommand) Run(e env) error {
	if within(c.Data, c.From) {
		return errors.New("the data directory cannot be inside the backup")
	}
	m, err := backup.Restore(e.ctx, c.From, c.Copy, c.Data)
	if err != nil && e.ctx.Err() != nil {
		return fmt.Errorf("the restore was interrupted: empty %s and restore again", c.Data)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "restored %s as of %s: %s of the store, %s of the log, %s\n", c.Data, m.At.Format(time.RFC3339Nano),
		plural(m.Store.Entries, "key"), plural(m.Log.Entries, "block"), plural(len(m.Files), "file"))
	if m.Server != "" {
		fmt.Fprintf(e.out, "it is a server of its own now: its backups go on in %s unless %s, of which the copy is, makes another one there\n", c.From, m.Server)
	}
	return nil
}
