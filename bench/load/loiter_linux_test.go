package load

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Connections are held, drip, and come again when the server ends them.
func TestLoiter(t *testing.T) {
	asked := make(chan string, 100)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked <- r.Header.Get("X-Slow") }))
	server.Config.ReadHeaderTimeout = 100 * time.Millisecond
	server.Start()
	defer server.Close()
	l, err := Loiter(server.Listener.Addr().String(),
		Loitering{Connections: 5},
		Loitering{Connections: 3, Begin: "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ", Drip: "z", Every: 20 * time.Millisecond},
		Loitering{Connections: 2, Begin: "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: not\r\n\r\n"})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return l.Open() == 10 && l.Opened() >= 26 }, 20*time.Second, time.Millisecond, "opened again")
	require.Equal(t, "not", <-asked)
	require.NoError(t, l.Close())
	require.Zero(t, l.Open())
	_, err = Loiter("nowhere")
	require.ErrorContains(t, err, "IPv4 address and port expected")
}

// A drip is part of the request.
func TestLoiterDrips(t *testing.T) {
	asked := make(chan string, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { asked <- r.URL.Path }))
	defer server.Close()
	l, err := Loiter(server.Listener.Addr().String(),
		Loitering{Connections: 1, Begin: "GET /dripped HTTP/1.1\r\nHost: x\r\nX: y", Drip: "\r\n", Every: 20 * time.Millisecond})
	require.NoError(t, err)
	select {
	case path := <-asked:
		require.Equal(t, "/dripped", path)
	case <-time.After(20 * time.Second):
		t.Error("no request")
	}
	require.NoError(t, l.Close())
}
