package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/log"
)

func TestShellWord(t *testing.T) {
	f := func(word, want string) {
		t.Helper()
		require.Equal(t, want, shellWord(word))
	}
	f("/var/lib/ztas-2/data_1", "/var/lib/ztas-2/data_1")
	f("--keep=7", "--keep=7")
	f("", "''")
	f("/my data", "'/my data'")
	f("it's", `'it'\''s'`)
	f("$HOME", "'$HOME'")
	f("a;b", "'a;b'")
	f("~", "'~'")
	f("größe", "'größe'")
}

// damageLog flips a bit in the middle of the log of a data directory, which gets blocks for it.
func damageLog(t *testing.T, data string) {
	t.Helper()
	cfg := log.DefaultConfig(filepath.Join(data, "log"))
	cfg.MinFreeSpace = 1
	wal, err := log.Open(cfg)
	require.NoError(t, err)
	for range 40 {
		block := analytics.Block{LogicalTime: time.Now().UnixMilli(), Sections: []analytics.Section{{Site: "site_abc123"}}}
		_, err := wal.Append(t.Context(), logBlocks(block.Encode()))
		require.NoError(t, err)
	}
	require.NoError(t, wal.Close())
	segments, err := filepath.Glob(filepath.Join(cfg.Dir, "*.wal"))
	require.NoError(t, err)
	require.NotEmpty(t, segments)
	b, err := os.ReadFile(segments[0])
	require.NoError(t, err)
	b[bytes.Index(b, []byte("ztB1"))+400] ^= 1
	require.NoError(t, os.WriteFile(segments[0], b, 0o600))
}

// TestRepairHint: whoever meets a damaged log names the command that repairs it, with the data directory, ready to be pasted.
func TestRepairHint(t *testing.T) {
	data := filepath.Join(t.TempDir(), "the server's data")
	require.NoError(t, os.Rename(emptyData(t), data))
	damageLog(t, data)
	file := filepath.Join(t.TempDir(), "events.ndjson")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	settings := filepath.Join(t.TempDir(), "ztas.yaml")
	require.NoError(t, os.WriteFile(settings, []byte("data: \""+data+"\"\nlisten: 127.0.0.1:0\nmetrics-listen: \"off\"\n"), 0o600))
	want := "ztas doctor --repair-log --data '" + strings.ReplaceAll(data, "'", `'\''`) + "'\n"
	said := ""
	for _, command := range [][]string{
		{"doctor", "--data", data},
		{"verify", "--data", data},
		{"backup", t.TempDir(), "--data", data},
		{"export", "events", "--site=site_abc123", "--data", data},
		{"import", "events", file, "--site=site_abc123", "--data", data},
		{"import", "accesslog", file, "--site=site_abc123", "--data", data},
		{"serve", "--config", settings},
		{"demo", "--data", data, "--listen=127.0.0.1:0", "--metrics-listen=off"},
	} {
		code, _, errOut := ztas(t.Context(), command...)
		require.Equal(t, 1, code, command)
		require.Contains(t, errOut, "log is damaged at partition", command)
		require.True(t, strings.HasSuffix(errOut, want), "%v: %s", command, errOut)
		said = errOut
	}
	code, out, errOut := hinted(t, said)
	require.Zero(t, code, errOut)
	require.Contains(t, out, "lost: partition 3")
	cfg, err := loadConfig("--data="+data, "--listen=127.0.0.1:0", "--metrics-listen=off")
	require.NoError(t, err)
	server, err := run(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, stop(server))
}
