package ingest

import (
	"slices"
	"strings"
	"testing"

	useragent "github.com/medama-io/go-useragent"
	"github.com/medama-io/go-useragent/agents"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

func TestDeviceTables(t *testing.T) {
	f := func(ua string, want agent) {
		t.Helper()
		require.Equal(t, want, parseUserAgent(ua), ua)
	}
	f("", agent{device: "desktop", browser: "Other", os: "Other"})
	f("curl/8.5.0", agent{device: "desktop", browser: "Other", os: "Other"})
	f(chrome, agent{device: "desktop", browser: "Chrome", browserVersion: "120", os: "Windows", osVersion: "10"})
	f(chrome+" Edg/121.0.0.0", agent{device: "desktop", browser: "Edge", browserVersion: "121", os: "Windows", osVersion: "10"})
	f(chrome+" OPR/105.0.0.0", agent{device: "desktop", browser: "Opera", browserVersion: "105", os: "Windows", osVersion: "10"})
	f(chrome+" Vivaldi/6.5.3206.39", agent{device: "desktop", browser: "Vivaldi", browserVersion: "6", os: "Windows", osVersion: "10"})
	f("Opera/9.80 (Windows NT 6.1) Presto/2.12.388 Version/12.16", agent{device: "desktop", browser: "Opera", browserVersion: "12", os: "Windows", osVersion: "7"})
	f("Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", agent{device: "desktop", browser: "IE", browserVersion: "11", os: "Windows", osVersion: "7"})
	f("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1)", agent{device: "desktop", browser: "IE", browserVersion: "8", os: "Windows", osVersion: "XP"})
	f("Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0", agent{device: "desktop", browser: "Firefox", browserVersion: "121", os: "Linux"})
	f("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Safari/605.1.15",
		agent{device: "desktop", browser: "Safari", browserVersion: "17", os: "macOS", osVersion: "10"})
	f("Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.2 Mobile/15E148 Safari/604.1",
		agent{device: "mobile", browser: "Safari", browserVersion: "17", os: "iOS", osVersion: "17"})
	f("Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/120.0.6099.119 Mobile/15E148 Safari/604.1",
		agent{device: "tablet", browser: "Chrome", browserVersion: "120", os: "iOS", osVersion: "16"})
	f("Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) FxiOS/121.0 Mobile/15E148 Safari/605.1.15",
		agent{device: "mobile", browser: "Firefox", browserVersion: "121", os: "iOS", osVersion: "17"})
	f("Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36",
		agent{device: "mobile", browser: "Samsung Internet", browserVersion: "23", os: "Android", osVersion: "14"})
	f("Mozilla/5.0 (Linux; Android 13; SM-X900) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
		agent{device: "tablet", browser: "Chrome", browserVersion: "120", os: "Android", osVersion: "13"})
	f("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
		agent{device: "desktop", browser: "Chrome", browserVersion: "120", os: "ChromeOS", osVersion: "14541"})
	f("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_2) AppleWebKit/605.1.15 Safari/605.1.15 Microsoft Outlook",
		agent{device: "desktop", browser: "Safari", os: "macOS", osVersion: "14"})
	f("Mozilla/5.0 (BB10; Touch) AppleWebKit/537.10+ (KHTML, like Gecko) Version/10.0.9.2372 Mobile Safari/537.10+",
		agent{device: "mobile", browser: "Safari", browserVersion: "10", os: "Other"})
}

func TestClientHints(t *testing.T) {
	f := func(k agentKey, device, browser, version, os string) {
		t.Helper()
		a := newAgent(k)
		require.Equal(t, []string{device, browser, version, os}, []string{a.device, a.browser, a.browserVersion, a.os}, k)
	}
	const brands = `"Not_A Brand";v="8", "Chromium";v="120", "Google Chrome";v="120"`
	f(agentKey{chrome, brands, "?0", `"Windows"`}, "desktop", "Chrome", "120", "Windows")
	f(agentKey{chrome, `"Chromium";v="121", "Microsoft Edge";v="121"`, "?0", `"Windows"`}, "desktop", "Edge", "121", "Windows")
	f(agentKey{chrome, `"Chromium";v="121", "Brave";v="121"`, "?0", `"macOS"`}, "desktop", "Brave", "121", "macOS")
	f(agentKey{chrome, `"Chromium";v="119"`, "", ""}, "desktop", "Chrome", "120", "Windows")
	f(agentKey{"x", `"Chromium";v="119"`, "", `"Linux"`}, "desktop", "Chrome", "119", "Linux")
	f(agentKey{chrome, brands, "?1", `"Android"`}, "mobile", "Chrome", "120", "Android")
	f(agentKey{chrome, brands, "?0", `"Android"`}, "tablet", "Chrome", "120", "Android")
	f(agentKey{chrome, brands, "?0", `"Chrome OS"`}, "desktop", "Chrome", "120", "ChromeOS")
	f(agentKey{chrome, `";,;"v=`, "yes", `"Fuchsia"`}, "desktop", "Chrome", "120", "Windows")
	f(agentKey{chrome, `"Google Chrome";v="` + strings.Repeat("9", 50) + `"`, "", ""}, "desktop", "Chrome", strings.Repeat("9", 20), "Windows")
}

// uapCase is one user agent of uap-core with what it is.
type uapCase struct {
	UserAgent string `yaml:"user_agent_string"`
	Family    string `yaml:"family"`
	Major     string `yaml:"major"`
}

func uapData(t *testing.T, names ...string) (list []uapCase) {
	t.Helper()
	for _, name := range names {
		var file struct {
			Cases []uapCase `yaml:"test_cases"`
		}
		require.NoError(t, yaml.NewDecoder(openData(t, name)).Decode(&file))
		list = append(list, file.Cases...)
	}
	return list
}

// claimed are uap-core's families by our names. What it splits by device is one family here.
var (
	claimedBrowsers = map[string]string{
		"Chrome": "Chrome", "Chrome Mobile": "Chrome", "Chrome Mobile iOS": "Chrome", "Chrome Mobile WebView": "Chrome", "Chromium": "Chrome",
		"Firefox": "Firefox", "Firefox Mobile": "Firefox", "Firefox iOS": "Firefox", "Safari": "Safari", "Mobile Safari": "Safari",
		"Edge": "Edge", "Edge Mobile": "Edge", "Opera": "Opera", "Opera Mobile": "Opera", "Opera Tablet": "Opera", "Opera Mini": "Opera Mini",
		"Samsung Internet": "Samsung Internet", "IE": "IE", "IE Mobile": "IE", "Vivaldi": "Vivaldi", "Yandex Browser": "Yandex Browser",
		"Amazon Silk": "Amazon Silk", "Android": "Android Browser",
	}
	claimedSystems = map[string]string{
		"iOS": "iOS", "Android": "Android", "Windows": "Windows", "Chrome OS": "ChromeOS", "Mac OS X": "macOS", "Linux": "Linux", "Ubuntu": "Linux",
		"Fedora": "Linux", "Debian": "Linux", "Red Hat": "Linux", "SUSE": "Linux", "Gentoo": "Linux",
	}
)

// guaranteed are words by which the contract's table names a system: where a user agent lacks it, the table names another one, whatever uap-core knows.
var guaranteed = map[string]string{"Android": "android", "ChromeOS": "cros "}

// TestFamilies: 95 % of all user agents of the families we claim, and of each family of the contract's tables, so that one with few user agents is not
// drowned by thousands of others; 90 % of each that the library adds, of which the corpus has about ten.
func TestFamilies(t *testing.T) {
	f := func(list []uapCase, claimed map[string]string, table []family, of func(agent) string, atLeast int) {
		t.Helper()
		total, right := 0, 0
		count, hits := map[string]int{}, map[string]int{}
		for _, c := range list {
			want, ok := claimed[c.Family]
			if !ok {
				continue
			}
			total++
			if strings.Contains(strings.ToLower(c.UserAgent), guaranteed[want]) {
				count[want]++
				if of(parseUserAgent(cutBytes(c.UserAgent, maxUserAgent))) == want {
					hits[want]++
				}
			}
			if got := of(parseUserAgent(cutBytes(c.UserAgent, maxUserAgent))); got == want {
				right++
			} else {
				t.Logf("%s, not %s: %s", got, c.Family, c.UserAgent)
			}
		}
		t.Logf("%d of %d: %v of %v", right, total, hits, count)
		require.GreaterOrEqual(t, total, atLeast)
		require.GreaterOrEqual(t, float64(right)/float64(total), 0.95)
		for name, n := range count {
			least := 0.9
			if slices.ContainsFunc(table, func(f family) bool { return f.name == name }) {
				least = 0.95
			}
			require.GreaterOrEqual(t, float64(hits[name])/float64(n), least, "%s: %d of %d", name, hits[name], n)
		}
	}
	f(uapData(t, "uap-core_test_ua.yaml.gz", "uap-core_pgts_browser_list.yaml.gz"), claimedBrowsers, browsers, func(a agent) string { return a.browser }, 500)
	f(uapData(t, "uap-core_test_os.yaml.gz"), claimedSystems, systems, func(a agent) string { return a.os }, 150)
}

// TestLibraryNames compares with the library of dependencies.md: where it is right about a family beyond the contract's table, ours has its name.
func TestLibraryNames(t *testing.T) {
	library, checked := useragent.NewParser(), map[agents.Browser]int{}
	for _, c := range uapData(t, "uap-core_test_ua.yaml.gz", "uap-core_pgts_browser_list.yaml.gz") {
		switch b := library.Parse(c.UserAgent).Browser(); b {
		case agents.BrowserAndroid, agents.BrowserVivaldi, agents.BrowserYandex, agents.BrowserSilk, agents.BrowserFalkon, agents.BrowserNintendo, agents.BrowserOperaMini:
			if claimedBrowsers[c.Family] == b.String() && !strings.HasPrefix(c.UserAgent, "Android: Client") { // an app
				checked[b]++
				require.Equal(t, b.String(), parseUserAgent(c.UserAgent).browser, c.UserAgent)
			}
		}
	}
	require.GreaterOrEqual(t, len(checked), 4, checked)
	for ua, want := range map[string]agents.Browser{
		"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Falkon/3.1.0 Chrome/69.0.3497.128 Safari/537.36":   agents.BrowserFalkon,
		"Mozilla/5.0 (Nintendo Switch; WebApplet) AppleWebKit/609.4 (KHTML, like Gecko) NF/6.0.2.21.3 NintendoBrowser/5.1.0.22474": agents.BrowserNintendo,
	} {
		require.Equal(t, want.String(), parseUserAgent(ua).browser)
	}
	openBSD := "Mozilla/5.0 (X11; OpenBSD amd64; rv:109.0) Gecko/20100101 Firefox/115.0"
	require.Equal(t, library.Parse(openBSD).OS().String(), parseUserAgent(openBSD).os)
}
