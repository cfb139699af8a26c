package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist/salts"
)

// visit sends a pageview from an address, as a proxy in front would name it, and returns the status.
func (s *importServer) visit(site, forwarded, userAgent string) int {
	s.t.Helper()
	body := encode(map[string]any{"siteId": site, "type": "pageview", "path": "/a"})
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.api.base+"/api/track", bytes.NewReader(body))
	require.NoError(s.t, err)
	req.Header.Set("User-Agent", userAgent)
	req.Header.Set("X-Forwarded-For", forwarded)
	res, err := http.DefaultClient.Do(req)
	require.NoError(s.t, err)
	require.NoError(s.t, res.Body.Close())
	return res.StatusCode
}

// TestSpoofedAddresses is S10: without a trusted proxy X-Forwarded-For changes neither who a visitor is nor whose requests are counted.
func TestSpoofedAddresses(t *testing.T) {
	s := newImportServer(t)
	s.stop()
	t.Setenv("RATE_LIMIT_TRACK", "3")
	s.start("login")
	site := s.site("example.com", calmZone(t))
	for _, forged := range []string{"198.51.100.1", "8.8.8.8, 1.1.1.1", "2001:db8::1"} {
		require.Equal(t, http.StatusOK, s.visit(site, forged, agent))
	}
	require.Equal(t, http.StatusTooManyRequests, s.visit(site, "203.0.113.9", agent))
	var stats struct {
		Summary struct{ UniqueVisitors, Pageviews int64 }
	}
	require.NoError(t, s.api.call(t.Context(), http.MethodGet, "/api/stats?period=7d&siteId="+site, nil, &stats))
	require.Equal(t, []int64{1, 3}, []int64{stats.Summary.UniqueVisitors, stats.Summary.Pageviews})
}

// TestNobodyIsRecognised is S11: no file of the server holds an address or a user agent, and once the salts of a day are destroyed nothing on the disk
// or in the environment lets anybody compute that day's visitor ids again, whoever knows address and user agent.
func TestNobodyIsRecognised(t *testing.T) {
	const (
		address   = "2001:db8:7a31:4711:9c5e:b2d6:83f1:77"
		short     = "198.51.100.77"
		userAgent = "Mozilla/5.0 (X11; Linux x86_64; Peculiar Machine 4711) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	)
	t.Setenv("TRUSTED_PROXIES", "127.0.0.0/8")
	s := newImportServer(t)
	site := s.site("example.com", "UTC")
	for _, forwarded := range []string{short, address, address} {
		require.Equal(t, http.StatusOK, s.visit(site, forwarded, userAgent))
	}
	var sample struct {
		VisitorID string `json:"visitor_id"`
	}
	require.NoError(t, s.api.call(t.Context(), http.MethodGet, "/api/sites/"+site+"/sample", nil, &sample))
	copies := t.TempDir()
	code, out, errOut := ztas(t.Context(), "backup", copies, "--data="+s.data)
	require.Zero(t, code, out+errOut)
	s.stop()

	everywhere := filesIn(t, s.data, copies)
	maps.Copy(everywhere, unpacked(t, s.data, site))
	for path, content := range everywhere {
		for _, trace := range []string{address, short, "Peculiar Machine", "Peculiar", string(net.ParseIP(address)), string(net.ParseIP(short).To4())} {
			require.False(t, bytes.Contains(content, []byte(trace)), "%s holds %q", path, trace)
		}
	}
	input := site + "\n" + address + "\n" + userAgent
	want, err := hex.DecodeString(strings.TrimPrefix(sample.VisitorID, "vis_"))
	require.NoError(t, err)
	require.Equal(t, []string{filepath.Join(s.data, "salts")}, recomputed(t, input, want, s.data, copies), "the salt is there, and nowhere else")

	later, err := salts.Open(filepath.Join(s.data, "salts"), func() time.Time { return time.Now().Add(4 * 24 * time.Hour) }, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	require.NoError(t, later.Sweep())
	require.Empty(t, recomputed(t, input, want, s.data, copies))
}

// unpacked is what a data directory holds in packed form: the blocks of the log, the events and the metadata.
func unpacked(t *testing.T, data, site string) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	code, events, errOut := ztas(t.Context(), "export", "events", "--site="+site, "--data="+data)
	require.Zero(t, code, errOut)
	require.Contains(t, events, `"path":"/a"`)
	out["events"] = []byte(events)
	openData(t, data, func(d *stopped) {
		for p := range analytics.Partition(analytics.Partitions) {
			first, next, err := d.log.Bounds(p)
			require.NoError(t, err)
			if first == next {
				continue
			}
			r, err := d.log.Read(t.Context(), p, first)
			require.NoError(t, err)
			for at := first; at < next; {
				pos, data, err := r.Next(t.Context())
				require.NoError(t, err)
				block, err := analytics.DecodeBlock(data)
				require.NoError(t, err)
				for _, s := range block.Sections {
					out["log"] = append(out["log"], s.Data...)
				}
				at = pos + 1
			}
			require.NoError(t, r.Close())
		}
		require.NoError(t, metaStore{d.store}.Scan("", func(key string, val []byte) error {
			out["metadata"] = append(append(append(out["metadata"], key...), '\n'), val...)
			return nil
		}))
	})
	require.NotEmpty(t, out["metadata"])
	return out
}

// filesIn reads all files below some directories.
func filesIn(t *testing.T, dirs ...string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	for _, dir := range dirs {
		require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			files[path], err = os.ReadFile(path)
			return err
		}))
	}
	require.NotEmpty(t, files)
	return files
}

