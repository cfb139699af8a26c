package testkit

import (
	"errors"
	"fmt"
)

var errNoBlob = errors.New("testkit: no such blob")

// Blobs are the stored blobs of one site in memory (analytics.Blobs).
type Blobs map[uint64][]byte

// Blob returns a whole blob.
func (b Blobs) Blob(id uint64) ([]byte, error) {
	if data, ok := b[id]; ok {
		return data, nil
	}
	return nil, fmt.Errorf("blob %d: %w", id, errNoBlob)
}

// BlobRange returns n bytes of a blob from an offset on, fewer where it ends before.
func (b Blobs) BlobRange(id uint64, off, n uint32) ([]byte, error) {
	data, err := b.Blob(id)
	if err != nil {
		return nil, err
	}
	from := min(uint64(off), uint64(len(data)))
	return data[from:min(from+uint64(n), uint64(len(data)))], nil
}

// Commit does what a checkpoint says.
func (b Blobs) Commit(put map[uint64][]byte, free []uint64) {
	for id, data := range put {
		b[id] = data
	}
	for _, id := range free {
		delete(b, id)
	}
}
