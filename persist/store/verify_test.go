package store

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/store/storetest"
)

// damagedTable makes a store with one table and a copy of the table with a flipped bit in a block.
func damagedTable(t *testing.T) (dir, path string) {
	dir = t.TempDir()
	s := openAt(t, dir)
	commitOne(t, s, actors.Checkpoint{Site: "s", Root: []byte("r"), Put: map[uint64][]byte{1: storetest.Bytes(1, 50000)}})
	require.NoError(t, s.Close())
	tables, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	require.NoError(t, err)
	require.Len(t, tables, 1)
	b, err := os.ReadFile(tables[0])
	require.NoError(t, err)
	b[1000] ^= 8
	path = filepath.Join(t.TempDir(), filepath.Base(tables[0]))
	require.NoError(t, os.WriteFile(path, b, fileMode))
	return dir, path
}

func TestDamagedTableIsRefusedAtOpen(t *testing.T) {
	dir, damaged := damagedTable(t)
	b, err := os.ReadFile(damaged)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.Base(damaged)), b, fileMode))
	_, err = Open(DefaultConfig(dir))
	require.ErrorIs(t, err, persist.ErrCorrupt)
	require.ErrorContains(t, err, filepath.Base(damaged))
}

// TestDamageFoundLaterMakesAbsenceAnError is for stores whose tables are too many to check them all before serving.
func TestDamageFoundLaterMakesAbsenceAnError(t *testing.T) {
	dir, damaged := damagedTable(t)
	var log bytes.Buffer
	s, err := Open(Config{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	require.NoError(t, err)
	defer s.Close()
	_, ok, err := s.Root("other")
	require.NoError(t, err)
	require.False(t, ok)
	s.verifyTables([]string{filepath.Join(dir, "000000.sst"), damaged}) // the first was compacted away meanwhile
	require.Contains(t, log.String(), "level=ERROR")
	_, _, err = s.Root("other")
	require.ErrorIs(t, err, persist.ErrCorrupt)
	_, err = s.Blob("s", 2)
	require.ErrorIs(t, err, persist.ErrCorrupt)
	_, _, err = s.Get("k")
	require.ErrorIs(t, err, persist.ErrCorrupt)
	_, err = s.Blob("s", 1)
	require.NoError(t, err, "what is found is whole")
}

func TestVerifyFindsWhatDoesNotFit(t *testing.T) {
	s := openAt(t, t.TempDir())
	commitOne(t, s, actors.Checkpoint{Site: "s", Root: []byte("r"), Put: map[uint64][]byte{1: storetest.Bytes(1, 70<<10), 2: []byte("x")}})
	require.NoError(t, s.Txn(persist.Put("k", []byte("v"))))
	require.NoError(t, s.Verify(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Verify(ctx), context.Canceled)

	put := func(k persist.Key, val []byte) {
		txn := s.db.NewTransactionAt(s.seq.Load(), true)
		require.NoError(t, txn.Set(k.Encode(), val))
		require.NoError(t, txn.CommitAt(s.seq.Load(), nil))
	}
	unused := persist.Key{Kind: persist.FileKey, Number: 77}
	put(unused, encodeInline(unused.Encode(), nil))
	wrong := persist.Key{Kind: persist.MetadataKey, Metadata: "wrong"}
	put(wrong, encodeInline([]byte("another key"), []byte("v")))
	err := s.Verify(t.Context())
	require.ErrorIs(t, err, persist.ErrCorrupt)
	require.ErrorContains(t, err, "file 77 is named, but not used")
	require.ErrorContains(t, err, "wrong")
	_, _, err = s.Get("wrong")
	require.ErrorIs(t, err, persist.ErrCorrupt)
}

func TestMetrics(t *testing.T) {
	reg := prometheus.NewRegistry()
	dir := t.TempDir()
	s, err := Open(Config{Dir: dir, Registerer: reg})
	require.NoError(t, err)
	require.NoError(t, s.Commit([]actors.Checkpoint{{Site: "s", Root: make([]byte, 10), Put: map[uint64][]byte{1: make([]byte, 70<<10), 2: make([]byte, 90)}}}))
	got := gather(t, reg)
	require.EqualValues(t, 70<<10+100, got["ztas_store_blob_bytes_total"].GetCounter().GetValue())
	require.EqualValues(t, 1, got["ztas_store_files"].GetGauge().GetValue())
	require.EqualValues(t, 1, got["ztas_store_commit_duration_seconds"].GetHistogram().GetSampleCount())
	require.NoError(t, s.Close())

	reg = prometheus.NewRegistry()
	s, err = Open(Config{Dir: dir, Registerer: reg})
	require.NoError(t, err)
	defer s.Close()
	require.EqualValues(t, 1, gather(t, reg)["ztas_store_files"].GetGauge().GetValue(), "counted again at Open")
	require.NoError(t, s.Drop("s"))
	require.Zero(t, gather(t, reg)["ztas_store_files"].GetGauge().GetValue())
	_, err = Open(Config{Dir: t.TempDir(), Registerer: reg})
	require.Error(t, err, "the names are taken")
	_, err = Open(Config{})
	require.Error(t, err)
}

func gather(t *testing.T, reg *prometheus.Registry) map[string]*dto.Metric {
	t.Helper()
	families, err := reg.Gather()
	require.NoError(t, err)
	m := map[string]*dto.Metric{}
	for _, f := range families {
		m[f.GetName()] = f.GetMetric()[0]
	}
	return m
}
