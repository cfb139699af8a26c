package backup_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/backup"
)

func (s *source) id() backup.Identity {
	id, err := backup.Identify(s.store)
	require.NoError(s.t, err)
	return id
}

// anyway takes a copy where take is refused.
func (s *source) anyway(keep int) (backup.Result, error) {
	src := s.source()
	src.Anyway = true
	return backup.Take(s.t.Context(), src, s.target, keep)
}

// restored makes a server of a copy; "" is the newest.
func (s *source) restored(name string) *source {
	r := &source{t: s.t, target: s.target, now: s.now}
	dir := filepath.Join(s.t.TempDir(), "restored")
	_, err := backup.Restore(s.t.Context(), s.target, name, dir)
	require.NoError(s.t, err)
	r.open(dir)
	return r
}

// TestIdentity: it is made once and stays.
func TestIdentity(t *testing.T) {
	s := newSource(t)
	made := s.id()
	require.Regexp(t, `^srv_[a-z2-7]{16}$`, made.ID)
	require.Nil(t, made.Restored)
	require.Equal(t, made, s.id())
	require.NotEqual(t, made.ID, newSource(t).id().ID)
	r, err := s.take(7)
	require.NoError(t, err)
	require.Equal(t, map[string]string{s.target: r.Name}, s.id().Folders)
	_, m, err := backup.Find(s.target, "")
	require.NoError(t, err)
	require.Equal(t, made.ID, m.Server)
}

// TestFolderOfAnotherServer: it is refused and stays as it is; who insists gets a copy, and then the folder is theirs.
func TestFolderOfAnotherServer(t *testing.T) {
	first, second := newSource(t), newSource(t)
	second.target = first.target
	first.append("a")
	first.checkpoint(1)
	made, err := first.take(1)
	require.NoError(t, err)
	second.checkpoint(2)
	before := tree(t, first.target)
	_, err = second.take(1)
	require.ErrorIs(t, err, backup.ErrRefused)
	require.ErrorContains(t, err, "the newest copy in "+first.target+", "+made.Name+", is of another server, "+first.id().ID+"; this one is "+second.id().ID)
	require.Equal(t, before, tree(t, first.target))
	_, err = first.take(7)
	require.NoError(t, err)
	second.now = first.now.Add(1)
	_, err = second.anyway(7)
	require.NoError(t, err)
	_, err = second.take(7)
	require.NoError(t, err)
	_, err = first.take(7)
	require.ErrorIs(t, err, backup.ErrRefused)
}

// TestOldCopiesAreAnybodys: copies from before there were identities are restored and added to by any server, which then has the folder.
func TestOldCopiesAreAnybodys(t *testing.T) {
	s, other := newSource(t), newSource(t)
	other.target = s.target
	s.append("a", "b")
	s.checkpoint(1)
	made, err := s.take(7)
	require.NoError(t, err)
	withoutIdentity(t, filepath.Join(s.target, made.Name, "manifest.json"))
	m, err := backup.Check(t.Context(), s.target, made.Name)
	require.NoError(t, err)
	require.Empty(t, m.Server)
	r := s.restored("")
	require.Equal(t, &backup.Origin{Copy: made.Name, Newest: made.Name}, r.id().Restored)
	require.Equal(t, []string{"1:a"}, r.blocks(0))
	other.now = s.now
	_, err = other.take(7)
	require.NoError(t, err)
	_, err = s.take(7)
	require.ErrorIs(t, err, backup.ErrRefused)
}

// TestRestoredServer is another one than the one it was restored from. Its backups go on in that one's place, whichever copy was taken, until the first
// of both makes one.
func TestRestoredServer(t *testing.T) {
	s := newSource(t)
	s.append("a")
	s.checkpoint(1)
	older, err := s.take(7)
	require.NoError(t, err)
	newest, err := s.take(7)
	require.NoError(t, err)
	heir, late := s.restored(older.Name), s.restored("")
	require.NotEqual(t, s.id().ID, heir.id().ID)
	require.Equal(t, backup.Origin{Server: s.id().ID, Copy: older.Name, Newest: newest.Name}, *heir.id().Restored)
	require.Empty(t, heir.id().Folders, "what it does not know of")
	_, err = heir.take(7)
	require.NoError(t, err, "it goes on in the folder")
	_, err = heir.take(7)
	require.NoError(t, err)
	_, err = s.take(7)
	require.ErrorContains(t, err, "is of another server, "+heir.id().ID)
	_, err = late.take(7)
	require.ErrorIs(t, err, backup.ErrRefused)

	s = newSource(t)
	_, err = s.take(7)
	require.NoError(t, err)
	trial := s.restored("") // to look at, while the server goes on
	_, err = s.take(7)
	require.NoError(t, err)
	trial.now = s.now
	_, err = trial.take(7)
	require.ErrorIs(t, err, backup.ErrRefused)
	require.ErrorContains(t, err, "was restored from "+s.id().ID+", which has made newer copies in "+s.target+" since then")
}

// TestVanishedCopies: a folder that had copies and has none now may be one whose disk is not mounted. Nothing is made there.
func TestVanishedCopies(t *testing.T) {
	s := newSource(t)
	made, err := s.take(7)
	require.NoError(t, err)
	require.NoError(t, os.Rename(s.target, s.target+"-elsewhere"))
	_, err = s.take(7)
	require.ErrorIs(t, err, backup.ErrRefused)
	require.ErrorContains(t, err, s.target+" has none of the copies that were made there, the last of them "+made.Name+": is its disk mounted?")
	require.NoDirExists(t, s.target)
	require.NoError(t, os.Mkdir(s.target, 0o700))
	_, err = s.take(7)
	require.ErrorIs(t, err, backup.ErrRefused)
	require.Empty(t, tree(t, s.target))
	_, err = s.anyway(7)
	require.NoError(t, err)
	_, err = s.take(7)
	require.NoError(t, err)
}

