package api

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestJourneys(t *testing.T) {
	w, site, token := goalWorld(t)
	w.example(site)
	get := func(query string) answer {
		return w.call("GET", "/api/journeys?siteId="+string(site)+query, token, nil)
	}
	get("&steps=2&"+onExampleDay).wantData(200, `{"sessions":5,
		"nodes":[{"step":1,"path":"/","sessions":3},{"step":1,"path":"/blog/getting-started","sessions":1},{"step":1,"path":"/pricing","sessions":1},
		{"step":2,"path":"/","sessions":1},{"step":2,"path":"/pricing","sessions":1}],
		"links":[{"step":1,"from":"/","to":"/pricing","sessions":1},{"step":1,"from":"/pricing","to":"/","sessions":1}]}`)
	get("&steps=2&limit=1&"+onExampleDay).wantData(200, `{"sessions":5,
		"nodes":[{"step":1,"path":"/","sessions":3},{"step":1,"path":"(other)","sessions":2},
		{"step":2,"path":"(other)","sessions":1},{"step":2,"path":"/","sessions":1}],
		"links":[{"step":1,"from":"(other)","to":"/","sessions":1},{"step":1,"from":"/","to":"(other)","sessions":1}]}`)
	get("&steps=2&anchor=end&path="+url.QueryEscape(" /signup ")+"&"+onExampleDay).wantData(200, `{"sessions":2,
		"nodes":[{"step":1,"path":"/pricing","sessions":2},{"step":2,"path":"/signup","sessions":2}],
		"links":[{"step":1,"from":"/pricing","to":"/signup","sessions":2}]}`)
	get("&steps=2&anchor=start&path=/signup&filters="+url.QueryEscape("country==US")+"&"+onExampleDay).wantData(200, `{"sessions":1,
		"nodes":[{"step":1,"path":"/signup","sessions":1},{"step":2,"path":"/thank-you","sessions":1}],
		"links":[{"step":1,"from":"/signup","to":"/thank-you","sessions":1}]}`)

	var got struct {
		Sessions int
		Nodes    []struct{ Step int }
	}
	get("").read(200, &got) // 7 days, 3 steps
	require.Equal(t, "2026-01-09", w.reader.asks[0].First.String())
	require.Equal(t, 6, got.Sessions)
	require.Equal(t, 3, got.Nodes[len(got.Nodes)-1].Step)
	get("&steps=5&limit=50").read(200, &got)
	require.Equal(t, 5, got.Nodes[len(got.Nodes)-1].Step)
	get("&startDate=2026-01-10&endDate=2026-01-11").wantData(200, `{"sessions":0,"nodes":[],"links":[]}`)

	stranger, _ := w.user("stranger@example.com")
	for _, id := range []string{string(site), string(w.addSite(stranger, "foreign.example.com")), string(missingSite)} {
		f := func(query, message string) {
			t.Helper()
			w.call("GET", "/api/journeys?siteId="+id+query, token, nil).wantError(400, message, "validation_failed")
		}
		for _, steps := range []string{"1", "6", "-2", "2.0", "two", "22"} {
			f("&steps="+steps, "Invalid steps")
		}
		f("&anchor=middle", "Invalid anchor")
		f("&filters=foo", "Invalid filter: foo")
		f("&limit=0", "Limit must be between 1 and 50")
		f("&limit=51", "Limit must be between 1 and 50")
		f("&period=8d", "Invalid time period")
	}
	w.call("GET", "/api/journeys", token, nil).wantError(400, "Site ID required", "validation_failed")
}
