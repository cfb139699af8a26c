//go:build faults

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// poisonedPath is the path of the events that the program of TestPoisonEvent cannot fold.
const poisonedPath = "/poison"

// poisonedProgram builds the program with one line changed: after the fold has taken an event of poisonedPath, it panics. The change is an overlay
// of the build, so the product has no switch for it.
func poisonedProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source, err := filepath.Abs("../../analytics/state.go")
	require.NoError(t, err)
	text, err := os.ReadFile(source)
	require.NoError(t, err)
	const place = "\tv := d.apply(s.site, e, id)\n"
	require.Equal(t, 1, strings.Count(string(text), place), "the line of the fold that counts an event")
	changed := strings.Replace(string(text), place, place+"\tif e.Path == \""+poisonedPath+"\" {\n\t\tpanic(\"a poison event\")\n\t}\n", 1)
	overlay := filepath.Join(dir, "state.go")
	require.NoError(t, os.WriteFile(overlay, []byte(changed), 0o600))
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{source: overlay}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "overlay.json"), list, 0o600))
	program := filepath.Join(dir, "ztas")
	build := exec.Command("go", "build", "-pgo=off", "-tags", "nomsgpack", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "build: %s", out)
	return program
}

// TestPoisonEvent is R12 through the real program: one event in a hundred panics the fold. The site stays up, these events are quarantined and
// counted, all others are exact, also after a kill and after a clean stop.
func TestPoisonEvent(t *testing.T) {
	r := newRig(t)
	r.program = poisonedProgram(t)
	r.start()
	site, token := r.site(calmZone(t))
	views := map[string]int64{}
	poisoned := 0
	send := func(name string, n int) {
		for i := range n {
			var events []map[string]any
			for j := range 10 {
				path := fmt.Sprintf("/good/%d", (i+j)%20)
				if (10*i+j)%100 == 50 {
					path = poisonedPath
					poisoned++
				} else {
					views[path]++
				}
				events = append(events, map[string]any{"id": fmt.Sprintf("%s-%d-%d-event", name, i, j), "type": "pageview", "path": path})
			}
			a, err := r.insist(encode(map[string]any{"siteId": site, "events": events}), agent)
			require.NoError(t, err)
			require.Equal(t, 10, a.Count)
		}
	}
	send("first", 30)
	require.Equal(t, views, r.stats(token, site).pages())
	requireBalance(t, r, poisoned)
	r.kill()
	r.start()
	require.Equal(t, views, r.stats(token, site).pages(), "after a kill")
	before := poisoned
	send("second", 30)
	require.Equal(t, views, r.stats(token, site).pages())
	requireBalance(t, r, poisoned-before)
	r.stop()
	r.start()
	require.Equal(t, views, r.stats(token, site).pages(), "after a stop")
	book := newLedger()
	book.acked = views
	requireInvariants(t, r, book, token, site)
	t.Logf("%d events, %d quarantined", 600, poisoned)
}
