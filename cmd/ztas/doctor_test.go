package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/store"
)

// TestDoctorMakesNothing: a directory that is not there, or has no log, is refused and stays as it is.
func TestDoctorMakesNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mistyped")
	for _, args := range [][]string{{"doctor", "--data", dir}, {"doctor", "--data", dir, "--repair-log"}} {
		code, out, errOut := ztas(t.Context(), args...)
		require.Equal(t, []any{1, ""}, []any{code, out})
		require.Contains(t, errOut, "is no data directory")
		require.NoDirExists(t, dir)
	}
	st, err := store.Open(store.DefaultConfig(filepath.Join(dir, "store")))
	require.NoError(t, err)
	require.NoError(t, st.Close())
	code, _, errOut := ztas(t.Context(), "doctor", "--data", dir)
	require.Equal(t, 1, code)
	require.Contains(t, errOut, "is no data directory")
	require.NoDirExists(t, filepath.Join(dir, "log"))
}

// TestDoctorRepairsLog damages a byte in the middle of the log: the server refuses to start and names the command; after it, it starts, and what
// was readable is there.
func TestDoctorRepairsLog(t *testing.T) {
	dir := t.TempDir()
	st, err := store.Open(store.DefaultConfig(filepath.Join(dir, "store")))
	require.NoError(t, err)
	require.NoError(t, st.Close())
	damageLog(t, dir)

	var server Config
	server.Data, server.Listen, server.MetricsListen, server.MinFreeSpace = dir, "127.0.0.1:0", "off", 1
	_, err = run(context.Background(), server, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "ztas doctor --repair-log")

	var out bytes.Buffer
	require.Equal(t, 0, execute(env{t.Context(), &out, io.Discard}, []string{"doctor", "--data", dir, "--repair-log"}))
	require.Contains(t, out.String(), "lost: partition")
	out.Reset()
	require.Equal(t, 0, execute(env{t.Context(), &out, io.Discard}, []string{"doctor", "--data", dir}))
	require.Contains(t, out.String(), "every one readable")
}

func logBlocks(data []byte) []actors.LogBlock { return []actors.LogBlock{{Partition: 3, Data: data}} }

// TestDoctorWeighsStates prints what the states of sites would take in memory.
func TestDoctorWeighsStates(t *testing.T) {
	dir := emptyData(t)
	st, err := store.Open(store.DefaultConfig(filepath.Join(dir, "store")))
	require.NoError(t, err)
	for _, id := range []analytics.SiteID{"site_aaaaaa", "site_bbbbbb"} {
		r := testkit.NewReader(id, "UTC", 100)
		stream := testkit.RandomStream(uint64(len(id)))
		if id == "site_bbbbbb" {
			for range 20 {
				r.Events(stream.Batch()...)
			}
		}
		c := r.State.BeginCheckpoint()
		root, put, free, err := c.Encode(testkit.Blobs{})
		require.NoError(t, err)
		require.NoError(t, st.Commit([]actors.Checkpoint{{Site: id, Root: root, Put: put, Free: free}}))
		require.NoError(t, st.Txn(persist.Put("site/"+string(id), []byte("{}"))))
	}
	require.NoError(t, st.Close())
	var out bytes.Buffer
	require.Equal(t, 0, execute(env{t.Context(), &out, io.Discard}, []string{"doctor", "--data", dir}), out.String())
	require.Regexp(t, `(?ms)2 states.*site +total +visitors.*site_bbbbbb +[\d.]+ [KM]iB.*site_aaaaaa +[\d.]+ [KM]iB.*all +[\d.]+ [KM]iB`, out.String())
}
