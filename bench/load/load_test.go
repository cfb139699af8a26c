package load

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseAnswer(t *testing.T) {
	whole := "HTTP/1.1 200 OK\r\nContent-Type: x\r\nContent-Length: 5\r\nDate: y\r\n\r\nhello"
	for n := range whole {
		_, _, ok, err := parseAnswer([]byte(whole[:n]))
		require.NoError(t, err, "after %d bytes", n)
		require.False(t, ok, "after %d bytes", n)
	}
	status, body, ok, err := parseAnswer([]byte(whole))
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, 200, status)
	require.Equal(t, "hello", string(body))
	for name, bad := range map[string]string{
		"more than one":    whole + "H",
		"other protocol":   "SSH-2.0-OpenSSH_9.6\r\n\r\n",
		"status":           "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
		"no length":        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"length no number": "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello",
	} {
		_, _, ok, err := parseAnswer([]byte(bad))
		require.Error(t, err, name)
		require.False(t, ok, name)
	}
}

func TestPost(t *testing.T) {
	var bodies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		bodies = append(bodies, string(body))
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "busy")
	}))
	defer server.Close()
	c, err := Dial(server.Listener.Addr().String())
	require.NoError(t, err)
	defer c.Close()
	require.Empty(t, c.Header("Retry-After"))
	q := Traffic{"site_x", 3, 5, 5, 1}.Templates(1)[0]
	for _, first := range []uint64{1, 1, 4} {
		status, body, err := q.Post(c, first)
		require.NoError(t, err)
		require.Equal(t, 503, status)
		require.Equal(t, "busy", string(body))
		require.Equal(t, "7", c.Header("Retry-After"))
		require.Empty(t, c.Header("After"))
	}
	require.Equal(t, bodies[0], bodies[1])
	require.NotEqual(t, bodies[0], bodies[2])
}

// A run's events all arrive, whole and each with an id of its own.
func TestFleetSendsUniqueEvents(t *testing.T) {
	for _, batch := range []int{1, 7} {
		t.Run(fmt.Sprint(batch), func(t *testing.T) {
			var mu sync.Mutex
			ids, paths, requests := map[string]bool{}, map[string]int{}, 0
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				type event struct{ Type, SiteID, ID, Path string }
				var in struct {
					event
					Events []event
				}
				body, err := io.ReadAll(r.Body)
				if err != nil || json.Unmarshal(body, &in) != nil || in.SiteID != "site_x" {
					http.Error(w, "bad request", http.StatusBadRequest)
					return
				}
				if batch == 1 {
					in.Events = append(in.Events, in.event)
				}
				mu.Lock()
				defer mu.Unlock()
				requests++
				for _, e := range in.Events {
					if len(e.ID) != idWidth || strings.Contains(e.ID, "#") || ids[e.ID] || e.Type != "pageview" {
						http.Error(w, "bad event", http.StatusBadRequest)
						return
					}
					ids[e.ID] = true
					paths[e.Path]++
				}
				fmt.Fprint(w, "taken")
			}))
			defer server.Close()
			traffic := Traffic{Site: "site_x", Batch: batch, Paths: 50, Visitors: 100, Variants: 64}
			fleet, err := NewFleet(server.Listener.Addr().String(), 8, traffic.Templates(1), NewIDs(), "taken")
			require.NoError(t, err)
			defer func() { require.NoError(t, fleet.Close()) }()
			result, err := fleet.Run(context.Background(), 200*time.Millisecond)
			require.NoError(t, err)
			require.NotZero(t, result.Requests)
			require.EqualValues(t, requests, result.Requests)
			require.EqualValues(t, len(ids), result.Events)
			require.EqualValues(t, requests*batch, result.Events)
			require.Greater(t, paths["/articles/page-0"], paths["/articles/page-40"])
		})
	}
}

func TestFleetFailsOnAWrongAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, "busy")
	}))
	defer server.Close()
	fleet, err := NewFleet(server.Listener.Addr().String(), 2, Traffic{"site_x", 1, 5, 5, 4}.Templates(1), NewIDs(), "busy")
	require.NoError(t, err)
	result, err := fleet.Run(context.Background(), time.Minute)
	require.ErrorContains(t, err, "answer 503")
	require.Zero(t, result.Requests)
	require.NoError(t, fleet.Close())
}
