package ingest

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ztas-io/ztas/analytics"
)

// FuzzPass sends any hit from any sender through the pipeline and checks the bounds of data-model.md.
func FuzzPass(f *testing.F) {
	for _, text := range []string{benchPageview, someClick, someScroll, someMove,
		`{"type":"event","action":"a@b.de","value":1e9,"properties":{"a":"::1","b":1e300}}`,
		`{"type":"engagement","timeOnPage":1e300,"seq":-1e300}`,
		`{"type":"pageview","url":"https://x.y/?utm_source=%zz&gclid=1#/a?b","path":"\u0000a%40b.c?q#!/x"}`,
	} {
		f.Add(text, chrome, "203.0.113.7", `"Chromium";v="1"`)
	}
	f.Add(someView, google, "::1", "")
	p, site := testPipeline(f), testSite(func(s *analytics.Settings) { s.KeepQuery = true })
	f.Fuzz(func(t *testing.T, text, userAgent, ip, brands string) {
		var h Hit
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if d.Decode(&h) != nil {
			return
		}
		request := testRequest(func(r *Request) { r.UserAgent, r.IP, r.Brands, r.Context = userAgent, ip, brands, true })
		e, out := passHit(t, p, site, request, &h)
		if out != (Outcome{}) {
			return
		}
		if e.TS > now || e.TS < now-86_400_000 || e.Visitor == (analytics.VisitorID{}) || !strings.HasPrefix(e.Path, "/") {
			t.Fatalf("%+v", e)
		}
		for _, c := range []struct {
			s   string
			max int
		}{
			{e.Path, 2048}, {e.Country, 2}, {e.Region, 6}, {e.Device, 7}, {e.Browser, 40}, {e.BrowserVersion, 20}, {e.OS, 40}, {e.OSVersion, 20},
			{e.ReferrerDomain, 253}, {e.Channel, 8}, {e.Source, 253}, {e.UTM.Source, 200}, {e.UTM.Medium, 200}, {e.UTM.Campaign, 200},
			{e.UTM.Term, 200}, {e.UTM.Content, 200}, {e.Action, 120}, {e.Category, 120}, {e.Label, 500}, {e.Selector, 256}, {e.Element, 128}, {e.Text, 80},
		} {
			if utf8.RuneCountInString(c.s) > c.max || !utf8.ValidString(c.s) || strings.ContainsFunc(c.s, func(r rune) bool { return r < 0x20 || r == 0x7f }) {
				t.Fatalf("%q is not a text of at most %d", c.s, c.max)
			}
		}
		if len(e.Properties) > 30 || len(e.Dwell) > 60 || len(e.Points) > 200 || e.TimeOnPage < 0 || e.TimeOnPage > 3_600_000 || e.Depth < 0 || e.Depth > 10_000 {
			t.Fatalf("%+v", e)
		}
		record := analytics.Record{Event: &e}
		if back, err := analytics.DecodeRecords(record.Encode(nil), 1); err != nil || len(back) != 1 {
			t.Fatalf("the event does not survive its encoding: %v", err)
		}
	})
}
