package log

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	wseg "github.com/hashicorp/raft-wal/segment"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
)

// Repair tells RepairLog what the log itself may no longer know.
type Repair struct {
	// Filler stands in for a block that is lost, so that positions stay dense. It should be a block without records.
	Filler []byte
	// Seen is the highest position that a checkpoint covers, by partition: positions go on behind it, also when the mark is lost.
	Seen [analytics.Partitions]analytics.Pos
}

// Repaired is what RepairLog did.
type Repaired struct {
	Kept     int    // blocks
	Lost     []Gap  // positions that have the filler now
	MarkLost bool   // there was no readable mark: what it alone knew is taken from Seen
	Moved    string // where the old files are
}

// Gap is a run of lost positions, both ends included.
type Gap struct {
	Partition analytics.Partition
	From, To  analytics.Pos
}

// salvaged is a frame that passes its checks, wherever it was found.
type salvaged struct {
	header
	block []byte
}

// The folders of a repair, by what is done: the new log is being written; it is complete; the old files are out of its way. With one of the
// last two Open refuses, and RepairLog goes on where it was interrupted.
const (
	repairWriting = "repair.writing"
	repairReady   = "repair.ready"
	repairMoving  = "repair.moving"
)

// repairing tells whether a repair of the directory was interrupted.
func repairing(dir string) bool { return exists(dir, repairReady) || exists(dir, repairMoving) }

func exists(dir, name string) bool {
	_, err := os.Stat(filepath.Join(dir, name))
	return err == nil
}

// RepairLog keeps every readable block of a log that Open refuses, puts the filler in the place of the others, and moves the old files to a folder
// beside the new ones. It holds the log's tail in memory. A log that is not damaged keeps all it has. Until the new log is complete on the disk
// the old one is not touched; a repair that was interrupted later is finished by the next call, which then reports only Moved.
func RepairLog(cfg Config, how Repair) (*Repaired, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.complete()
	lock, err := lockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	done := &Repaired{}
	if !repairing(cfg.Dir) {
		if err := done.prepare(cfg, how); err != nil {
			return nil, fmt.Errorf("write repaired log: %w", err)
		}
	}
	if err := done.swap(cfg.Dir); err != nil {
		return nil, fmt.Errorf("move repaired log into place: %w", err)
	}
	return done, nil
}

// prepare makes the new log complete, beside the old one.
func (d *Repaired) prepare(cfg Config, how Repair) error {
	m, ok, err := readMark(cfg.Dir)
	if err != nil && !errors.Is(err, ErrDamaged) {
		return err
	}
	if d.MarkLost = err != nil || !ok; d.MarkLost {
		m = newMark()
	}
	frames, err := salvage(cfg.Dir)
	if err != nil {
		return err
	}
	if err := d.rewrite(cfg, how, &m, frames); err != nil {
		return err
	}
	return renameDir(cfg.Dir, repairWriting, repairReady)
}

// salvage finds all readable frames in the log's segment files, in physical order.
func salvage(dir string) ([]salvaged, error) {
	names, err := damagedSegments(dir)
	if err != nil {
		return nil, fmt.Errorf("list segments: %w", err)
	}
	var frames []salvaged
	for _, name := range names {
		file, err := os.ReadFile(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read segment: %w", err)
		}
		for off := 0; off+walFrame+frameHeader <= len(file); off += walAlignment {
			if binary.LittleEndian.Uint32(file[off:]) != walEntry {
				continue
			}
			length := uint64(binary.LittleEndian.Uint32(file[off+4:]))
			if uint64(off)+walFrame+length > uint64(len(file)) {
				continue
			}
			if h, _, block, err := decodeFrame(file[off+walFrame : uint64(off)+walFrame+length]); err == nil {
				frames = append(frames, salvaged{h, block})
			}
		}
	}
	slices.SortFunc(frames, func(a, b salvaged) int { return cmp.Compare(a.index, b.index) })
	return frames, nil
}

// damagedSegments names the segment files of a log. One that the list does not name is none of them: a crash left it, and what it has was cut, or
// taken out by a rewrite, as an erase does, or not put in yet. Without a readable list all files count.
func damagedSegments(dir string) (names []string, err error) {
	list, ok, err := readMeta(dir)
	if err != nil && !errors.Is(err, ErrDamaged) {
		return nil, err
	}
	if err != nil || !ok {
		return unlistedSegments(dir, &segmentList{})
	}
	for _, info := range list.Segments {
		names = append(names, wseg.FileName(info))
	}
	return names, nil
}

