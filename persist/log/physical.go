package log

import (
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/hashicorp/go-hclog"
	wal "github.com/hashicorp/raft-wal"
	wseg "github.com/hashicorp/raft-wal/segment"
	"github.com/hashicorp/raft-wal/types"
)

// physical is raft-wal's log and what writes its files.
type physical struct {
	*wal.WAL
	files *filer
}

// openPhysical checks the log on the disk against the mark, makes its end ready and opens it. Until the check has passed nothing is changed.
func openPhysical(cfg *Config, m *mark, marked bool) (*physical, *inspection, error) {
	list, ok, err := readMeta(cfg.Dir)
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		if list.PersistentState, err = firstState(cfg, m); err != nil {
			return nil, nil, err
		}
	} else if !marked {
		return nil, nil, damaged(0, 0, "the high-water mark is missing")
	}
	in, err := inspect(cfg.Dir, m, list)
	if err != nil {
		return nil, nil, err
	}
	if !marked {
		if err := writeMark(cfg.Dir, m); err != nil {
			return nil, nil, err
		}
	}
	if !ok {
		if err := writeMeta(cfg.Dir, list); err != nil {
			return nil, nil, err
		}
	}
	if err := in.prepare(cfg, m); err != nil {
		return nil, nil, fmt.Errorf("make the end of the log ready: %w", err)
	}
	w, err := openListed(cfg, in.last, len(in.index.entries) > 0, &filer{Filer: wseg.NewFiler(cfg.Dir, cfg.vfs)})
	if err != nil {
		return nil, nil, err
	}
	return w, in, nil
}

// openListed opens the segments that the list names, which were checked. last is the physical index of the last frame.
func openListed(cfg *Config, last uint64, any bool, files *filer) (*physical, error) {
	w, err := wal.Open(cfg.Dir,
		wal.WithCodec(codec{}),
		wal.WithMetaStore(&metaStore{dir: cfg.Dir}),
		wal.WithSegmentFiler(files),
		wal.WithSegmentSize(cfg.SegmentBytes),
		wal.WithLogger(walLogger(cfg.Logger)))
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	if found, err := w.LastIndex(); err != nil || found != 0 && found != last || found == 0 && any {
		w.Close()
		return nil, damaged(0, 0, "raft-wal ends at entry %d, the files end at %d (%v)", found, last, err)
	}
	return &physical{w, files}, nil
}

// firstState is the list of segments of a log that has none. That is right for a new directory, and after a loss of files that nobody needs.
func firstState(cfg *Config, m *mark) (types.PersistentState, error) {
	found, err := hasSegments(cfg.Dir)
	if err != nil {
		return types.PersistentState{}, err
	}
	if found {
		return types.PersistentState{}, damaged(0, 0, "the list of segments is missing")
	}
	info := newSegment(cfg, 0, m.last+1)
	return types.PersistentState{NextSegmentID: 1, Segments: []types.SegmentInfo{info}}, nil
}

func newSegment(cfg *Config, id, base uint64) types.SegmentInfo {
	return types.SegmentInfo{ID: id, BaseIndex: base, MinIndex: base, SizeLimit: uint32(cfg.SegmentBytes), Codec: frameCodec, CreateTime: time.Now()}
}

// prepare makes the last segment such that raft-wal goes on behind the last whole commit:
//
//   - Left-over bytes of a commit that was never finished become zeros. raft-wal would keep them behind its next commit, and could read them as
//     frames, or take a torn table of entries for a sealed segment.
//   - The last commit is written once more and synced when the mark does not cover it. After a sync that failed, or a kill before the sync, it
//     may be in the page cache and not on the disk, and from now on it is handed out (L1, L3).
//   - A segment that is sealed but still listed as open gets its successor. raft-wal would answer "segment is sealed" for ever.
func (in *inspection) prepare(cfg *Config, m *mark) error {
	t := &in.tail
	if t.missing {
		return nil
	}
	f, err := cfg.vfs.OpenWriter(cfg.Dir, wseg.FileName(t.info))
	if err != nil {
		return err
	}
	err = t.rewrite(f, in.last > m.last)
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = syncDir(cfg.Dir)
	}
	if err != nil || t.indexStart == 0 {
		return err
	}
	in.list.seal(cfg, in.last, t.indexStart)
	return writeMeta(cfg.Dir, in.list)
}

// seal notes that the last segment is sealed behind the frame with the physical index, and lists its successor.
func (l *segmentList) seal(cfg *Config, last, indexStart uint64) {
	sealed := &l.Segments[len(l.Segments)-1]
	sealed.SealTime, sealed.MaxIndex, sealed.IndexStart = time.Now(), last, indexStart
	l.Segments = append(l.Segments, newSegment(cfg, l.NextSegmentID, last+1))
	l.NextSegmentID++
}

func (t *tailFile) rewrite(f types.WritableFile, commit bool) error {
	if commit && t.end > 0 {
		b := make([]byte, t.end-t.lastCommit)
		if _, err := f.ReadAt(b, int64(t.lastCommit)); err != nil {
			return err
		}
		if _, err := f.WriteAt(b, int64(t.lastCommit)); err != nil {
			return err
		}
	}
	if t.dirtyTo > t.end {
		if _, err := f.WriteAt(make([]byte, t.dirtyTo-t.end), int64(t.end)); err != nil {
			return err
		}
	} else if !commit {
		return nil
	}
	return f.Sync()
}

// walLogger hands raft-wal's warnings and errors to ours.
func walLogger(l *slog.Logger) hclog.Logger {
	return hclog.New(&hclog.LoggerOptions{Name: "raft-wal", Level: hclog.Warn, DisableTime: true, Output: lines{l}})
}

type lines struct{ logger *slog.Logger }

// Write logs one line.
func (l lines) Write(b []byte) (int, error) {
	l.logger.Warn("raft-wal", "line", strings.TrimSpace(string(b)))
	return len(b), nil
}
