//go:build faults && linux

package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestPowerCut is R2. The server writes to an ext4 in a file. At random moments under load it is held for as long as the file is copied; the copy is
// what the disk has at that moment, without what is only in the memory of the system. A second server opens the copy: all that was acknowledged
// before is there, and nothing that was never sent. The process is held because a copy made while blocks change is of no one moment.
func TestPowerCut(t *testing.T) {
	cuts := setting(t, "ZTAS_CUTS", 40)
	lost, torn, total := cutPower(t, cuts, true)
	require.Zero(t, lost, "acknowledged pageviews lost")
	require.Zero(t, torn, "pageviews counted that were never sent, or copies that did not open")
	t.Logf("%d cuts, %d events acknowledged, 0 lost", cuts, total)
}

// TestPowerCutBites: the same test finds losses when syncs do nothing.
func TestPowerCutBites(t *testing.T) {
	lost, torn, _ := cutPower(t, 3, false)
	require.Positive(t, lost, "without a sync nothing was lost: the test proves nothing")
	t.Logf("without syncs: %d acknowledged pageviews lost, %d copies that did not open or counted too much", lost, torn)
}

func cutPower(t *testing.T, cuts int, syncs bool) (lost, torn, total int64) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	image, dir := loopDisk(t, 768)
	r, book := newRig(t), newLedger()
	r.data = filepath.Join(dir, "data")
	runTool(t, "mkdir", r.data)
	if !syncs {
		r.faulty(t, syncCalls+":retval=0")
	}
	r.start()
	site, _ := r.site(calmZone(t))
	r.hurry()
	if !syncs { // so that a server starts on the copy, and what it lacks shows
		runTool(t, "sync", "-f", r.data)
	}
	copied := filepath.Join(t.TempDir(), "copy")
	load(r, rng, book, site, "power", func() {
		for cut := range cuts {
			<-time.After(time.Duration(50+rng.IntN(300)) * time.Millisecond)
			acked, _ := book.snapshot()
			r.life.pause(t, true)
			runTool(t, "cp", "--sparse=always", image, copied)
			r.life.pause(t, false)
			l, o := openCopy(t, r, book, site, copied, acked, cut)
			lost, torn = lost+l, torn+o
		}
	})
	r.kill()
	return lost, torn, book.events
}

// openCopy mounts a copy of the disk and compares what a server on it says with what was acknowledged before.
func openCopy(t *testing.T, r *rig, book *ledger, site, copied string, acked map[string]int64, cut int) (lost, torn int64) {
	dir, unmount := mount(t, copied, "-o", "loop")
	defer unmount()
	other := r.beside(t, filepath.Join(dir, "data"))
	if !other.tryStart(fmt.Sprintf("cut %d", cut)) {
		t.Logf("cut %d: the server does not start on the copy: %s", cut, other.refusal)
		return 0, 1
	}
	defer other.kill()
	var s statsReport
	token, err := other.tryLogin()
	if err == nil {
		err = other.get(token, "/api/stats?period=7d&limit=100&siteId="+site, &s)
	}
	if err != nil {
		t.Logf("cut %d: %v", cut, err)
		return 0, 1
	}
	got := s.pages()
	for path, n := range acked {
		lost += max(0, n-got[path])
	}
	_, sent := book.snapshot()
	inFlight := int64(killClients * 51) // what clients have sent and not booked yet
	for path, n := range got {
		if n > sent[path]+inFlight {
			torn++
		}
	}
	if s.Summary.Sessions > 0 {
		s.requireSums(t)
	}
	return lost, torn
}
