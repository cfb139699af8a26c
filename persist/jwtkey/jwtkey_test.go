package jwtkey_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist"
	"github.com/ztas-io/ztas/persist/jwtkey"
	"github.com/ztas-io/ztas/persist/store"
)

// place is a data directory whose store is in memory.
type place struct {
	t    *testing.T
	dir  string
	meta persist.MetaStore
	said bytes.Buffer
}

func newPlace(t *testing.T) *place {
	return &place{t: t, dir: t.TempDir(), meta: store.NewMemory()}
}

func (p *place) open() ([]byte, error) {
	return jwtkey.Open(p.dir, p.meta, slog.New(slog.NewTextHandler(&p.said, nil)))
}

func (p *place) mustOpen() string {
	p.t.Helper()
	key, err := p.open()
	require.NoError(p.t, err)
	require.NoError(p.t, jwtkey.Check(p.dir, p.meta))
	return string(key)
}

func (p *place) file() string { return filepath.Join(p.dir, "jwt.key") }

func (p *place) write(text string) { require.NoError(p.t, os.WriteFile(p.file(), []byte(text), 0o600)) }

// TestFlippedBits: no bit of the file changes unnoticed, but what makes another blank of the line feed; the message says what to do.
func TestFlippedBits(t *testing.T) {
	p := newPlace(t)
	require.NoError(t, jwtkey.Check(p.dir, p.meta), "there is none yet")
	key := p.mustOpen()
	require.Regexp(t, `^[0-9a-f]{64}$`, key)
	whole, err := os.ReadFile(p.file())
	require.NoError(t, err)
	require.Equal(t, key+"\n", string(whole))
	info, err := os.Stat(p.file())
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())
	for bit := range 8 * len(whole) {
		bad := bytes.Clone(whole)
		bad[bit/8] ^= 1 << (bit % 8)
		if strings.TrimSpace(string(bad)) == key {
			continue
		}
		p.write(string(bad))
		_, err := p.open()
		require.ErrorIs(t, err, jwtkey.ErrChanged, "bit %d", bit)
		require.ErrorContains(t, err, p.file()+": it is not the key that it was")
		require.ErrorContains(t, err, "Put back the jwt.key of a backup; or delete the file")
		require.ErrorIs(t, jwtkey.Check(p.dir, p.meta), jwtkey.ErrChanged)
		require.ErrorIs(t, jwtkey.CheckBytes(bad, p.meta), jwtkey.ErrChanged)
	}
	for _, short := range []string{key[:20], ""} {
		p.write(short)
		_, err = p.open()
		require.ErrorIs(t, err, jwtkey.ErrChanged)
		require.ErrorIs(t, jwtkey.Check(p.dir, p.meta), jwtkey.ErrChanged)
	}
	p.write(string(whole))
	require.Equal(t, key, p.mustOpen())
	require.Empty(t, p.said.String())
}

// TestOldFile: a file from before sums were kept is taken as it is, and from then on held to it. It may be a key that somebody chose.
func TestOldFile(t *testing.T) {
	for _, text := range []string{strings.Repeat("0123456789abcdef", 4) + "\n", "a key that somebody chose in the year one"} {
		p := newPlace(t)
		p.write(text)
		require.NoError(t, jwtkey.Check(p.dir, p.meta))
		require.Equal(t, strings.TrimSpace(text), p.mustOpen())
		p.write("X" + text[1:])
		_, err := p.open()
		require.ErrorIs(t, err, jwtkey.ErrChanged)
	}
}

// TestShortFile: what is too short was never a key.
func TestShortFile(t *testing.T) {
	p := newPlace(t)
	p.write("short")
	_, err := p.open()
	require.ErrorContains(t, err, "fewer than 32 characters")
}

// TestLostFile: a new key is made, and told; the old one counts when it is put back.
func TestLostFile(t *testing.T) {
	p := newPlace(t)
	old := p.mustOpen()
	require.NoError(t, os.Remove(p.file()))
	require.NoError(t, jwtkey.Check(p.dir, p.meta))
	fresh := p.mustOpen()
	require.NotEqual(t, old, fresh)
	require.Contains(t, p.said.String(), "the key of the access tokens is gone, a new one is made")
	require.Contains(t, p.said.String(), p.file())
	require.Equal(t, fresh, p.mustOpen())
	p.write(old)
	require.Equal(t, old, p.mustOpen())
}
