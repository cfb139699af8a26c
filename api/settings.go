package api

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// Bounds of a site's settings (sites.md).
const (
	minRetention, maxRetention = 30, 3650 // days
	maxExcludePaths            = 100
	maxExcludePath             = 200 // characters
	maxAllowedDomains          = 20
	maxIgnoreParams            = 50
	maxAliases                 = 10
	maxParam                   = 64 // characters of a parameter or an alias

	allowedDomains = "allowedDomains"
	slackLink      = "slackWebhookUrl"
)

// allowances are what the server's own settings allow a site's.
type allowances struct {
	local bool // the host "localhost" (ALLOW_LOCAL_SITES)
	http  bool // Slack URLs of this scheme (WEBHOOK_ALLOW_HTTP)
}

func (c *Config) allowances() allowances { return allowances{c.AllowLocalSites, c.HooksAllowHTTP} }

// refuse tells whether a key that was read has a value that is not allowed here.
func (a allowances) refuse(key string, s *analytics.Settings) bool {
	switch key {
	case allowedDomains:
		return !a.local && slices.ContainsFunc(s.AllowedDomains, isLocalOrigin)
	case slackLink: // whether its host may be called is for checkSlack
		return s.SlackWebhookURL != nil && checkHookURL(*s.SlackWebhookURL, a.http) != nil
	}
	return false
}

// mergeSettings puts the sent keys over the present settings, key by key; unknown keys are ignored. It does not change base's slices.
func mergeSettings(base analytics.Settings, sent map[string]json.RawMessage, allowed allowances) (analytics.Settings, error) {
	for _, setting := range settings {
		raw, ok := sent[setting.key]
		if ok && (!setting.read(&base, raw) || allowed.refuse(setting.key, &base)) {
			return base, invalid("Invalid setting: " + setting.key)
		}
	}
	return base, nil
}

// settings are the keys in the contract's order, each with the reader of its value.
var settings = []struct {
	key  string
	read func(s *analytics.Settings, raw json.RawMessage) bool
}{
	{"excludePaths", func(s *analytics.Settings, raw json.RawMessage) bool {
		return readTexts(&s.ExcludePaths, raw, maxExcludePaths, maxExcludePath, nil)
	}},
	{allowedDomains, func(s *analytics.Settings, raw json.RawMessage) bool {
		return readTexts(&s.AllowedDomains, raw, maxAllowedDomains, maxDomain, normalizeOrigin)
	}},
	{"keepQuery", func(s *analytics.Settings, raw json.RawMessage) bool { return readBool(&s.KeepQuery, raw) }},
	{"ignoreParams", func(s *analytics.Settings, raw json.RawMessage) bool {
		return readTexts(&s.IgnoreParams, raw, maxIgnoreParams, maxParam, nil)
	}},
	{"filterBots", func(s *analytics.Settings, raw json.RawMessage) bool { return readBool(&s.FilterBots, raw) }},
	{"honorGpc", func(s *analytics.Settings, raw json.RawMessage) bool { return readBool(&s.HonorGPC, raw) }},
	{"honorDnt", func(s *analytics.Settings, raw json.RawMessage) bool { return readBool(&s.HonorDNT, raw) }},
	{"aliases", func(s *analytics.Settings, raw json.RawMessage) bool {
		return readTexts(&s.Aliases, raw, maxAliases, maxParam, nil)
	}},
	{"heatmaps", func(s *analytics.Settings, raw json.RawMessage) bool { return readBool(&s.Heatmaps, raw) }},
	{"dataRetention", func(s *analytics.Settings, raw json.RawMessage) bool {
		var sent *numeral
		if json.Unmarshal(raw, &sent) != nil || sent == nil {
			return false
		}
		days, ok := sent.integer(minRetention, maxRetention)
		if ok {
			s.DataRetention = int(days)
		}
		return ok
	}},
	{slackLink, func(s *analytics.Settings, raw json.RawMessage) bool {
		var link *string
		if json.Unmarshal(raw, &link) != nil {
			return false
		}
		if link != nil {
			text := cleanText(*link)
			link = &text
		}
		s.SlackWebhookURL = link
		return true
	}},
}

func readBool(into *bool, raw json.RawMessage) bool {
	var v *bool
	if json.Unmarshal(raw, &v) != nil || v == nil {
		return false
	}
	*into = *v
	return true
}

// readTexts reads at most n texts of at most size characters, without empty and repeated ones; normalize may change or refuse one.
func readTexts(into *[]string, raw json.RawMessage, n, size int, normalize func(string) (string, bool)) bool {
	var sent []*string
	if json.Unmarshal(raw, &sent) != nil || sent == nil || len(sent) > n {
		return false
	}
	texts := make([]string, 0, len(sent))
	for _, v := range sent {
		if v == nil {
			return false
		}
		text := cleanText(*v)
		if normalize != nil {
			var ok bool
			if text, ok = normalize(text); !ok {
				return false
			}
		}
		if text == "" || tooLong(text, size) {
			return false
		}
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	*into = texts
	return true
}

// normalizeOrigin reads an entry of allowedDomains: a host or "*." and a host.
func normalizeOrigin(s string) (string, bool) {
	host, wild := strings.CutPrefix(s, "*.")
	host, ok := normalizeDomain(host, true)
	if wild {
		host = "*." + host
	}
	return host, ok
}

func isLocalOrigin(s string) bool { return strings.TrimPrefix(s, "*.") == "localhost" }
