package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

type doctorCommand struct {
	Data      string `env:"DATA_DIR" default:"./data" type:"path" placeholder:"DIR" help:"The data directory of a stopped server (${default})."`
	RepairLog bool   `help:"Keep every readable block of a log that the server refuses to open; what is lost is named."`
}

// Run examines the store of a stopped server, or repairs its log.
func (c *doctorCommand) Run(e env) (err error) {
	if err := isData(c.Data); err != nil {
		return err
	}
	st, err := store.Open(store.DefaultConfig(filepath.Join(c.Data, "store")))
	if err != nil {
		return fmt.Errorf("open data directory: %w", err)
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := st.Verify(e.ctx); err != nil {
		return fmt.Errorf("verify the store: %w", err)
	}
	fmt.Fprintln(e.out, "store: every value is readable")
	keys := checkKeys(e.out, c.Data, st) // told at the end: a log is examined and repaired all the same
	defer func() { err = errors.Join(keys, err) }()
	if err := printMemory(e.out, st); err != nil {
		return err
	}
	cfg := log.DefaultConfig(filepath.Join(c.Data, "log"))
	if !c.RepairLog {
		wal, err := log.Open(cfg)
		if err != nil {
			return fmt.Errorf("open the log: %w", repairable(c.Data, err))
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

// heaviest is how many sites the doctor lists.
const heaviest = 10

// printMemory tells what the states of sites would take in memory, as of their checkpoints.
func printMemory(out io.Writer, st *store.Store) error {
	type weight struct {
		site analytics.SiteID
		analytics.Size
	}
	var sites []weight
	var sum analytics.Size
	ids, err := siteIDs(st)
	if err != nil {
		return err
	}
	for _, id := range ids {
		root, ok, err := st.Root(id)
		if err != nil {
			return fmt.Errorf("read checkpoint: %w", err)
		}
		if !ok {
			continue
		}
		state, err := analytics.LoadState(root, actors.BlobsOf(st, id), math.MaxInt64)
		if err != nil {
			return fmt.Errorf("load the state of %s: %w", id, err)
		}
		sites = append(sites, weight{id, state.Size()})
		sum.Add(state.Size())
	}
	slices.SortFunc(sites, func(a, b weight) int { return cmp.Compare(b.Total(), a.Total()) })
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(name string, s analytics.Size) {
		fmt.Fprintf(table, "%s\t", name)
		for _, n := range []int64{s.Total(), s.Visitors, s.Index, s.Counters, s.Rows, s.IDs, s.Live, s.Other} {
			fmt.Fprintf(table, "%s\t", humanize.IBytes(uint64(n)))
		}
		fmt.Fprintln(table)
	}
	fmt.Fprintf(out, "memory: what %s of the checkpoints would take\n", plural(len(sites), "state"))
	fmt.Fprintln(table, "site\ttotal\tvisitors\tindex\tcounters\trows\tids\tlive\tother\t")
	for _, s := range sites[:min(len(sites), heaviest)] {
		line(string(s.site), s.Size)
	}
	line("all", sum)
	if err := table.Flush(); err != nil {
		return fmt.Errorf("print: %w", err)
	}
	return nil
}

// siteIDs lists all sites, those that are deleted and not purged too.
func siteIDs(st *store.Store) (ids []analytics.SiteID, err error) {
	err = st.Scan("site/", func(key string, _ []byte) error {
		if id := strings.TrimPrefix(key, "site/"); !strings.Contains(id, "/") {
			ids = append(ids, analytics.SiteID(strings.Clone(id)))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list sites: %w", err)
	}
	return ids, nil
}
