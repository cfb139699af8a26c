package log

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/hashicorp/raft-wal/types"
)

// segmentList is what the file "segments" says: raft-wal's list, and the seam of a log that was rewritten.
type segmentList struct {
	types.PersistentState
	Seam *seam `json:",omitempty"`
}

// seam is the place where blocks that were written anew meet those that were appended behind them. The last copy stands in for the frame with the
// same physical index: the frame behind it, and the mark, name the sum of the original.
type seam struct {
	Index    uint64 // physical, of the last copy
	Copy     uint32 // CRC32C of that frame
	Original uint32 // and of the one whose place it has
}

// metaStore keeps raft-wal's list of segments in the file "segments": one line of JSON, one line with the CRC32C of the first (8 hex digits).
//
// It stands in for the BoltDB that raft-wal brings, for three reasons: BoltDB panics or faults on some damaged pages, waits for ever for a lock
// that another process holds, and raft-wal deletes every segment that an emptied list does not name. This file is checked, and a missing one
// is refused while there are segments.
type metaStore struct {
	dir  string
	seam *seam // raft-wal does not know of it
}

const metaFile = "segments"

// readMeta finds the list; ok is false when there is no file.
func readMeta(dir string) (list segmentList, ok bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, metaFile))
	if errors.Is(err, os.ErrNotExist) {
		return list, false, nil
	}
	if err != nil {
		return list, false, fmt.Errorf("read list of segments: %w", err)
	}
	line, sum, found := bytes.Cut(b, []byte("\n"))
	if !found || string(sum) != metaSum(line) {
		return list, false, damaged(0, 0, "the list of segments fails its checksum")
	}
	if err := json.Unmarshal(line, &list); err != nil {
		return list, false, damaged(0, 0, "the list of segments cannot be read: %v", err)
	}
	return list, true, nil
}

func metaSum(line []byte) string { return fmt.Sprintf("%08x\n", crc32.Checksum(line, castagnoli)) }

// writeMeta replaces the list durably. raft-wal lists the segments it makes under its own codec's id, whatever codec it was given.
func writeMeta(dir string, list segmentList) error {
	for i := range list.Segments {
		list.Segments[i].Codec = frameCodec
	}
	if s := list.Seam; s != nil && len(list.Segments) > 0 && list.Segments[0].BaseIndex > s.Index {
		list.Seam = nil // all copies were cut
	}
	line, err := json.Marshal(list)
	if err != nil {
		return fmt.Errorf("encode list of segments: %w", err)
	}
	content := append(line, '\n')
	content = append(content, metaSum(line)...)
	if err := replaceFile(dir, metaFile, content); err != nil {
		return fmt.Errorf("write list of segments: %w", err)
	}
	return nil
}

// Load returns the list; an empty one for a new log.
func (s *metaStore) Load(string) (types.PersistentState, error) {
	list, _, err := readMeta(s.dir)
	s.seam = list.Seam
	return list.PersistentState, err
}

// CommitState replaces the list durably.
func (s *metaStore) CommitState(state types.PersistentState) error {
	return writeMeta(s.dir, segmentList{state, s.seam})
}

var errNoStable = errors.New("log: raft's stable store is not kept")

// GetStable is part of raft-wal's interface and never called by its log.
func (*metaStore) GetStable([]byte) ([]byte, error) { return nil, errNoStable }

// SetStable is part of raft-wal's interface and never called by its log.
func (*metaStore) SetStable([]byte, []byte) error { return errNoStable }

// Close has nothing to close.
func (*metaStore) Close() error { return nil }
