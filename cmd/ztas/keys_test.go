package main

import (
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChangedKey: a flipped byte of jwt.key is found by start, doctor and verify. What the message says helps: the old file, or none.
func TestChangedKey(t *testing.T) {
	t.Setenv("PUBLIC_URL", "https://stats.example.com") // the issuer of tokens: the port is another one each time
	s := newImportServer(t)
	token := s.api.token
	site := s.site("example.com", "UTC")
	s.visit(site, "", agent) // salts
	s.stop()
	path := filepath.Join(s.data, "jwt.key")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for _, command := range []string{"doctor", "verify"} {
		code, out, errOut := ztas(t.Context(), command, "--data", s.data)
		require.Zero(t, code, errOut)
		require.Contains(t, out, "keys: jwt.key and salts are as they were written")
	}
	bad := append([]byte(nil), whole...)
	bad[7] ^= 1
	require.NoError(t, os.WriteFile(path, bad, 0o600))
	says := path + ": it is not the key that it was: a byte of it has changed. Put back the jwt.key of a backup; or delete the file"
	for command, goesOn := range map[string]string{"doctor": "every one readable", "verify": "counters and events agree"} {
		code, out, errOut := ztas(t.Context(), command, "--data", s.data)
		require.Equal(t, 1, code, command)
		require.Contains(t, errOut, says, command)
		require.Contains(t, out, goesOn, "the rest is examined too")
	}
	cfg, err := loadConfig("--data="+s.data, "--listen=127.0.0.1:0", "--metrics-listen=off")
	require.NoError(t, err)
	_, err = run(t.Context(), cfg, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, says)

	require.NoError(t, os.WriteFile(path, whole, 0o600))
	s.start("login")
	require.NoError(t, s.api.with(token).call(t.Context(), http.MethodGet, "/api/sites/"+site, nil, nil), "the session goes on")
	s.stop()
	require.NoError(t, os.WriteFile(path, bad, 0o600))
	require.NoError(t, os.Remove(path))
	s.start("login")
	requireRefused(t, s.api.with(token).call(t.Context(), http.MethodGet, "/api/sites/"+site, nil, nil), http.StatusUnauthorized, "")
}

// TestChangedSalts: doctor and verify find what a start would refuse.
func TestChangedSalts(t *testing.T) {
	data := emptyData(t)
	path := filepath.Join(data, "salts")
	require.NoError(t, os.WriteFile(path, []byte("ztS1 and what no one wrote"), 0o600))
	for _, command := range []string{"doctor", "verify"} {
		code, _, errOut := ztas(t.Context(), command, "--data", data)
		require.Equal(t, 1, code, command)
		require.Contains(t, errOut, path)
		require.Contains(t, errOut, "delete the file to go on", command)
	}
}
