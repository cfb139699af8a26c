package ingest

import (
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"github.com/ztas-io/ztas/analytics"
)

// knownCrawler is an entry of the test data's list of crawlers.
type knownCrawler struct {
	Pattern   string   `json:"pattern"`
	Tags      []string `json:"tags"`
	Instances []string `json:"instances"`
}

func openData(t testing.TB, name string) *gzip.Reader {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "ua", name))
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	r, err := gzip.NewReader(f)
	require.NoError(t, err)
	return r
}

// crawlerData returns the user agents of crawlers and those of HTTP libraries.
func crawlerData(t testing.TB) (robots, libraries []string) {
	t.Helper()
	var list []knownCrawler
	require.NoError(t, json.NewDecoder(openData(t, "crawler-user-agents.json.gz")).Decode(&list))
	for _, c := range list {
		if slices.Contains(c.Tags, "http-library") {
			libraries = append(libraries, c.Instances...)
		} else {
			robots = append(robots, c.Instances...)
		}
	}
	return robots, libraries
}

func isbotData(t testing.TB, name string) (list []string) {
	t.Helper()
	var groups map[string][]string
	require.NoError(t, yaml.NewDecoder(openData(t, name)).Decode(&groups))
	for _, g := range groups {
		list = append(list, g...)
	}
	return list
}

func share(list []string, is func(string) bool) float64 {
	n := 0
	for _, ua := range list {
		if is(ua) {
			n++
		}
	}
	return float64(n) / float64(len(list))
}

func isBot(ua string) bool { return detectBot(cutBytes(ua, maxUserAgent)) != 0 }

func TestBotRecall(t *testing.T) {
	robots, _ := crawlerData(t)
	require.Greater(t, len(robots), 1900)
	require.GreaterOrEqual(t, share(robots, isBot), 0.98)
	more := isbotData(t, "isbot_crawlers.yml.gz")
	require.Greater(t, len(more), 600)
	library := func(ua string) bool { // libraries are left aside
		found := startsWithAny(ua, moreLibraries)
		bots().crawlers.each(ua, func(i int) bool {
			found = found || crawlers[i].class == crawlerLibrary
			return true
		})
		return found
	}
	more = slices.DeleteFunc(more, library)
	require.Greater(t, len(more), 580)
	require.GreaterOrEqual(t, share(more, isBot), 0.99)
	t.Logf("recall %.4f of %d crawlers, %.4f of %d of isbot", share(robots, isBot), len(robots), share(more, isBot), len(more))
}

func TestBotFalsePositives(t *testing.T) {
	browsers := isbotData(t, "isbot_browsers.yml.gz")
	require.Greater(t, len(browsers), 500)
	require.LessOrEqual(t, share(browsers, isBot), 0.005)
	_, libraries := crawlerData(t)
	require.Greater(t, len(libraries), 100)
	require.Zero(t, share(libraries, isBot), "HTTP libraries are no bots")
}

func TestBotCategories(t *testing.T) {
	f := func(ua string, want analytics.DropReason) {
		t.Helper()
		require.Equal(t, want, detectBot(ua), ua)
	}
	f("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", analytics.DropBotSearch)
	f("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", analytics.DropBotSearch)
	f("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", analytics.DropBotAI)
	f("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ClaudeBot/1.0; +claudebot@anthropic.com)", analytics.DropBotAI)
	f("Mozilla/5.0 (compatible; OAI-SearchBot/1.0; +https://openai.com/searchbot)", analytics.DropBotAI)
	f("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", analytics.DropBotOther)
	f("Mozilla/5.0 (compatible; UnheardOfBot/1.0)", analytics.DropBotOther)
	f("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/120.0.0.0 Safari/537.36", analytics.DropBotOther)
	f("", 0)
	for _, library := range []string{"curl/8.5.0", "python-requests/2.31.0", "Go-http-client/2.0", "axios/1.6.2", "okhttp/4.12.0", "Wget/1.21",
		"GuzzleHttp/7", "Java/17.0.1", "node-fetch/1.0 (+https://github.com/bitinn/node-fetch)", "PostmanRuntime/7.36.0", "undici", "HTTPie/3.2.2"} {
		f(library, 0)
	}
	f("2Bone_LinkChecker/1.0 libwww-perl/6.03", 0) // the list has it as the library
	f("Mozilla/5.0 (compatible; MJ12bot/v1.4.8; http://mj12bot.com/) python-requests/2.0", analytics.DropBotOther)
}

func TestBotLookaround(t *testing.T) {
	const chrome = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36"
	f := func(more string, want bool) {
		t.Helper()
		require.Equal(t, want, isBot(chrome+more), more)
	}
	f("", false)
	f(" GNews Android/2022137898", false)
	f(" News/1 (x)", true)
	f(" NewsSapphire/1 (x)", false)
	f(" Google Pixel 8 (x)", false)
	f(" GoogleApp/1 (x)", false)
	f(" channel/google (x)", false)
	f(" Googler (x)", true)
	f(" cubot (x)", false)
	f(" CUBOT_X18 cubot robot (x)", true)
	f(" camscanner (x)", false)
	f(" camscan scan (x)", true)
	f(" libhttp (x)", false)
	f(" Java;", false)
	f(" Java (x)", true)
}

func BenchmarkDetectBot(b *testing.B) {
	for _, ua := range []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
	} {
		b.Run(ua[12:25], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				detectBot(ua)
			}
		})
	}
}
