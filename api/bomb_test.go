package api

import (
	"bytes"
	"compress/gzip"
	"math"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// zeros is 200 MiB of them, packed.
var zeros = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	part := make([]byte, 1<<20)
	for range 200 {
		if _, err := z.Write(part); err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
})

// TestBombsTakeLittleMemory is S9: what grows when it is read is refused, or taken, without growing.
func TestBombsTakeLittleMemory(t *testing.T) {
	r := newTrackRig(t, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 0, 0 })
	bomb := zeros()
	require.Less(t, len(bomb), 262_144, "it gets past the first look")
	nested := func(open, end string) []byte {
		return []byte(strings.Repeat(open, 10_000) + strings.Repeat(end, 10_000))
	}
	deep := append(append([]byte(`{"siteId":"site_abc123","type":"pageview","unknown":`), nested("[", "]")...), '}')
	for _, c := range []struct {
		name   string
		status int
		body   []byte
		gzip   bool
	}{
		{"a gzip bomb", 413, bomb, true},
		{"a bomb in a bomb", 400, zipped(t, bomb), true},
		{"endless empty members", 413, bytes.Repeat(zipped(t, nil), 100_000), true},
		{"10,000 lists deep", 400, nested("[", "]"), false},
		{"10,000 objects deep", 400, nested(`{"a":`, "}"), false},
		{"an event with a member that is 10,000 deep", 400, deep, false},
		{"a number that no float holds", 400, []byte(`{"siteId":"site_abc123","type":"event","value":1e400}`), false},
		{"many digits", 400, []byte(`{"siteId":"site_abc123","type":"event","value":1` + strings.Repeat("0", 200_000) + `}`), false},
		{"many events", 400, []byte(`[` + strings.Repeat(`{},`, 80_000) + `{}]`), false},
		{"many members", 400, []byte(`{` + strings.Repeat(`"a":1,`, 40_000) + `"b":1}`), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			least := uint64(math.MaxUint64)
			for range 3 { // pools are emptied now and then, with the race detector at random
				least = min(least, r.taken(t, c.status, c.body, c.gzip))
			}
			require.Less(t, least, uint64(bombTakes), "bytes that were ever taken")
		})
	}
}

// taken sends a body and returns how much memory was allocated meanwhile, in bytes, whether or not it was given back.
func (r *trackRig) taken(t *testing.T, status int, body []byte, gzip bool) uint64 {
	t.Helper()
	req := httptest.NewRequest(http.MethodPost, "/api/track", bytes.NewReader(body))
	if gzip {
		req.Header.Set("Content-Encoding", "gzip")
	}
	w := httptest.NewRecorder()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r.engine.ServeHTTP(w, req)
	runtime.ReadMemStats(&after)
	require.Equal(t, status, w.Code, w.Body)
	return after.TotalAlloc - before.TotalAlloc
}