// rewrite makes the new log in a folder of its own.
func (d *Repaired) rewrite(cfg Config, how Repair, m *mark, frames []salvaged) error {
	dir := filepath.Join(cfg.Dir, repairWriting)
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.Mkdir(dir, dirMode); err != nil {
		return err
	}
	start, end := mark{last: m.last}, [analytics.Partitions]analytics.Pos{}
	for p := range start.next {
		end[p] = max(m.next[p], how.Seen[p]+1)
		start.next[p] = m.first[p]
		if d.MarkLost {
			start.next[p] = end[p]
		}
	}
	for _, f := range frames {
		start.last = max(start.last, f.index)
		end[f.partition] = max(end[f.partition], f.pos+1)
		if d.MarkLost {
			start.next[f.partition] = min(start.next[f.partition], f.pos)
		}
	}
	start.first = start.next
	if err := writeMark(dir, &start); err != nil {
		return err
	}
	cfg.Dir = dir
	cfg.fillDisk()
	w, err := Open(cfg)
	if err != nil {
		return err
	}
	return errors.Join(d.fill(w, how.Filler, start.next, end, frames), w.Close())
}

// fill appends what was found, and the filler for what was not.
func (d *Repaired) fill(w *WAL, filler []byte, next, end [analytics.Partitions]analytics.Pos, frames []salvaged) error {
	var commit []actors.LogBlock
	flush := func() error {
		_, err := w.Append(context.Background(), commit)
		commit = commit[:0]
		return err
	}
	put := func(p analytics.Partition, block []byte) error {
		if slices.ContainsFunc(commit, func(b actors.LogBlock) bool { return b.Partition == p }) {
			if err := flush(); err != nil {
				return err
			}
		}
		commit = append(commit, actors.LogBlock{Partition: p, Data: block})
		next[p]++
		return nil
	}
	lose := func(p analytics.Partition, before analytics.Pos) error {
		if next[p] < before {
			d.Lost = append(d.Lost, Gap{p, next[p], before - 1})
		}
		for next[p] < before {
			if err := put(p, filler); err != nil {
				return err
			}
		}
		return nil
	}
	for _, f := range frames {
		if f.pos < next[f.partition] {
			continue
		}
		if err := lose(f.partition, f.pos); err != nil {
			return err
		}
		if err := put(f.partition, f.block); err != nil {
			return err
		}
		d.Kept++
	}
	for p := range end {
		if err := lose(analytics.Partition(p), end[p]); err != nil {
			return err
		}
	}
	return flush()
}

// swap moves the old files away and the new ones in. Each step may be done again.
func (d *Repaired) swap(dir string) error {
	if !exists(dir, repairMoving) {
		old, err := os.MkdirTemp(dir, "damaged-")
		if err != nil {
			return err
		}
		d.Moved = old
		if err := moveFiles(dir, old, markFile, metaFile, ".wal"); err != nil {
			return err
		}
		if err := renameDir(dir, repairReady, repairMoving); err != nil {
			return err
		}
	}
	fresh := filepath.Join(dir, repairMoving)
	if err := moveFiles(fresh, dir, ".wal", metaFile, markFile); err != nil {
		return err
	}
	if err := os.RemoveAll(fresh); err != nil {
		return err
	}
	return syncDir(dir)
}

func renameDir(dir, from, to string) error {
	if err := os.Rename(filepath.Join(dir, from), filepath.Join(dir, to)); err != nil {
		return err
	}
	return syncDir(dir)
}

// moveFiles moves the files whose names end in one of the suffixes, in that order.
func moveFiles(from, to string, suffixes ...string) error {
	files, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, suffix := range suffixes {
		for _, f := range files {
			if f.IsDir() || !strings.HasSuffix(f.Name(), suffix) {
				continue
			}
			if err := os.Rename(filepath.Join(from, f.Name()), filepath.Join(to, f.Name())); err != nil {
				return err
			}
		}
		if err := errors.Join(syncDir(to), syncDir(from)); err != nil {
			return err
		}
	}
	return nil
}
