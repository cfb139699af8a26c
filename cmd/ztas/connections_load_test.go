//go:build linux

package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	bench "github.com/ztas-io/ztas/bench/load"
)

// TestLoadLoiterers is R9: 5,000 connections send a request a few bytes a second, most its header, some its body; 5,000 more say nothing, half of
// them after a request. Those that the server ends come again. Visitors must not notice.
func TestLoadLoiterers(t *testing.T) {
	loadPart(t, "R9")
	const calm, stormy = 5 * time.Second, 30 * time.Second
	share := func(n int) int { return scaled(t, n) }
	r := newRig(t)
	r.hurry()
	r.start()
	site, _ := r.site("UTC")
	v := newVisitors(r, site, 8)
	before := v.visit(calm)
	alone := r.anonymous()

	const head = "POST /api/track HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
	slow := []bench.Loitering{
		{Connections: share(4000), Begin: head, Drip: "X-Slow: 1\r\n", Every: time.Second},
		{Connections: share(1000), Begin: head + "Content-Length: 262144\r\n\r\n{", Drip: " ", Every: time.Second},
	}
	silent := []bench.Loitering{
		{Connections: share(2500)},
		{Connections: share(2500), Begin: "GET /api/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"},
	}
	n := share(4000) + share(1000) + 2*share(2500)
	l, err := bench.Loiter(r.addr, append(slow, silent...)...)
	require.NoError(t, err)
	require.Eventually(t, func() bool { return l.Opened() >= int64(n) }, time.Minute, 10*time.Millisecond, "%d connections", n)
	began, opened, cpu := time.Now(), l.Opened(), r.cpu()
	most, held := alone, 0
	during := v.visit(stormy / 2)
	most, held = max(most, r.anonymous()), l.Open()
	during = append(during, v.visit(stormy/2)...)
	slices.Sort(during)
	most = max(most, r.anonymous())
	lasted := time.Since(began).Seconds()
	again, busy := float64(l.Opened()-opened)/lasted, (r.cpu()-cpu).Seconds()/lasted
	m := r.metrics()
	require.NoError(t, l.Close())
	t.Logf("%d of %d connections open, %.0f opened again a second, %.0f file descriptors at the server; p50 %v, p99 %v, max %v; before p99 %v", held, n,
		again, m["process_open_fds"], during.Quantile(0.5), during.Quantile(0.99), during.Quantile(1), before.Quantile(0.99))
	require.Greater(t, held, n*8/10, "connections that were held")

	what := fmt.Sprintf("%s slow and %s idle connections", thousands(float64(share(4000)+share(1000))), thousands(float64(2*share(2500))))
	figure(t, "R9", what+": track, p99", millis(during.Quantile(0.99)), "≤ 100 ms", "")
	figure(t, "R9", "the same without them", millis(before.Quantile(0.99)), "", "")
	figure(t, "R9", what+": server CPU, visitors included", fmt.Sprintf("%.2f cores", busy), "", "")
	figure(t, "R9", what+": memory that they add", mebibytes(most-alone), "", "")
}
