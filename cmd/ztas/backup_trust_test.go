package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/persist/backup"
	"github.com/ztas-io/ztas/persist/store"
)

// largeData is emptyData with a value that is a file of its own.
func largeData(t *testing.T) string {
	t.Helper()
	data := emptyData(t)
	st, err := store.Open(store.DefaultConfig(filepath.Join(data, "store")))
	require.NoError(t, err)
	large := make([]byte, 200_000)
	for i := range large {
		large[i] = byte(rand.Uint32())
	}
	require.NoError(t, st.Commit([]actors.Checkpoint{{Site: "site_aaaaaa", Root: []byte{1}, Put: map[uint64][]byte{1: large}}}))
	require.NoError(t, st.Close())
	return data
}

// spoil flips a bit in the middle of a file.
func spoil(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	b[len(b)/2] ^= 1
	require.NoError(t, os.WriteFile(path, b, 0o600))
}

// TestBackupRenews: a file of an earlier copy that changed on the backup's disk is told, and is whole again.
func TestBackupRenews(t *testing.T) {
	data, dir := largeData(t), filepath.Join(t.TempDir(), "backup")
	code, _, errOut := ztas(t.Context(), "backup", dir, "--data", data)
	require.Equal(t, []any{0, ""}, []any{code, errOut})
	shared, err := filepath.Glob(filepath.Join(dir, "files", "*.blob"))
	require.NoError(t, err)
	require.Len(t, shared, 1)
	spoil(t, shared[0])
	code, out, _ := ztas(t.Context(), "verify", "--backup", dir)
	require.Equal(t, 1, code)
	require.Contains(t, out, "cannot be restored")
	code, out, errOut = ztas(t.Context(), "backup", dir, "--data", data)
	require.Zero(t, code, errOut)
	require.Contains(t, errOut, shared[0]+" had changed on the backup's disk: it was copied anew")
	require.Equal(t, 1, strings.Count(out, "\n"))
	code, out, errOut = ztas(t.Context(), "verify", "--backup", dir)
	require.Zero(t, code, errOut)
	require.Equal(t, 2, strings.Count(out, "all as written"))
	code, _, errOut = ztas(t.Context(), "backup", dir, "--data", data)
	require.Equal(t, []any{0, ""}, []any{code, errOut})
}

// hinted runs the command that a message names last, as a shell would.
func hinted(t *testing.T, message string) (code int, out, errOut string) {
	t.Helper()
	at := strings.LastIndex(message, "ztas ")
	require.Positive(t, at, message)
	words, err := exec.Command("sh", "-c", `set -- `+strings.TrimSpace(message[at+5:])+`; printf '%s\n' "$@"`).Output()
	require.NoError(t, err, message)
	return ztas(t.Context(), strings.Split(strings.TrimSpace(string(words)), "\n")...)
}

// TestBackupOfTwoServers: the second one is refused, and told the command that goes on all the same. So is who finds no copy where there were some.
func TestBackupOfTwoServers(t *testing.T) {
	first, second, dir := emptyData(t), emptyData(t), filepath.Join(t.TempDir(), "a folder", "it's")
	code, _, errOut := ztas(t.Context(), "backup", dir, "--data", first)
	require.Zero(t, code, errOut)
	code, out, errOut := ztas(t.Context(), "backup", dir, "--data", second, "--keep=3")
	require.Equal(t, []any{1, ""}, []any{code, out})
	require.Contains(t, errOut, "no copy was made: the newest copy in "+dir)
	require.Contains(t, errOut, "Name another folder; or, if this server is to go on there, run once: ztas backup '"+filepath.Dir(dir)+`/it'\''s' --data `+
		second+" --keep 3 --anyway\n")
	code, _, errOut = hinted(t, errOut)
	require.Zero(t, code, errOut)
	code, _, errOut = ztas(t.Context(), "backup", dir, "--data", first)
	require.Equal(t, 1, code)
	require.Contains(t, errOut, "is of another server")

	require.NoError(t, os.RemoveAll(dir))
	code, _, errOut = ztas(t.Context(), "backup", dir, "--data", second)
	require.Equal(t, 1, code)
	require.Contains(t, errOut, "is its disk mounted?")
	require.NoDirExists(t, dir)
	code, _, errOut = hinted(t, errOut)
	require.Zero(t, code, errOut)
}

