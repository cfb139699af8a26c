package ingest

import (
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// brandNames are the browsers that name themselves in Sec-CH-UA while their user agent says Chrome, in lower case.
var brandNames = map[string]string{
	"google chrome": "Chrome", "microsoft edge": "Edge", "opera": "Opera", "samsung internet": "Samsung Internet", "vivaldi": "Vivaldi",
	"yandex": "Yandex Browser", "yabrowser": "Yandex Browser", "brave": "Brave", "duckduckgo": "DuckDuckGo",
}

// platformNames are the systems that Sec-CH-UA-Platform names, in lower case.
var platformNames = map[string]string{
	"windows": "Windows", "macos": "macOS", "linux": "Linux", "android": "Android", "ios": "iOS", "chrome os": "ChromeOS", "chromium os": "ChromeOS",
}

// applyHints corrects what the user agent says by the client hints that the browser sent.
func (a *agent) applyHints(k agentKey) {
	if k.brands != "" {
		a.applyBrands(k.brands)
	}
	if os := platformNames[strings.ToLower(unquote(k.platform))]; os != "" && os != a.os {
		a.os, a.osVersion = os, ""
	}
	switch k.mobile {
	case "?1":
		if a.device == "desktop" || a.os == "Android" {
			a.device = "mobile"
		}
	case "?0":
		if a.os == "Android" {
			a.device = "tablet"
		} else if a.device == "mobile" && a.os != "iOS" {
			a.device = "desktop"
		}
	}
}

// applyBrands reads a list like "Chromium";v="124", "Microsoft Edge";v="124", "Not-A.Brand";v="99". Only Chromium alone is Chrome.
func (a *agent) applyBrands(list string) {
	for item := range strings.SplitSeq(list, ",") {
		brand, parameters, _ := strings.Cut(item, ";")
		brand = strings.ToLower(unquote(brand))
		name := brandNames[brand]
		if name == "" && (brand != "chromium" || a.browser != other) {
			continue
		}
		_, version, _ := strings.Cut(parameters, "v=")
		version = cutBytes(leadingDigits(unquote(version)), analytics.MaxVersion)
		if name == "" {
			a.browser, a.browserVersion = "Chrome", version
			continue // a better name may follow
		}
		a.browser, a.browserVersion = name, version
		return
	}
}

// unquote removes space and quotation marks around a structured header's string.
func unquote(s string) string { return strings.Trim(s, " \t\"") }
