package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist/log"
	"github.com/ztas-io/ztas/persist/store"
)

// emptyData makes the data directory of a server that took nothing yet.
func emptyData(t *testing.T) string {
	dir := filepath.Join(t.TempDir(), "data")
	st, err := store.Open(store.DefaultConfig(filepath.Join(dir, "store")))
	require.NoError(t, err)
	require.NoError(t, st.Close())
	wal, err := log.Open(log.DefaultConfig(filepath.Join(dir, "log")))
	require.NoError(t, err)
	require.NoError(t, wal.Close())
	return dir
}

// TestBackupArguments has what can be wrong with a command line: the message names it, and nothing is made.
func TestBackupArguments(t *testing.T) {
	data, around := emptyData(t), t.TempDir()
	dir, link, empty, file := filepath.Join(around, "backup"), filepath.Join(around, "link"), filepath.Join(around, "empty"), filepath.Join(around, "file")
	require.NoError(t, os.Symlink(data, link))
	require.NoError(t, os.Mkdir(empty, 0o700))
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	code, out, errOut := ztas(t.Context(), "backup", dir, "--data", data)
	require.Zero(t, code, errOut)
	name := strings.TrimSuffix(strings.Fields(out)[1], ":")
	half := filepath.Join(around, "half")
	require.NoError(t, os.MkdirAll(half, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(half, "restoring"), nil, 0o600))
	missing := filepath.Join(around, "missing")
	for line, says := range map[string]string{
		"backup " + dir + " --data " + missing:                              missing + ": no such file or directory",
		"backup " + missing + " --data " + empty:                            empty + " is no data directory",
		"backup " + data + " --data " + data:                                "the backup cannot be inside the data directory",
		"backup " + link + "/b --data " + data:                              "the backup cannot be inside the data directory",
		"backup " + data + "/b/c --data " + link:                            "the backup cannot be inside the data directory",
		"backup " + file + " --data " + data:                                "not a directory",
		"restore " + dir + " --data " + data:                                data + " is not empty",
		"restore " + dir + " --data " + dir:                                 "the data directory cannot be inside the backup",
		"restore " + dir + " --data " + dir + "/new":                        "the data directory cannot be inside the backup",
		"restore " + dir + " --data " + half:                                half + " is half restored: empty it and restore again",
		"restore " + dir + " --data " + file:                                "not a directory",
		"restore " + empty + " --data " + missing:                           "there is no complete backup in " + empty,
		"restore " + dir + "/" + name + " --data " + missing:                "is one copy of a backup: name the folder that it is in",
		"restore " + dir + " --copy 20200101T000000.000Z --data " + missing: dir + " has no complete copy 20200101T000000.000Z, but " + name,
		"restore " + dir + " --copy newest --data " + missing:               `"newest" is not the name of a copy`,
		"verify --backup " + dir + "/" + name:                               "is one copy of a backup: name the folder that it is in",
		"verify --backup " + empty:                                          "there is no complete backup in " + empty,
		"verify --data " + half:                                             half + " is half restored",
		"verify --data " + dir:                                              dir + " is no data directory",
		"doctor --data " + half:                                             half + " is half restored",
		"activity verify --data " + half:                                    half + " is half restored",
	} {
		code, out, errOut := ztas(t.Context(), strings.Fields(line)...)
		require.Equal(t, 1, code, "%s: %s", line, out)
		require.Contains(t, errOut, says, line)
		require.NoDirExists(t, missing, line)
	}
	entries, err := os.ReadDir(data)
	require.NoError(t, err)
	require.Len(t, entries, 2)

	require.NoError(t, os.WriteFile(filepath.Join(dir, name, "log.zst"), []byte("x"), 0o600))
	for range 2 { // what cannot be restored leaves no half of it
		code, _, errOut = ztas(t.Context(), "restore", dir, "--data", missing)
		require.Equal(t, 1, code)
		require.Contains(t, errOut, "is not what was written")
	}

	code, out, errOut = ztas(t.Context(), "backup", dir, "--data", data)
	require.Zero(t, code, errOut)
	later := strings.TrimSuffix(strings.Fields(out)[1], ":")
	code, out, errOut = ztas(t.Context(), "verify", "--backup", dir)
	require.Equal(t, 1, code)
	require.Contains(t, out, "backup "+name+" cannot be restored: ")
	require.Contains(t, out, "backup "+later+": ", "behind one that is damaged")
	require.Contains(t, errOut, "ztas: 1 of 2 copies cannot be restored")
}

// TestBackupInterrupted: Ctrl-C says what is left and what to do.
func TestBackupInterrupted(t *testing.T) {
	data, dir, restored := emptyData(t), filepath.Join(t.TempDir(), "backup"), filepath.Join(t.TempDir(), "restored")
	code, _, errOut := ztas(t.Context(), "backup", dir, "--data", data)
	require.Zero(t, code, errOut)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	code, _, errOut = ztas(ctx, "backup", dir, "--data", data)
	require.Equal(t, []any{1, "ztas: the backup was interrupted before it was complete: run it again\n"}, []any{code, errOut})
	code, _, errOut = ztas(ctx, "restore", dir, "--data", restored)
	require.Equal(t, []any{1, "ztas: the restore was interrupted: empty " + restored + " and restore again\n"}, []any{code, errOut})
}

// TestForbiddenDirectories: a directory that this user may not use is not said to be none, nor to be good.
func TestForbiddenDirectories(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("everything is allowed to root")
	}
	data := emptyData(t)
	mode := func(mode os.FileMode) { require.NoError(t, os.Chmod(data, mode)) }
	t.Cleanup(func() { mode(0o700) })
	mode(0)
	for _, command := range []string{"doctor", "verify", "activity verify", "export events --site x"} {
		code, _, errOut := ztas(t.Context(), append(strings.Fields(command), "--data", data)...)
		require.Equal(t, 1, code)
		require.Contains(t, errOut, "permission denied", command)
		require.NotContains(t, errOut, "no data directory", command)
	}
	mode(0o500)
	for _, dir := range []string{data, filepath.Join(data, "new", "data")} {
		code, _, errOut := ztas(t.Context(), "config", "check", "--data", dir, "--listen=127.0.0.1:0", "--metrics-listen=off")
		require.Equal(t, 1, code)
		require.Contains(t, errOut, "DATA_DIR: write to "+data+": permission denied")
	}
}
