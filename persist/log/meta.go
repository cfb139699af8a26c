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

// metaStore keeps raft-wal's list of segments in the file "segments": one line of JSON, one line with the CRC32C of the first (8 hex digits).
//
// It stands in for the BoltDB that raft-wal brings, for three reasons: BoltDB panics or faults on some damaged pages, waits for ever for a lock
// that another process holds, and raft-wal deletes every segment that an emptied list does not name. This file is checked, and a missing one
// is refused while there are segments.
type metaStore struct{ dir string }

const metaFile = "segments"

// readMeta finds the list; ok is false when there is no file.
func readMeta(dir string) (state types.PersistentState, ok bool, err error) {
	b, err := os.ReadFile(filepath.Join(dir, metaFile))
	if errors.Is(err, os.ErrNotExist) {
		return state, false, nil
	}
	if err != nil {
		return state, false, fmt.Errorf("read list of segments: %w", err)
	}
	line, sum, found := bytes.Cut(b, []byte("\n"))
	if !found || string(sum) != metaSum(line) {
		return state, false, damaged(0, 0, "the list of segments fails its checksum")
	}
	if err := json.Unmarshal(line, &state); err != nil {
		return state, false, damaged(0, 0, "the list of segments cannot be read: %v", err)
	}
	return state, true, nil
}

func metaSum(line []byte) string { return fmt.Sprintf("%08x\n", crc32.Checksum(line, castagnoli)) }

// Load returns the list; an empty one for a new log.
func (s metaStore) Load(string) (types.PersistentState, error) {
	state, _, err := readMeta(s.dir)
	return state, err
}

// CommitState replaces the list durably. raft-wal lists the segments it makes under its own codec's id, whatever codec it was given.
func (s metaStore) CommitState(state types.PersistentState) error {
	for i := range state.Segments {
		state.Segments[i].Codec = frameCodec
	}
	line, err := json.Marshal(state)
	if err != nil {
		return fmt.Errorf("encode list of segments: %w", err)
	}
	content := append(line, '\n')
	content = append(content, metaSum(line)...)
	if err := replaceFile(s.dir, metaFile, content); err != nil {
		return fmt.Errorf("write list of segments: %w", err)
	}
	return nil
}

var errNoStable = errors.New("log: raft's stable store is not kept")

// GetStable is part of raft-wal's interface and never called by its log.
func (metaStore) GetStable([]byte) ([]byte, error) { return nil, errNoStable }

// SetStable is part of raft-wal's interface and never called by its log.
func (metaStore) SetStable([]byte, []byte) error { return errNoStable }

// Close has nothing to close.
func (metaStore) Close() error { return nil }
