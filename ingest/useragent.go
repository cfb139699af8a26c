package ingest

import (
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// family is one row of the contract's tables: the name that a user agent with one of the tokens has, in lower case. The version stands behind
// the first of versions that is there.
type family struct {
	name     string
	tokens   []string
	versions []string
}

// Browsers and systems, in the order in which they are tested. The contract guarantees browsers and systems; moreBrowsers and OpenBSD are what
// the library of dependencies.md knows beyond them, by its names. The library itself is only the tests' oracle: it would be 166,000 objects and
// 5 MB of pointers for the collector to scan, for these few rows.
var (
	moreBrowsers = []family{
		{"Opera Mini", []string{"opera mini"}, []string{"opera mini/"}},
		{"Vivaldi", []string{"vivaldi/"}, []string{"vivaldi/"}},
		{"Yandex Browser", []string{"yabrowser/", "yasearchbrowser/"}, []string{"yabrowser/", "yasearchbrowser/"}},
		{"Amazon Silk", []string{"silk/"}, []string{"silk/"}},
		{"Falkon", []string{"falkon/"}, []string{"falkon/"}},
		{"Nintendo Browser", []string{"nintendobrowser/"}, []string{"nintendobrowser/"}},
	}
	browsers = []family{
		{"Edge", []string{"edg"}, []string{"edg/", "edge/", "edga/", "edgios/"}},
		{"Opera", []string{"opr/", "opera"}, []string{"opr/", "version/", "opera/", "opera "}},
		{"Samsung Internet", []string{"samsungbrowser"}, []string{"samsungbrowser/"}},
		{"Firefox", []string{"firefox", "fxios"}, []string{"firefox/", "fxios/"}},
		{"Chrome", []string{"chrome", "crios", "chromium"}, []string{"chrome/", "crios/", "chromium/"}},
		{"Safari", []string{"safari"}, []string{"version/"}},
		{"IE", []string{"msie", "trident"}, []string{"msie ", "rv:"}},
	}
	systems = []family{
		{"iOS", []string{"iphone", "ipad", "ipod"}, []string{"iphone os ", "cpu os ", " os "}},
		{"Android", []string{"android"}, []string{"android "}},
		{"Windows", []string{"windows"}, []string{"windows nt "}},
		{"ChromeOS", []string{"cros"}, []string{"cros x86_64 ", "cros aarch64 ", "cros armv7l ", "cros i686 "}},
		{"macOS", []string{"mac os", "macintosh"}, []string{"mac os x "}},
		{"Linux", []string{"linux", "x11", "openbsd"}, nil},
	}
)

// windowsVersions are the names of Windows by its kernel.
var windowsVersions = map[string]string{
	"10.0": "10", "6.4": "10", "6.3": "8", "6.2": "8", "6.1": "7", "6.0": "Vista", "5.2": "XP", "5.1": "XP", "5.0": "2000",
}

const other = "Other"

// parseUserAgent tells device, browser and system by the tables.
func parseUserAgent(userAgent string) agent {
	ua := lowerASCII(userAgent)
	a := agent{device: deviceOf(ua), browser: other, os: other}
	if f := familyOf(ua, systems); f != nil {
		a.os, a.osVersion = f.name, versionAfter(ua, f.versions)
		if f.name == "Windows" {
			a.osVersion = windowsVersion(ua)
		}
	} else {
		a.os = appSystem(ua)
	}
	if a.os == "Linux" && strings.Contains(ua, "openbsd") {
		a.os = "OpenBSD"
	}
	f := familyOf(ua, moreBrowsers)
	if f == nil {
		f = familyOf(ua, browsers)
	}
	if f != nil {
		a.browser, a.browserVersion = f.name, versionAfter(ua, f.versions)
	}
	if a.browser == "Safari" && a.os == "Android" {
		a.browser = "Android Browser"
	}
	return a
}

// appSystem is the system of apps that name none of the tables' tokens: by Apple's network library, or a word that says iOS.
func appSystem(ua string) string {
	switch {
	case containsAny(ua, "os/macos", "darwin;") || containsAny(ua, "darwin/") && containsAny(ua, "x86_64", "i386", "(mac"):
		return "macOS"
	case strings.Contains(ua, "darwin/"), containsAny(ua, "ios;", "ios ", "ios/") && hasToken(ua, "ios"), containsAny(ua, "iph os", "ipd os"):
		return "iOS"
	}
	return other
}

// deviceOf is the contract's table of device classes. ua is in lower case.
func deviceOf(ua string) string {
	android := strings.Contains(ua, "android")
	switch {
	case containsAny(ua, "ipad", "tablet", "playbook", "silk"), android && !strings.Contains(ua, "mobile"):
		return "tablet"
	case android, containsAny(ua, "mobi", "iphone", "ipod", "blackberry", "opera mini", "iemobile"):
		return "mobile"
	}
	return "desktop"
}

func containsAny(s string, tokens ...string) bool {
	for _, t := range tokens {
		if strings.Contains(s, t) {
			return true
		}
	}
	return false
}

func familyOf(ua string, list []family) *family {
	for i := range list {
		for _, token := range list[i].tokens {
			if hasToken(ua, token) {
				return &list[i]
			}
		}
	}
	return nil
}

// hasToken tells whether ua holds the token. The short ones count at the beginning of a word only: Microsoft is no ChromeOS.
func hasToken(ua, token string) bool {
	for from := 0; ; {
		at := strings.Index(ua[from:], token)
		if at < 0 {
			return false
		}
		at += from
		if len(token) > 4 || at == 0 || ua[at-1] < 'a' || ua[at-1] > 'z' {
			return true
		}
		from = at + 1
	}
}

// versionAfter is the major version behind the first of the tokens that has one.
func versionAfter(ua string, tokens []string) string {
	for _, token := range tokens {
		if at := strings.Index(ua, token); at >= 0 {
			if v := leadingDigits(ua[at+len(token):]); v != "" {
				return cutBytes(v, analytics.MaxVersion)
			}
		}
	}
	return ""
}

func leadingDigits(s string) string {
	n := 0
	for n < len(s) && isDigit(s[n]) {
		n++
	}
	return s[:n]
}

func windowsVersion(ua string) string {
	_, kernel, ok := strings.Cut(ua, "windows nt ")
	if !ok {
		return ""
	}
	end := 0
	for end < len(kernel) && (isDigit(kernel[end]) || kernel[end] == '.') {
		end++
	}
	if name, ok := windowsVersions[kernel[:end]]; ok {
		return name
	}
	return cutBytes(leadingDigits(kernel), analytics.MaxVersion)
}
