package ingest

import (
	"strings"
	"sync"

	"github.com/ztas-io/ztas/analytics"
)

// maxUserAgent is how many bytes of a user agent are looked at to tell bots, devices and browsers.
const maxUserAgent = 512

// crawlerClass is what a known crawler is for.
type crawlerClass uint8

const (
	crawlerOther crawlerClass = iota
	crawlerSearch
	crawlerAI
	crawlerLibrary // an HTTP library, which by itself is no bot
)

// crawlerPattern is a known crawler with its class.
type crawlerPattern struct {
	botPattern
	class crawlerClass
}

// moreLibraries are HTTP libraries by the beginning of their user agents that the list of crawlers does not have.
var moreLibraries = []string{
	"GuzzleHttp/", "Java/", "Ruby", "Dart/", "undici", "reqwest/", "PostmanRuntime/", "insomnia/", "Faraday ", "rest-client/", "WinHttp",
	"libcurl", "urllib3/", "python-httpx/", "Python/", "PycURL/", "hackney/", "node-superagent/", "got/", "needle/", "Typhoeus", "unirest",
	"RestSharp/", "Apache-HttpAsyncClient/", "Symfony HttpClient", "ktor-client", "Deno/", "Bun/", "Wget/",
}

// botLists are the compiled patterns.
type botLists struct {
	signs    *patternSet
	crawlers *patternSet
}

var bots = sync.OnceValue(func() *botLists {
	signs := make([]*botPattern, len(botSigns))
	for i := range botSigns {
		signs[i] = &botSigns[i]
	}
	known := make([]*botPattern, len(crawlers))
	for i := range crawlers {
		known[i] = &crawlers[i].botPattern
	}
	return &botLists{newPatternSet(signs), newPatternSet(known)}
})

// detectBot tells whether a user agent is a bot, and of which category; 0 is none. An empty user agent and an HTTP library that names no
// crawler are none.
func detectBot(userAgent string) analytics.DropReason {
	if userAgent == "" {
		return 0
	}
	lists := bots()
	sign := false
	lists.signs.each(lowerASCII(userAgent), func(int) bool {
		sign = true
		return false
	})
	if !sign {
		return 0
	}
	library := startsWithAny(userAgent, moreLibraries)
	var known, search, ai bool
	lists.crawlers.each(userAgent, func(i int) bool {
		switch crawlers[i].class {
		case crawlerLibrary:
			library = true
			return true
		case crawlerAI:
			ai = true
		case crawlerSearch:
			search = true
		}
		known = true
		return true
	})
	switch {
	case ai:
		return analytics.DropBotAI
	case search:
		return analytics.DropBotSearch
	case library && !known:
		return 0
	}
	return analytics.DropBotOther
}

// lowerASCII lowers A–Z only, as the patterns mean it.
func lowerASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			var b strings.Builder
			b.Grow(len(s))
			b.WriteString(s[:i])
			for ; i < len(s); i++ {
				c := s[i]
				if c >= 'A' && c <= 'Z' {
					c += 'a' - 'A'
				}
				b.WriteByte(c)
			}
			return b.String()
		}
	}
	return s
}

func cutBytes(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}
