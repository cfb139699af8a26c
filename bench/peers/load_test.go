package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// address is a server that somebody else runs: nothing of a product but where it listens.
type address struct {
	product
	at string
}

func (a address) server() *server { return &server{addr: a.at} }

func (a address) way(closes bool) way {
	return way{
		name: "test", product: a, status: http.StatusAccepted, body: "taken", closes: closes,
		requests: func(n int) []request { return pixelRequests(n, "/count", "") },
	}
}

// Every request arrives once, each with another number, over lasting connections and over new ones.
func TestSend(t *testing.T) {
	for _, closes := range []bool{false, true} {
		t.Run(fmt.Sprintf("closes=%v", closes), func(t *testing.T) {
			var mu sync.Mutex
			numbers, remotes := map[string]bool{}, map[string]bool{}
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				number := r.URL.Query().Get("rnd")
				if numbers[number] || strings.Contains(number, "#") || len(number) != len(stampMark) || !strings.HasPrefix(r.URL.Query().Get("p"), "/articles/") {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				numbers[number], remotes[r.RemoteAddr] = true, true
				if closes {
					w.Header().Set("Connection", "close")
				}
				w.WriteHeader(http.StatusAccepted)
				fmt.Fprint(w, "taken")
			}))
			defer server.Close()
			r, err := address{at: server.Listener.Addr().String()}.way(closes).send(context.Background(), 4, 100*time.Millisecond, 0)
			require.NoError(t, err)
			require.NotZero(t, r.answered)
			require.Len(t, numbers, int(r.answered))
			require.Len(t, r.waits, int(r.answered))
			if closes {
				require.Len(t, remotes, int(r.answered))
			} else {
				require.Len(t, remotes, 4)
			}
		})
	}
}

func TestSendFailsOnAWrongAnswer(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, "lost")
	}))
	defer server.Close()
	_, err := address{at: server.Listener.Addr().String()}.way(false).send(context.Background(), 2, time.Minute, 0)
	require.ErrorContains(t, err, `answer 202 "lost"`)
}

// A hit that the server refuses is counted as that, and the run goes on.
func TestSendCountsRefusals(t *testing.T) {
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%2 == 1 {
			w.WriteHeader(http.StatusInternalServerError)
			fmt.Fprint(w, "locked")
			return
		}
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, "taken")
	}))
	defer server.Close()
	r, err := address{at: server.Listener.Addr().String()}.way(false).send(context.Background(), 2, 50*time.Millisecond, 0)
	require.NoError(t, err)
	require.NotZero(t, r.answered)
	require.Equal(t, n.Load(), r.answered+r.refused)
	require.Equal(t, (n.Load()+1)/2, r.refused)
}

// A paced connection sends no faster than asked for.
func TestSendKeepsPace(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusAccepted)
		fmt.Fprint(w, "taken")
	}))
	defer server.Close()
	r, err := address{at: server.Listener.Addr().String()}.way(false).send(context.Background(), 2, 100*time.Millisecond, 50*time.Millisecond)
	require.NoError(t, err)
	require.LessOrEqual(t, float64(r.answered), 2*(r.elapsed.Seconds()/0.05+1))
}

func TestQuantile(t *testing.T) {
	var waits []time.Duration
	require.Zero(t, quantile(waits, 0.5))
	for i := range 100 {
		waits = append(waits, time.Duration(i))
	}
	require.EqualValues(t, 50, quantile(waits, 0.5))
	require.EqualValues(t, 99, quantile(waits, 0.99))
	require.EqualValues(t, 99, quantile(waits, 1))
}
