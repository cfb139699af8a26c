package main

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// anonymous is the anonymous memory of the running process, in bytes.
func (r *rig) anonymous() int64 {
	r.t.Helper()
	n, err := anonymousMemory(r.life.cmd.Process.Pid)
	require.NoError(r.t, err)
	return n
}

// atOnce calls f for 0 to n−1 in a few goroutines.
func atOnce(t *testing.T, n int, f func(i int) error) {
	t.Helper()
	const workers = 8
	var wg sync.WaitGroup
	errs := make(chan error, workers)
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				if err := f(i); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-errs:
		require.NoError(t, err)
	default:
	}
}

// TestLoadMemoryOfManySites is P10: an idle server, and one with 10,000 sites of which 100 are hot, as it comes and with a limit.
func TestLoadMemoryOfManySites(t *testing.T) {
	loadPart(t, "P10")
	manySites(t, "no MEMORY_LIMIT")
	manySites(t, "MEMORY_LIMIT at 256 MiB", "MEMORY_LIMIT=256MiB")
}

func manySites(t *testing.T, limited string, env ...string) {
	const hot, perSite, perHot = 100, 60, 3_000
	sites := max(scaled(t, 10_000), hot)
	r := newRig(t, append(env, "MAX_SITES_PER_USER=20000")...)
	r.start()
	time.Sleep(5 * time.Second) // what only the start needed is given back
	idle := r.anonymous()
	_, token := r.site("UTC")
	ids := make([]string, sites)
	api := newClient(r.base(), token)
	atOnce(t, sites, func(i int) (err error) {
		ids[i], err = makeSite(api, fmt.Sprintf("s%d.example.net", i), "UTC")
		return err
	})
	track := func(site, n, events int) error {
		list := make([]map[string]any, events)
		for i := range list {
			list[i] = map[string]any{"type": "pageview", "path": fmt.Sprintf("/p/%d", (n+i)%50), "id": fmt.Sprintf("m-%08d-%08d", site, n+i)}
		}
		_, err := r.insist(encode(map[string]any{"siteId": ids[site], "events": list}), fmt.Sprintf("%s visitor/%d", agent, n/10))
		return err
	}
	start, most := time.Now(), int64(0)
	for n := 0; n < perSite; n += 20 {
		atOnce(t, sites, func(i int) error { return track(i, n, 20) })
		most = max(most, r.anonymous())
	}
	for n := 0; n < perHot; n += 100 {
		atOnce(t, hot, func(i int) error { return track(i, perSite+n, 100) })
		if n%500 == 0 {
			most = max(most, r.anonymous())
		}
	}
	took := time.Since(start)
	most = max(most, r.anonymous())
	figure(t, "P10", "anonymous memory of an idle server, "+limited, mebibytes(idle), "≤ 40 MiB", "≤ 30 MiB")
	what := fmt.Sprintf("%d sites, %d of them hot, %s", sites, hot, limited)
	figure(t, "P10", "anonymous memory, "+what+", at most", mebibytes(most), "≤ 256 MiB", "≤ 200 MiB")
	figure(t, "P10", fmt.Sprintf("the same, %s events took", thousands(float64(sites*perSite+hot*perHot))), seconds(took), "", "")
	m := r.metrics()
	for _, name := range []string{"heap_inuse", "heap_idle", "heap_released", "heap_alloc", "stack_inuse", "next_gc", "sys", "other_sys", "gc_sys"} {
		t.Logf("%s %.0f MiB", name, m["go_memstats_"+name+"_bytes"]/(1<<20))
	}
	t.Logf("now %d MiB, awake %.0f sites, states %.0f MiB", r.anonymous()>>20, m["ztas_actors_alive"], m["ztas_actors_state_bytes"]/(1<<20))
	r.stop()
}
