package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

type doctorCommand struct {
	Data      string `env:"DATA_DIR" default:"./data" type:"path" placeholder:"DIR" help:"The data directory of a stopped server (./data)."`
	RepairLog bool   `help:"Keep every readable block of a log that the server refuses to open; what is lost is named."`
}

// Run examines the store of a stopped server, or repairs its log.
func (c *doctorCommand) Run(e env) (err error) {
	st, err := store.Open(store.DefaultConfig(filepath.Join(c.Data, "store")))
	if err != nil {
		return fmt.Errorf("open data directory: %w", err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := st.Verify(e.ctx); err != nil {
		return fmt.Errorf("verify the store: %w", err)
	}
	fmt.Fprintln(e.out, "store: every value is readable")
	cfg := log.DefaultConfig(filepath.Join(c.Data, "log"))
	if !c.RepairLog {
		wal, err := log.Open(cfg)
		if err != nil {
			return fmt.Errorf("open the log: %w", err)
		}
		fmt.Fprintf(e.out, "log: %d blocks, %d bytes, every one readable\n", wal.TailBlocks(), wal.TailBytes())
		return wal.Close()
	}
	how := log.Repair{Filler: (&analytics.Block{}).Encode()}
	if how.Seen, err = covered(st); err != nil {
		return err
	}
	done, err := log.RepairLog(cfg, how)
	if err != nil {
		return fmt.Errorf("repair the log: %w", err)
	}
	fmt.Fprintf(e.out, "log: %d blocks kept; the old files are in %s\n", done.Kept, done.Moved)
	for _, gap := range done.Lost {
		fmt.Fprintf(e.out, "lost: partition %d, positions %d to %d\n", gap.Partition, gap.From, gap.To)
	}
	return nil
}

// covered is the highest position that a checkpoint covers, by partition.
func covered(st *store.Store) (seen [analytics.Partitions]analytics.Pos, err error) {
	err = st.Scan("site/", func(key string, _ []byte) error {
		site := analytics.SiteID(strings.TrimPrefix(key, "site/"))
		root, ok, err := st.Root(site)
		if err != nil || !ok {
			return err
		}
		pos, err := analytics.RootPos(root)
		seen[site.Partition()] = max(seen[site.Partition()], pos)
		return err
	})
	if err != nil {
		return seen, fmt.Errorf("read checkpoints: %w", err)
	}
	return seen, nil
}
