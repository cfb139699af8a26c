//go:build faults && linux

package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestPowerCut is R2. The server writes to an ext4 in a file. At random moments under load it is held for as long as the file is copied; the copy is
// what the disk has at that moment, without what is only in the memory of the system. A second server opens the copy: every id that was acknowledged
// before is known to it, nothing is there that was never sent, and every day's counters are what its events say. The process is held because a copy made
// while blocks change is of no one moment. The last copy shows all invariants.
func TestPowerCut(t *testing.T) {
	cuts := setting(t, "ZTAS_CUTS", 40)
	lost, torn, total := cutPower(t, cuts, true)
	require.Zero(t, lost, "acknowledged events lost")
	require.Zero(t, torn, "pageviews counted that were never sent, or copies that did not open")
	t.Logf("%d cuts, %d events acknowledged, 0 lost", cuts, total)
}

// TestPowerCutBites: the same test finds losses when syncs do nothing.
func TestPowerCutBites(t *testing.T) {
	lost, torn, _ := cutPower(t, 3, false)
	require.Positive(t, lost, "without a sync nothing was lost: the test proves nothing")
	t.Logf("without syncs: %d acknowledged pageviews lost, %d copies that did not open or counted too much", lost, torn)
}

// askedAfterCut is how many of the newest acknowledged requests a copy is asked about by their ids; of the last copy it is all.
const askedAfterCut = 300

// cut is what clients know at the moment of a power cut.
type cut struct {
	acked   map[string]int64 // pageviews by path
	settled []request        // acknowledged, with ids
}

func cutPower(t *testing.T, cuts int, syncs bool) (lost, torn, total int64) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	image, dir := loopDisk(t, 768)
	r, book := newRig(t), newLedger()
	book.keep = true
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
		for n := range cuts {
			<-time.After(time.Duration(50+rng.IntN(300)) * time.Millisecond)
			var c cut
			c.acked, _, c.settled = book.snapshot()
			r.life.pause(t, true)
			runTool(t, "cp", "--sparse=always", image, copied)
			r.life.pause(t, false)
			last := n == cuts-1
			if !last {
				c.settled = c.settled[max(0, len(c.settled)-askedAfterCut):]
			}
			l, o := openCopy(t, r, book, site, copied, c, last && syncs, fmt.Sprintf("cut %d", n))
			lost, torn = lost+l, torn+o
		}
	})
	r.kill()
	return lost, torn, book.events
}

// openCopy mounts a copy of the disk and compares what a server on it says with what was acknowledged before; at the end of the last one it looks at
// every invariant.
func openCopy(t *testing.T, r *rig, book *ledger, site, copied string, c cut, last bool, name string) (lost, torn int64) {
	dir, unmount := mount(t, copied, "-o", "loop")
	defer unmount()
	other := r.beside(t, filepath.Join(dir, "data"))
	if !other.tryStart(name) {
		t.Logf("%s: the server does not start on the copy: %s", name, other.refusal)
		return 0, 1
	}
	defer func() {
		if other.life != nil {
			other.kill()
		}
	}()
	other.hurry()
	var s statsReport
	token, err := other.tryLogin()
	if err == nil {
		err = other.get(token, "/api/stats?period=7d&limit=100&siteId="+site, &s)
	}
	if err != nil {
		t.Logf("%s: %v", name, err)
		return 0, 1
	}
	got := s.pages()
	for path, n := range c.acked {
		lost += max(0, n-got[path])
	}
	_, sent, _ := book.snapshot()
	inFlight := int64(killClients * 51) // what clients have sent and not booked yet
	for path, n := range got {
		if n > sent[path]+inFlight {
			torn++
		}
	}
	if s.Summary.Sessions > 0 {
		s.requireSums(t)
	}
	var unknown atomic.Int64
	each(c.settled, func(q request) {
		a, err := other.insist(q.body, q.userAgent)
		if err != nil || a.Count != q.valid {
			t.Errorf("%s: sent again: %+v, %v", name, a, err)
		}
		unknown.Add(int64(q.valid - a.Duplicates))
	})
	if n := unknown.Load(); n > 0 {
		t.Logf("%s: %d acknowledged events are not known", name, n)
		return max(lost, n), torn
	}
	requireBalance(t, other, 0)
	if last {
		require.Equal(t, got, other.stats(token, site).pages(), "V3: what is known is not counted again")
		requireReplay(t, other, token, site)
		requireErased(t, other, token, site)
	}
	return lost, torn
}