// TestStartMakesIdentity: a data directory has its identity from the first start on, and keeps it; a running server's backup bears it.
func TestStartMakesIdentity(t *testing.T) {
	s := newImportServer(t)
	dir, other := filepath.Join(t.TempDir(), "backup"), emptyData(t)
	code, _, errOut := ztas(t.Context(), "backup", dir, "--data", s.data)
	require.Zero(t, code, errOut)
	_, made, err := backup.Find(dir, "")
	require.NoError(t, err)
	require.NotEmpty(t, made.Server)
	code, _, errOut = ztas(t.Context(), "backup", dir, "--data", other)
	require.Equal(t, 1, code)
	require.Contains(t, errOut, "is of another server, "+made.Server)
	s.stop()
	restored := filepath.Join(t.TempDir(), "restored")
	code, out, errOut := ztas(t.Context(), "restore", dir, "--data", restored)
	require.Zero(t, code, errOut)
	require.Contains(t, out, "it is a server of its own now: its backups go on in "+dir+" unless "+made.Server)
	s.start("login")
	require.NoError(t, os.RemoveAll(dir))
	code, _, errOut = ztas(t.Context(), "backup", dir, "--data", s.data)
	require.Equal(t, 1, code)
	code, _, errOut = hinted(t, errOut) // by the running server
	require.Zero(t, code, errOut)
	_, again, err := backup.Find(dir, "")
	require.NoError(t, err)
	require.Equal(t, made.Server, again.Server)
	s.stop()
	s = newImportServer(t)
	s.stop()
	st, err := store.Open(store.DefaultConfig(filepath.Join(s.data, "store")))
	require.NoError(t, err)
	defer st.Close()
	val, _, err := st.Get("server")
	require.NoError(t, err)
	require.Contains(t, string(val), `"id":"srv_`)
}

// TestQuiet: cron sends what a command says. With --quiet that is nothing while all is well, and what is wrong otherwise.
func TestQuiet(t *testing.T) {
	data, dir := largeData(t), filepath.Join(t.TempDir(), "backup")
	for _, line := range [][]string{
		{"backup", dir, "--data", data, "--quiet"}, {"backup", dir, "--data", data, "-q"}, {"verify", "--backup", dir, "-q"},
		{"verify", "--data", emptyData(t), "--quiet"},
	} {
		code, out, errOut := ztas(t.Context(), line...)
		require.Equal(t, []any{0, "", ""}, []any{code, out, errOut}, line)
	}
	shared, err := filepath.Glob(filepath.Join(dir, "files", "*.blob"))
	require.NoError(t, err)
	spoil(t, shared[0])
	code, out, errOut := ztas(t.Context(), "verify", "--backup", dir, "-q")
	require.Equal(t, 1, code)
	require.Equal(t, 2, strings.Count(out, "cannot be restored: "+shared[0]))
	require.Contains(t, errOut, "2 of 2 copies cannot be restored")
	code, out, errOut = ztas(t.Context(), "backup", dir, "--data", data, "-q")
	require.Equal(t, []any{0, ""}, []any{code, out})
	require.Contains(t, errOut, "had changed on the backup's disk")
}

// TestRootLeavesTheServersFiles: a command that root runs on the data of another user would make files there that the server cannot open.
func TestRootLeavesTheServersFiles(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root may give files away")
	}
	data := emptyData(t)
	list := func() (all []string) {
		require.NoError(t, filepath.WalkDir(data, func(path string, _ os.DirEntry, err error) error {
			all = append(all, path)
			return err
		}))
		return all
	}
	before := list()
	for _, path := range before {
		require.NoError(t, os.Chown(path, 65521, 65521))
	}
	for _, line := range []string{"backup " + t.TempDir(), "verify", "doctor", "doctor --repair-log", "activity verify", "user create a@example.com",
		"export events --site=x", "import events /dev/null --site=x"} {
		code, _, errOut := ztas(t.Context(), append(strings.Fields(line), "--data", data)...)
		require.Equal(t, 1, code, line)
		require.Contains(t, errOut, data+" belongs to #65521: as root this would leave files there that the server cannot open. Put sudo -u '#65521' before", line)
	}
	require.Equal(t, before, list())
}

// TestCopyRemovedMeanwhile: a copy that a backup removes while all are read is no damage; nor is a folder good that has none any more.
func TestCopyRemovedMeanwhile(t *testing.T) {
	data, dir := emptyData(t), filepath.Join(t.TempDir(), "backup")
	var names []string
	for range 2 {
		code, _, errOut := ztas(t.Context(), "backup", dir, "--data", data, "--keep=1")
		require.Zero(t, code, errOut)
		name, _, err := backup.Find(dir, "")
		require.NoError(t, err)
		names = append(names, name)
	}
	var out bytes.Buffer
	c := verifyCommand{Backup: dir}
	require.NoError(t, c.checkCopies(env{t.Context(), &out, &out}, names))
	require.Contains(t, out.String(), "backup "+names[0]+" was removed meanwhile\nbackup "+names[1]+": ")
	require.NoError(t, os.RemoveAll(filepath.Join(dir, names[1])))
	require.ErrorContains(t, c.checkCopies(env{t.Context(), &out, &out}, names), "2 of 2 copies cannot be restored")
}
