package main

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUserCommands makes accounts and resets passwords, of a server that runs and of one that is stopped.
func TestUserCommands(t *testing.T) {
	r := newRig(t)
	run := func(stdin string, args ...string) (string, error) {
		cmd := exec.Command(r.program, append(append([]string{"user"}, args...), "--data", r.data)...)
		cmd.Stdin = strings.NewReader(stdin)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		return out.String(), err
	}
	login := func(email, password string) error {
		return r.api("").send(t.Context(), http.MethodPost, "/api/auth/login", map[string]string{"email": email, "password": password}, nil)
	}
	made := func(out string) string {
		_, password, ok := strings.Cut(strings.TrimSpace(out), "password: ")
		require.True(t, ok, out)
		return password
	}
	out, err := run("", "create", "first@example.com")
	require.Error(t, err)
	require.Contains(t, out, "is no data directory")
	r.start()
	r.site("UTC") // registration is closed now
	out, err = run("", "create", " Ann@Example.com ", "--name", "Ann")
	require.NoError(t, err, out)
	first := made(out)
	require.NoError(t, login("ann@example.com", first))
	out, err = run("", "create", "ann@example.com")
	require.Error(t, err)
	require.Contains(t, out, "already")
	for args, problem := range map[string]string{"create nobody": "email", "reset-password bob@example.com": "there is no account"} {
		out, err = run("", strings.Fields(args)...)
		require.Error(t, err)
		require.Contains(t, strings.ToLower(out), problem)
	}
	out, err = run("short\n", "reset-password", "ann@example.com", "--password-stdin")
	require.Error(t, err)
	require.NotContains(t, out, "short")
	out, err = run("tangerine-orbit-42\n", "reset-password", "ann@example.com", "--password-stdin")
	require.NoError(t, err, out)
	require.NotContains(t, out, "tangerine")
	require.Error(t, login("ann@example.com", first))
	require.NoError(t, login("ann@example.com", "tangerine-orbit-42"))
	r.stop()

	out, err = run("", "reset-password", "ann@example.com")
	require.NoError(t, err, out)
	second := made(out)
	out, err = run("", "create", "bob@example.com")
	require.NoError(t, err, out)
	r.start()
	require.NoError(t, login("ann@example.com", second))
	require.NoError(t, login("bob@example.com", made(out)))

	var session struct{ Token string }
	credentials := map[string]string{"email": "ann@example.com", "password": second}
	require.NoError(t, r.api("").send(t.Context(), http.MethodPost, "/api/auth/login", credentials, &session))
	var log []struct{ Actor *struct{ ID string } }
	require.NoError(t, r.api(session.Token).send(t.Context(), http.MethodGet, "/api/activity-log?action=auth.password_reset", nil, &log))
	require.Len(t, log, 2) // Ann reads of both, and that nobody with an account did it
	require.Nil(t, log[0].Actor)
	require.Nil(t, log[1].Actor)

	// Without its socket, as while it starts, a running server says that it holds the data.
	require.NoError(t, os.Remove(filepath.Join(r.data, controlSocket)))
	out, err = run("", "create", "eve@example.com")
	require.Error(t, err)
	require.Contains(t, out, "takes no commands yet: try again")
	require.Contains(t, out, "data directory is in use by another ztas")
}
