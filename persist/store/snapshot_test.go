package store

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/store/storetest"
)

// hung is a disk that takes nothing from the first write until it is let go.
type hung struct {
	bytes.Buffer
	began, end        sync.Once
	reached, released chan struct{}
}

func newHung() *hung { return &hung{reached: make(chan struct{}), released: make(chan struct{})} }

func (h *hung) Write(b []byte) (int, error) {
	h.began.Do(func() { close(h.reached) })
	<-h.released
	return h.Buffer.Write(b)
}

func (h *hung) letGo() { h.end.Do(func() { close(h.released) }) }

// fillStore stores some MiB, more than a dump writes at once.
func fillStore(t *testing.T, s *Store) {
	for n := range uint64(40) {
		commitOne(t, s, actors.Checkpoint{Site: analytics.SiteID(fmt.Sprintf("site_%02d", n)), Root: storetest.Bytes(n, 50<<10),
			Put: map[uint64][]byte{1: storetest.Bytes(n+100, 50<<10)}})
	}
}

// soon waits for what must not wait for a disk that hangs.
func soon(t *testing.T, what string, f func() error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		require.NoError(t, err, what)
	case <-time.After(20 * time.Second):
		t.Fatal(what, "waits for the disk of a copy")
	}
}

// dumpToHung begins to write a snapshot to a disk that hangs.
func dumpToHung(t *testing.T, s *Store) (h *hung, dumped chan error) {
	n, err := s.Snapshot()
	require.NoError(t, err)
	h, dumped = newHung(), make(chan error, 1)
	go func() {
		_, _, err := n.Dump(h)
		dumped <- errors.Join(err, n.Close())
	}()
	t.Cleanup(h.letGo)
	<-h.reached
	return h, dumped
}

// TestDumpBesideClose: a stop does not wait for the disk that a copy is written to, and the copy is not taken for a whole one.
func TestDumpBesideClose(t *testing.T) {
	s := openAt(t, t.TempDir())
	fillStore(t, s)
	h, dumped := dumpToHung(t, s)
	soon(t, "closing the store", s.Close)
	h.letGo()
	require.ErrorIs(t, <-dumped, persist.ErrClosed)
}

// TestDumpBesideReopening: a store that failed is opened again, and read, whatever the disk of a copy does.
func TestDumpBesideReopening(t *testing.T) {
	s := openAt(t, t.TempDir())
	fillStore(t, s)
	h, dumped := dumpToHung(t, s)
	s.failAt(1, false)
	require.Error(t, s.Txn(persist.Put("k", []byte("v"))))
	s.retryAt = time.Time{}
	soon(t, "writing", func() error { return s.Txn(persist.Put("k", []byte("v"))) })
	soon(t, "reading", func() error { _, _, err := s.Get("k"); return err })
	h.letGo()
	require.Error(t, <-dumped)
}

// TestDumpIsOfOneMoment: what is stored while a slow disk takes the dump is not in it, and what is deleted is.
func TestDumpIsOfOneMoment(t *testing.T) {
	s := openAt(t, t.TempDir())
	fillStore(t, s)
	want := new(bytes.Buffer)
	n, err := s.Snapshot()
	require.NoError(t, err)
	_, keys, err := n.Dump(want)
	require.NoError(t, err)
	require.NoError(t, n.Close())
	require.Greater(t, keys, 80)

	h, dumped := dumpToHung(t, s)
	for n := range uint64(40) {
		commitOne(t, s, actors.Checkpoint{Site: analytics.SiteID(fmt.Sprintf("site_%02d", n)), Root: []byte("2"), Put: map[uint64][]byte{2: []byte("new")}, Free: []uint64{1}})
	}
	require.NoError(t, s.db.Flatten(1))
	h.letGo()
	require.NoError(t, <-dumped)
	require.True(t, bytes.Equal(want.Bytes(), h.Bytes()))
}
