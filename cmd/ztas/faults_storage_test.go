//go:build faults && linux

package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/persist/store"
)

// TestDiskFull is R4: twenty times the disk fills under load, by another program's file. The process lives, answers 503 with Retry-After, reads go on,
// and once there is room again it takes events by itself. Nothing acknowledged is lost.
func TestDiskFull(t *testing.T) {
	const rounds = 20
	needs(t, "mount")
	rng := rand.New(rand.NewPCG(4, 4))
	disk, _ := mount(t, "tmpfs", "-t", "tmpfs", "-o", "size=640m")
	balloon := filepath.Join(disk, "balloon")
	r, book := newRig(t, fmt.Sprint("MIN_FREE_SPACE=", 96<<20)), newLedger()
	r.data = filepath.Join(disk, "data")
	require.NoError(t, os.Mkdir(r.data, 0o700))
	r.start()
	pid := r.life.cmd.Process.Pid
	site, token := r.site(calmZone(t))
	r.hurry()
	refused := 0
	for round := range rounds {
		done, open := load(r, rng, book, site, fmt.Sprintf("full-%d", round), func() {
			<-time.After(time.Duration(20+rng.IntN(100)) * time.Millisecond)
			runTool(t, "fallocate", "-l", fmt.Sprint(free(t, r.data)-int64(32+rng.IntN(60))<<20), balloon)
			require.Eventually(t, func() bool {
				_, err := r.track(encode(map[string]any{"siteId": site, "type": "heartbeat", "path": "/"}), agent)
				return err == errBusy
			}, 20*time.Second, 20*time.Millisecond, "round %d: a full disk is answered with 503 and Retry-After", round)
			refused++
			require.NotNil(t, r.stats(token, site).pages(), "reads go on")
			require.NoError(t, os.Remove(balloon))
			require.Eventually(t, func() bool {
				a, err := r.track(encode(map[string]any{"siteId": site, "type": "heartbeat", "path": "/"}), agent)
				return err == nil && a.Status == http.StatusOK
			}, 30*time.Second, 50*time.Millisecond, "round %d: ingest comes back by itself", round)
		})
		sendAgain(r, book, done, open)
		book.check(r, r.stats(token, site))
	}
	require.Equal(t, pid, r.life.cmd.Process.Pid, "one process all the time")
	requireInvariants(t, r, book, token, site)
	t.Logf("%d times full, %d events acknowledged, sent again %d, lost %d, doubled %d", refused, book.events, book.resent, book.lost, book.doubled)
}

func free(t *testing.T, dir string) int64 {
	t.Helper()
	free, err := store.FreeSpace(dir)
	require.NoError(t, err)
	return int64(free)
}

// TestStorageErrors is R5: syncs and writes fail with EIO or ENOSPC at the N-th time, under load. Nothing is acknowledged that is not stored, the
// client's retries count once, whether the process went on or was killed.
func TestStorageErrors(t *testing.T) {
	rounds := setting(t, "ZTAS_STORAGE_ERRORS", 20)
	needs(t, "strace")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 5))
	r, book := newRig(t), newLedger()
	r.start()
	site, token := r.site(calmZone(t))
	r.hurry()
	r.stop()
	refused, busy := 0, 0
	for round := range rounds {
		call := []string{"fsync", "fdatasync", "msync", "pwrite64", syncCalls}[rng.IntN(5)]
		rule := fmt.Sprintf("%s:error=%s:when=%d+%d", call, []string{"EIO", "ENOSPC"}[rng.IntN(2)], 1+rng.IntN(60), 20+rng.IntN(400))
		r.faulty(t, rule)
		if !r.tryStart(rule) {
			refused++
			r.under = nil
			r.start()
		}
		before := book.unanswered()
		done, open := load(r, rng, book, site, fmt.Sprintf("error-%d", round), func() {
			<-time.After(time.Duration(200+rng.IntN(800)) * time.Millisecond)
			if rng.IntN(2) == 0 {
				r.kill()
			}
		})
		busy += int(book.unanswered() - before)
		if r.life != nil {
			requireBalance(t, r, 0)
			r.kill()
		}
		r.under = nil
		r.start()
		book.check(r, r.stats(token, site))
		sendAgain(r, book, done, open)
		book.check(r, r.stats(token, site))
		r.stop()
	}
	r.start()
	requireInvariants(t, r, book, token, site)
	require.Positive(t, busy, "no request met an error")
	t.Logf("%d rounds, %d starts refused, %d pageviews without an answer at first, %d events acknowledged, sent again %d, lost %d, doubled %d",
		rounds, refused, busy, book.events, book.resent, book.lost, book.doubled)
}

// unanswered counts the pageviews of requests without an answer.
func (l *ledger) unanswered() (n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, views := range l.perhaps {
		n += views
	}
	return n
}
