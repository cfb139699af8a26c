package load

import (
	"bytes"
	"fmt"
	"math/rand/v2"
)

// idWidth is the length of an event id: hexadecimal digits.
const idWidth = 16

const idMark = "################" // idWidth characters that no request holds otherwise

// Template is a request that can be sent any number of times, with new ids each time.
type Template struct {
	Bytes  []byte // header and body
	ids    []int  // where an id goes
	Events int
}

// clone gives a connection a copy of its own to write ids into.
func (t Template) clone() Template {
	t.Bytes = bytes.Clone(t.Bytes)
	return t
}

// stamp writes the ids first, first+1, … into the request.
func (t *Template) stamp(first uint64) {
	const digits = "0123456789abcdef"
	for n, at := range t.ids {
		id := first + uint64(n)
		for i := at + idWidth - 1; i >= at; i-- {
			t.Bytes[i] = digits[id&15]
			id >>= 4
		}
	}
}

// Traffic says what the requests are like.
type Traffic struct {
	Site     string
	Batch    int // events of a request; 1 sends the event alone, not in a batch
	Paths    int // different paths, chosen by Zipf's law (s = 1.1)
	Visitors int // different addresses, given in X-Forwarded-For
	Variants int // templates to make
}

var agents = []string{
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
	"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0",
	"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0",
	"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36",
	"Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.6 Mobile/15E148 Safari/604.1",
}

var referrers = []string{"", "", "", "https://www.google.com/", "https://partner.example.com/list?page=2", "https://news.ycombinator.com/item?id=1", "https://t.co/abc"}

// Templates makes the requests, the same ones for the same seed.
func (t Traffic) Templates(seed uint64) []Template {
	random := rand.New(rand.NewPCG(seed, 1))
	zipf := rand.NewZipf(random, 1.1, 1, uint64(t.Paths-1))
	made := make([]Template, t.Variants)
	for i := range made {
		body := t.body(random, zipf)
		address := random.IntN(t.Visitors)
		made[i] = NewTemplate(fmt.Sprintf("203.0.%d.%d", address>>8&255, address&255), agents[random.IntN(len(agents))], body, t.Batch)
	}
	return made
}

func (t Traffic) body(random *rand.Rand, zipf *rand.Zipf) []byte {
	if t.Batch == 1 {
		return fmt.Appendf(nil, `{"type":"pageview","siteId":%q,"id":"%s","path":%q,"referrer":%q}`,
			t.Site, idMark, path(zipf), referrers[random.IntN(len(referrers))])
	}
	body := fmt.Appendf(nil, `{"siteId":%q,"events":[`, t.Site)
	for n := range t.Batch {
		if n > 0 {
			body = append(body, ',')
		}
		body = fmt.Appendf(body, `{"type":"pageview","id":"%s","path":%q}`, idMark, path(zipf))
	}
	return append(body, "]}"...)
}

func path(zipf *rand.Zipf) string { return fmt.Sprintf("/articles/page-%d", zipf.Uint64()) }

// PageviewBody is a single pageview of a path, with room for its id.
func PageviewBody(site, path string) []byte {
	return fmt.Appendf(nil, `{"type":"pageview","siteId":%q,"id":"%s","path":%q}`, site, idMark, path)
}

// NewTemplate makes the request that carries a body of so many events from a visitor's address and browser.
func NewTemplate(address, agent string, body []byte, events int) Template {
	request := fmt.Appendf(nil, "POST /api/track HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: %s\r\nX-Forwarded-For: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		agent, address, len(body), body)
	t := Template{Bytes: request, Events: events}
	for at := 0; ; at += idWidth {
		next := bytes.Index(request[at:], []byte(idMark))
		if next < 0 {
			return t
		}
		at += next
		t.ids = append(t.ids, at)
	}
}
