package api

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// corpus reads a file of testdata/security: the members of an archive by name.
func corpus(t *testing.T, name string) map[string][]byte {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "security", name))
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	members := map[string][]byte{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return members
		}
		require.NoError(t, err)
		if h.Typeflag == tar.TypeReg {
			members[filepath.Base(h.Name)], err = io.ReadAll(r)
			require.NoError(t, err)
		}
	}
}

func TestTrackJSONTestSuite(t *testing.T) {
	r := newTrackRig(t, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 0, 0 })
	parse, refuse := 0, 0
	for name, doc := range corpus(t, "jsontestsuite.tar.gz") {
		bare := r.post("/api/track", doc).Code
		inside := r.track(`{"siteId":"site_abc123","type":"pageview","unknown":` + string(doc) + `}`).Code
		require.Less(t, bare, 500, name)
		require.Less(t, inside, 500, name)
		switch name[0] {
		case 'y':
			parse++
			require.Equal(t, 200, inside, name)
		case 'n':
			refuse++
			require.Equal(t, 400, bare, name)
			require.Equal(t, 400, inside, name)
		}
	}
	require.Equal(t, []int{95, 188}, []int{parse, refuse})
}

// Whatever texts hold, no answer is an error of the server's own and no control character is stored.
func TestTrackHostileTexts(t *testing.T) {
	r := newTrackRig(t, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 0, 0 })
	var texts []string
	naughty, err := os.ReadFile(filepath.Join("testdata", "security", "blns.json"))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(naughty, &texts))
	for _, list := range corpus(t, "payloads_xss_crlf.tar.gz") {
		texts = append(texts, strings.Split(string(list), "\n")...)
	}
	require.Greater(t, len(texts), 1200)
	send := func(event map[string]any) {
		event["siteId"] = "site_abc123"
		body, err := json.Marshal(event)
		require.NoError(t, err)
		require.Equal(t, 200, r.post("/api/track", body).Code, string(body))
	}
	for _, s := range texts {
		s += "\x00\x1f\r\n\x7f" + s
		send(map[string]any{"type": "pageview", "path": s, "referrer": "https://" + s, "clickId": s,
			"utm": map[string]string{"source": s, "medium": s, "campaign": s, "term": s, "content": s}})
		send(map[string]any{"type": "event", "action": s, "category": s, "label": s, "properties": map[string]string{"p": s, s: s}})
		send(map[string]any{"type": "click", "x": 1, "y": 1, "viewport": map[string]int{"width": 1280, "height": 800}, "selector": s, "element": s, "text": s})
	}
	require.Len(t, r.store.records, 3*len(texts))
	for _, rec := range r.store.records {
		e := rec.Event
		all := []string{e.Path, e.ReferrerDomain, e.Source, e.UTM.Source, e.UTM.Medium, e.UTM.Campaign, e.UTM.Term, e.UTM.Content, e.Action, e.Category, e.Label, e.Selector, e.Element, e.Text}
		for _, p := range e.Properties {
			all = append(all, p.Key, p.Text)
		}
		for _, s := range all {
			require.True(t, utf8.ValidString(s), "%q", s)
			require.False(t, strings.ContainsFunc(s, func(c rune) bool { return c < 0x20 || c == 0x7f }), "%q", s)
		}
	}
}
