package main

import (
	"fmt"
	"math/rand/v2"
)

// hit is one pageview as a browser or a server would hand it in.
type hit struct {
	path, referrer string
	address, agent string
}

const (
	pages    = 1000   // different paths, chosen by Zipf's law (s = 1.1)
	visitors = 10_000 // different addresses
)

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

var referrers = []string{
	"", "", "", "https://www.google.com/", "https://partner.example.com/list", "https://news.ycombinator.com/item", "https://t.co/abc",
}

// networks are first halves of public addresses in several countries.
var networks = []string{"24.48", "62.210", "80.95", "91.64", "133.5", "145.14", "177.10", "189.20", "196.25", "203.0", "212.58", "218.10"}

// crowd makes hits, the same ones for the same seed.
type crowd struct {
	random *rand.Rand
	zipf   *rand.Zipf
}

func newCrowd(seed uint64) crowd {
	random := rand.New(rand.NewPCG(seed, 1))
	return crowd{random, rand.NewZipf(random, 1.1, 1, pages-1)}
}

// visitor returns the address and browser of the nth visitor.
func visitor(n int) (address, agent string) {
	return fmt.Sprintf("%s.%d.%d", networks[n%len(networks)], n>>8&255, n&255), agents[n/len(networks)%len(agents)]
}

func pagePath(n int) string { return fmt.Sprintf("/articles/page-%d", n) }

func (c crowd) hit() hit {
	h := hit{path: pagePath(int(c.zipf.Uint64())), referrer: referrers[c.random.IntN(len(referrers))]}
	h.address, h.agent = visitor(c.random.IntN(visitors))
	return h
}

func (c crowd) hits(n int) []hit {
	all := make([]hit, n)
	for i := range all {
		all[i] = c.hit()
	}
	return all
}
