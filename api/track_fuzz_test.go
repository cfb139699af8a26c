package api

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzDecodeTrack feeds any bytes: no panic, no answer of the 5xx kind, and both ways of decoding agree.
func FuzzDecodeTrack(f *testing.F) {
	for _, body := range []string{onePageview, `[` + onePageview + `]`, `{"siteId":"site_abc123","events":[{"type":"event","value":1e400,"properties":{"a":[1]}},{},1,null]}`,
		`{"siteId":1}`, `{"events":{}}`, `[[[[`, `{"type":"move","points":[[1,2],[3]],"viewport":{"width":1}}`, `{"a":"\ud800\u0000"}`, `nul`} {
		f.Add([]byte(body))
	}
	r := newTrackRig(f, func(c *TrackConfig) { c.RateRequests, c.RateEvents = 0, 0 })
	f.Fuzz(func(t *testing.T, body []byte) {
		r.t, r.odd = t, true
		w := r.post("/api/track", body, "Authorization", "Bearer zta_live_good")
		if w.Code >= 500 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		for _, rec := range r.store.records {
			if rec.Event != nil && (!utf8.ValidString(rec.Event.Path) || strings.ContainsFunc(rec.Event.Path, func(c rune) bool { return c < 0x20 || c == 0x7f })) {
				t.Fatalf("%q is stored", rec.Event.Path)
			}
		}
		r.store.records = nil
		if !utf8.Valid(body) {
			return
		}
		if fast, p := decodeTrack(body, 500); p == nil && fast.wrong == nil {
			slow, p := decodeSlow([]byte(strings.TrimLeft(string(body), " \t\r\n")), 500)
			require.Nil(t, p)
			require.Equal(t, []any{fast.siteID, fast.count, fast.single}, []any{slow.siteID, slow.count, slow.single})
		}
	})
}
