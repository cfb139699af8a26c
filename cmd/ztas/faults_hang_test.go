//go:build faults && linux

package main

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestDataDiskHangs: the data disk stops to answer while events are sent. A SIGTERM then ends the process in time all the same, which says what it left
// behind; what it had answered with success is there at the next start.
func TestDataDiskHangs(t *testing.T) {
	const limit = 15 * time.Second
	r := newRig(t)
	r.start()
	site, token := r.site(calmZone(t))
	r.stop()
	r.faulty(t, "fsync,fdatasync,msync,sync_file_range:delay_enter=30s:when=60+")
	r.start()
	stored := 0
	for n := 0; ; n++ {
		r.http.Timeout = 2 * time.Second
		a, err := r.track(encode(map[string]any{"siteId": site, "type": "pageview", "path": fmt.Sprint("/", n), "id": fmt.Sprintf("event-%06d", n)}), agent)
		if err != nil {
			break
		}
		require.Equal(t, 1, a.Count)
		stored++
	}
	l, began := r.life, time.Now()
	require.NoError(t, l.cmd.Process.Signal(syscall.SIGTERM))
	require.Eventually(t, func() bool { return strings.Contains(l.output.String(), "ztas: stop: close ") }, limit, 10*time.Millisecond)
	took := time.Since(began)
	<-l.done // strace does not let it go before the delay is over
	require.Error(t, l.err)
	require.Contains(t, l.output.String(), "a part does not end and is left behind; what was answered with success is in the log")
	r.life, r.under = nil, nil
	r.http.CloseIdleConnections()
	r.http.Timeout = 20 * time.Second
	r.start()
	views := r.stats(token, site).Summary.Pageviews
	require.GreaterOrEqual(t, int(views), stored)
	require.LessOrEqual(t, int(views), stored+1)
	t.Logf("%d events were answered; stopped in %v", stored, took.Round(time.Millisecond))
}
