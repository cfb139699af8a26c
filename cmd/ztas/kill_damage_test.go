package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// beside is a rig for another data directory, to be used at the same time.
func (r *rig) beside(t *testing.T, data string) *rig {
	t.Helper()
	address := freeAddresses(t, 2)
	other := &rig{t: t, program: r.program, data: data, addr: address[0], scrape: address[1], env: r.env, http: &http.Client{Timeout: r.http.Timeout}}
	t.Cleanup(func() {
		if other.life != nil {
			other.kill()
		}
		other.http.CloseIdleConnections()
	})
	return other
}

// tryLogin gives the owner another token: one is good at the address at which it was made.
func (r *rig) tryLogin() (token string, err error) {
	var grant struct{ Token string }
	c := &client{base: r.base(), http: r.http}
	err = c.send(context.Background(), http.MethodPost, "/api/auth/login", map[string]string{"email": testEmail, "password": testPassword}, &grant)
	return grant.Token, err
}

// requireCleanEnd: a program that did not start said why, and did not panic.
func requireCleanEnd(t *testing.T, l *life, what string) {
	t.Helper()
	out := l.output.String()
	require.NotContains(t, out, "panic:", what)
	require.NotContains(t, out, "goroutine ", what)
	require.Error(t, l.err, "%s: it must not end with code 0", what)
	require.NotEmpty(t, strings.TrimSpace(out), "%s: it must say why", what)
}

// tryStart launches the program; false means that it ended by itself, with a reason.
func (r *rig) tryStart(what string) bool {
	r.t.Helper()
	r.launch()
	l := r.life
	ready := make(chan struct{})
	go func() {
		defer close(ready)
		for {
			res, err := r.http.Get(r.base() + "/api/ready")
			if err == nil {
				res.Body.Close()
				if res.StatusCode == http.StatusOK {
					return
				}
			}
			select {
			case <-l.done:
				return
			default:
			}
		}
	}()
	<-ready
	select {
	case <-l.done:
		r.life = nil
		requireCleanEnd(r.t, l, what)
		lines := strings.Split(strings.TrimSpace(l.output.String()), "\n")
		r.refusal = lines[len(lines)-1]
		return false
	default:
		return true
	}
}

// copyTree copies a data directory.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	require.NoError(t, os.CopyFS(to, os.DirFS(from)))
	require.NoError(t, filepath.WalkDir(to, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			err = os.Chmod(path, 0o600)
		}
		return err
	}))
}

// harm damages one file of a data directory: flipped bits, a page of zeros, or a tail that is cut off. It says what it did.
func harm(t *testing.T, rng *rand.Rand, dir string) string {
	t.Helper()
	var files []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if info, err := d.Info(); err == nil && info.Size() > 0 {
			files = append(files, path)
		}
		return nil
	}))
	path := files[rng.IntN(len(files))]
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	name, _ := filepath.Rel(dir, path)
	used := len(bytes.TrimRight(data, "\x00")) // logs are made in advance: their ends are zeros
	if used == 0 {
		used = len(data)
	}
	at, what := rng.IntN(used), ""
	switch rng.IntN(3) {
	case 0:
		n := 1 + rng.IntN(8)
		for range n {
			data[(at+rng.IntN(64))%used] ^= 1 << rng.IntN(8)
		}
		what = fmt.Sprintf("%s: bits flipped near byte %d of %d", name, at, used)
	case 1:
		clear(data[at:min(at+4096, len(data))])
		what = fmt.Sprintf("%s: zeros from byte %d of %d", name, at, used)
	default:
		data = data[:at]
		what = fmt.Sprintf("%s: cut at byte %d of %d", name, at, used)
	}
	require.NoError(t, os.WriteFile(path, data, 0o600))
	return what
}

// TestDamagedData is R3: whatever happens to a file of a data directory that was left in order, the program refuses to start and says why, or a read
// fails, or every answer is what it was. It never panics and never gives another number. ZTAS_DAMAGES is how often.
func TestDamagedData(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 3))
	r, book := newRig(t), newLedger()
	r.start()
	site, token := r.site(calmZone(t))
	r.hurry()
	for life := range 3 {
		load(r, rng, book, site, fmt.Sprintf("damage-%d", life), func() { book.await(t, int64(600*(life+1))) })
		r.stop()
		r.start()
	}
	want := everyAnswer(t, r, token, site)
	r.stop()
	refused, failed, same := 0, 0, 0
	for range setting(t, "ZTAS_DAMAGES", 8) {
		data := filepath.Join(t.TempDir(), "data")
		copyTree(t, r.data, data)
		what := harm(t, rng, data)
		other := r.beside(t, data)
		if !other.tryStart(what) {
			refused++
			require.NoError(t, os.RemoveAll(data))
			continue
		}
		l := other.life
		token, err := other.tryLogin()
		if err == nil {
			err = other.sameOrError(token, want, fmt.Sprintf("seed %d, %s: a silent wrong answer", seed, what))
		}
		if err == nil {
			same++
		} else {
			var answer *apiError
			require.True(t, errors.As(err, &answer) && answer.Status >= 500, "seed %d, %s: %v", seed, what, err)
			failed++
		}
		other.kill()
		require.NotContains(t, l.output.String(), "panic:", what)
		require.NoError(t, os.RemoveAll(data))
	}
	t.Logf("refused to start %d, read failed %d, answered as before %d", refused, failed, same)
}

// sameOrError asks all questions again and returns the errors; an answer that is another one fails the test.
func (r *rig) sameOrError(token string, want map[string]any, what string) (failed error) {
	r.t.Helper()
	for path, answer := range want {
		var got any
		if err := r.get(token, path, &got); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		require.Equal(r.t, answer, timeless(got), "%s: %s", what, path)
	}
	return failed
}