// TestManifestSum: no byte of a manifest changes unnoticed.
func TestManifestSum(t *testing.T) {
	s := newSource(t)
	s.append("a")
	s.checkpoint(1)
	made, err := s.take(7)
	require.NoError(t, err)
	path := filepath.Join(s.target, made.Name, "manifest.json")
	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	for bit := range 8 * len(whole) {
		at := bit / 8
		if (bit%8 != at%8 || at%4 > 0) && at > 200 && at < len(whole)-200 { // in the middle are lists of numbers
			continue
		}
		bad := bytes.Clone(whole)
		bad[at] ^= 1 << (bit % 8)
		require.NoError(t, os.WriteFile(path, bad, 0o600))
		_, _, err := backup.Find(s.target, made.Name)
		require.ErrorIs(t, err, persist.ErrCorrupt, "bit %d of byte %d, %q", bit%8, at, whole[max(0, at-10):at+1])
	}
}

// withoutIdentity makes a manifest one of a program that knew no identities.
func withoutIdentity(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(b, &m))
	delete(m, "server")
	delete(m, "sum")
	b, err = json.MarshalIndent(m, "", "\t")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(b, '\n'), 0o600))
}

// tree lists what is in a folder, with the bytes of the files.
func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		all[path] = "a folder"
		if !d.IsDir() {
			b, err := os.ReadFile(path)
			all[path] = string(b)
			return err
		}
		return nil
	}))
	return all
}

// TestClonedServer: a data directory that was copied by other means has the identity of its original. The first of both that makes a copy has the
// folder, the other one is refused.
func TestClonedServer(t *testing.T) {
	s := newSource(t)
	s.append("a")
	s.checkpoint(1)
	_, err := s.take(7)
	require.NoError(t, err)
	s.close()
	dir := filepath.Join(t.TempDir(), "clone")
	require.NoError(t, os.CopyFS(dir, os.DirFS(s.dir)))
	s.open(s.dir)
	clone := &source{t: t, target: s.target, now: s.now}
	clone.open(dir)
	require.Equal(t, s.id().ID, clone.id().ID)
	made, err := s.take(7)
	require.NoError(t, err)
	before := tree(t, s.target)
	clone.now = s.now
	_, err = clone.take(7)
	require.ErrorIs(t, err, backup.ErrRefused)
	require.ErrorContains(t, err, made.Name+", was made by another data directory that has the identity of this one, "+s.id().ID)
	require.Equal(t, before, tree(t, s.target))
	_, err = clone.anyway(7)
	require.NoError(t, err)
	_, err = clone.take(7)
	require.NoError(t, err)
	_, err = s.take(7)
	require.ErrorIs(t, err, backup.ErrRefused)
}

// TestClonedServersNewFolder: also in a folder that none of both had when one was copied, the second is refused.
func TestClonedServersNewFolder(t *testing.T) {
	for _, elsewhere := range []bool{false, true} { // whether they had another folder before
		s := newSource(t)
		s.append("a")
		s.checkpoint(1)
		_ = s.id()
		folder := s.target
		if elsewhere {
			s.target = filepath.Join(t.TempDir(), "elsewhere")
			_, err := s.take(7)
			require.NoError(t, err)
		}
		s.close()
		dir := filepath.Join(t.TempDir(), "clone")
		require.NoError(t, os.CopyFS(dir, os.DirFS(s.dir)))
		s.open(s.dir)
		clone := &source{t: t, target: folder, now: s.now}
		clone.open(dir)
		require.Equal(t, s.id().ID, clone.id().ID)
		s.target = folder
		made, err := s.take(7)
		require.NoError(t, err)
		before := tree(t, folder)
		clone.now = s.now.Add(time.Minute)
		_, err = clone.take(7)
		require.ErrorIs(t, err, backup.ErrRefused)
		require.ErrorContains(t, err, made.Name+", was made by another data directory that has the identity of this one, "+s.id().ID)
		require.Equal(t, before, tree(t, folder))
		_, err = s.take(7)
		require.NoError(t, err)
	}
}

// TestOwnCopies: a server knows its copy also when it died before that was noted, when the folder has another name, and when newer copies were deleted.
func TestOwnCopies(t *testing.T) {
	s := newSource(t)
	s.checkpoint(1)
	_, err := s.take(7)
	require.NoError(t, err)
	var died []byte
	src := s.source()
	still := src.Still
	src.Still = func(snapshot, copy func() error) error {
		err := still(snapshot, copy)
		died, _, _ = s.store.Get("server")
		return err
	}
	s.now = s.now.Add(time.Minute)
	_, err = backup.Take(t.Context(), src, s.target, 7)
	require.NoError(t, err)
	require.NoError(t, s.store.Txn(persist.Put("server", died)))
	_, err = s.take(7)
	require.NoError(t, err, "it died between the copy and its note")

	folder := s.target
	s.target = filepath.Join(t.TempDir(), "link")
	require.NoError(t, os.Symlink(folder, s.target))
	_, err = s.take(7)
	require.NoError(t, err)
	s.target = folder
	_, err = s.take(7)
	require.NoError(t, err, "it was made under another name")
	newest, err := s.take(7)
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(filepath.Join(folder, newest.Name)))
	_, err = s.take(7)
	require.NoError(t, err)
}
