package api

import (
	"net/url"
	"testing"
)

// FuzzCompat feeds any text to the three endpoints: no panic, no answer of the 5xx kind, and nothing is stored after a refusal.
func FuzzCompat(f *testing.F) {
	for _, body := range []string{
		`{"n":"pageview","u":"https://example.com/a?utm_source=b#c","d":"example.com,site_abc123","h":1}`,
		`{"n":"engagement","u":"app://x/y","d":"example.com","e":1.5,"sd":100}`,
		`{"name":"Buy","url":"https://example.com/","domain":"example.com","props":"{\"a\":1e400}","revenue":{"amount":"1e5"}}`,
		`{"type":"event","payload":{"website":"example.com","url":"//a","name":"n","data":{"a":[{}]}}}`,
		"p=%zz&site=example.com", "site=example.com&p=https://&q=?a#b&e=on",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		r := newCompatRig(t)
		r.odd = true
		for _, request := range [][3]string{
			{"POST", "/api/event", body}, {"POST", "/api/send", body}, {"GET", "/count?" + body, ""}, {"GET", "/count?site=example.com&p=" + url.QueryEscape(body), ""},
		} {
			if _, err := url.ParseRequestURI(request[1]); err != nil || !isToken(request[1]) {
				continue
			}
			w := r.send(request[0], request[1], request[2])
			if stored := r.logs.take(); w.Code >= 500 || w.Code >= 300 && stored != nil {
				t.Fatalf("%v: %d %s, stored %q", request, w.Code, w.Body, stored)
			}
		}
	})
}

// isToken tells whether a target can stand in a request line.
func isToken(target string) bool {
	for i := 0; i < len(target); i++ {
		if target[i] <= ' ' || target[i] == 0x7f {
			return false
		}
	}
	return true
}
