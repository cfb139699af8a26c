package load

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// stage is a WebSocket server as the crowd sees ours: it greets, then answers each text with that text, a ping and the text again, in parts.
type stage struct {
	*httptest.Server
	pongs atomic.Int64
	mu    sync.Mutex
	conns []*websocket.Conn
}

func newStage(t *testing.T) *stage {
	s := new(stage)
	upgrader := websocket.Upgrader{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/ws" || r.Header.Get("Authorization") != "Bearer good" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		s.mu.Lock()
		s.conns = append(s.conns, conn)
		s.mu.Unlock()
		conn.SetPongHandler(func(payload string) error {
			if payload == "are you there" {
				s.pongs.Add(1)
			}
			return nil
		})
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"hello"}`))
		_ = conn.WriteMessage(websocket.TextMessage, []byte(`{"type":"ready"}`))
		for {
			_, text, err := conn.ReadMessage()
			if err != nil {
				return
			}
			long := append(text, strings.Repeat(".", 70_000)...)
			_ = conn.WriteMessage(websocket.TextMessage, text)
			_ = conn.WriteControl(websocket.PingMessage, []byte("are you there"), time.Now().Add(time.Minute))
			_ = conn.WriteMessage(websocket.TextMessage, long)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func TestCrowd(t *testing.T) {
	s := newStage(t)
	const reading, others = 30, 5
	texts := make([]atomic.Int64, reading)
	crowd, err := NewCrowd(s.Listener.Addr().String(), func(h Heard) {
		if strings.TrimRight(string(h.Payload), ".") == "one" || strings.TrimRight(string(h.Payload), ".") == strings.Repeat("two", 100) {
			texts[h.Client].Add(1)
		}
	})
	require.NoError(t, err)
	require.ErrorContains(t, crowd.Join(1, "bad", true), "401")
	require.NoError(t, crowd.Join(reading, "good", true, "one", strings.Repeat("two", 100)))
	require.NoError(t, crowd.Join(others, "good", false, "one"))
	until := func(what string, done func() bool) {
		t.Helper()
		require.Eventually(t, done, 20*time.Second, time.Millisecond, what)
	}
	until("texts", func() bool { return crowd.Frames() == 4*reading })
	for n := range texts {
		until(fmt.Sprintf("texts of client %d", n), func() bool { return texts[n].Load() == 4 })
	}
	until("pongs", func() bool { return s.pongs.Load() == 2*reading })
	require.Equal(t, reading+others, crowd.Open())
	s.mu.Lock()
	for _, conn := range s.conns[:3] {
		conn.NetConn().Close()
	}
	_ = s.conns[3].WriteControl(websocket.CloseMessage, nil, time.Now().Add(time.Minute))
	s.mu.Unlock()
	until("ends", func() bool { return crowd.Open() == reading+others-4 })
	require.NoError(t, crowd.Close())
	require.Zero(t, crowd.Open())
}

func TestCrowdNeedsAnAddress(t *testing.T) {
	for _, bad := range []string{"", "localhost:80", "[::1]:80"} {
		_, err := NewCrowd(bad, func(Heard) {})
		require.ErrorContains(t, err, "IPv4 address and port expected", bad)
	}
}