// recomputed names the files, or "environment", in which 32 bytes stand, plain or in hexadecimal digits, that make the visitor id of the input.
func recomputed(t *testing.T, input string, want []byte, dirs ...string) (found []string) {
	t.Helper()
	files := filesIn(t, dirs...)
	files["environment"] = []byte(strings.Join(os.Environ(), "\n"))
	for path, content := range files {
		if hasKey(content, input, want) {
			found = append(found, path)
		}
	}
	return found
}

func hasKey(content []byte, input string, want []byte) bool {
	makes := func(key []byte) bool {
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(input))
		return bytes.Equal(mac.Sum(nil)[:len(want)], want)
	}
	zeros := 0 // at the end of the window: a salt has no long run of them, a disk's files do
	for i, b := range content {
		if zeros++; b != 0 {
			zeros = 0
		}
		if zeros > 8 || i < 31 {
			continue
		}
		if makes(content[i-31 : i+1]) {
			return true
		}
		if i >= 63 {
			if key, err := hex.DecodeString(string(content[i-63 : i+1])); err == nil && makes(key) {
				return true
			}
		}
	}
	return false
}

// TestForeignSockets is S13: a page of another site gets no socket, and a ticket opens one socket of its own server once.
func TestForeignSockets(t *testing.T) {
	t.Setenv("WS_ALLOWED_ORIGINS", "https://dashboard.example.com")
	s := newImportServer(t)
	dial := func(origin string) (*websocket.Conn, int) {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		conn, res, err := websocket.DefaultDialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(s.api.base, "http")+"/ws", header)
		if res != nil && res.Body != nil {
			defer res.Body.Close()
		}
		if err != nil {
			require.NotNil(t, res, "%v", err)
			return nil, res.StatusCode
		}
		t.Cleanup(func() { conn.Close() })
		return conn, res.StatusCode
	}
	for _, foreign := range []string{"https://evil.example.net", "null", "http://dashboard.example.com", "https://dashboard.example.com.evil.example.net", "file://"} {
		conn, status := dial(foreign)
		require.Nil(t, conn, foreign)
		require.Equal(t, http.StatusForbidden, status, foreign)
	}
	var ticket struct{ Ticket string }
	require.NoError(t, s.api.send(context.Background(), http.MethodPost, "/api/ws/ticket", nil, &ticket))
	authenticate := func(text string) string {
		conn, status := dial("https://dashboard.example.com")
		require.Equal(t, http.StatusSwitchingProtocols, status)
		require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
		require.NoError(t, conn.WriteJSON(map[string]string{"type": "auth", "ticket": text}))
		for {
			var f struct{ Type, Code string }
			require.NoError(t, conn.ReadJSON(&f))
			switch f.Type {
			case "ready":
				return "ready"
			case "error":
				return f.Code
			}
		}
	}
	require.Equal(t, "ready", authenticate(ticket.Ticket))
	require.Equal(t, "unauthorized", authenticate(ticket.Ticket), "used")
	require.Equal(t, "unauthorized", authenticate("wst_"+strings.Repeat("a", 32)), "never issued")
}
