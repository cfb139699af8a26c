package api

import (
	"net"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// maxDomain is the limit of a domain, bytes.
const maxDomain = 253

// normalizeDomain lower-cases a host name, drops the dot at its end and turns an international name into punycode; ok is false for anything
// that is not the name of a public host. local allows "localhost".
func normalizeDomain(s string, local bool) (domain string, ok bool) {
	s = strings.TrimSuffix(strings.ToLower(s), ".")
	domain, err := idna.Lookup.ToASCII(s)
	if err != nil || len(domain) > maxDomain {
		return "", false
	}
	if domain == "localhost" {
		return domain, local
	}
	labels := strings.Split(domain, ".")
	for _, label := range labels {
		if !isLabel(label) {
			return "", false
		}
	}
	last := labels[len(labels)-1]
	return domain, len(labels) >= 2 && !isNumber(last)
}

func isLabel(s string) bool {
	if len(s) < 1 || len(s) > 63 || s[0] == '-' || s[len(s)-1] == '-' {
		return false
	}
	return strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// isNumber finds last labels that browsers read as part of an IPv4 address: digits, or 0x and hexadecimal digits.
func isNumber(label string) bool {
	if strings.Trim(label, "0123456789") == "" {
		return true
	}
	hex, ok := strings.CutPrefix(label, "0x")
	return ok && strings.Trim(hex, "0123456789abcdef") == ""
}

// maxHookURL is the limit of an outgoing URL, characters.
const maxHookURL = 2048

// isHookURL tells whether a URL may be called by the server as far as its text says: https and a public host name. The addresses behind the
// name are checked when it is called.
func isHookURL(s string) bool {
	u, err := url.Parse(s)
	if err != nil || tooLong(s, maxHookURL) || u.Scheme != "https" || u.User != nil || u.Fragment != "" || u.Opaque != "" {
		return false
	}
	host, ok := normalizeDomain(u.Hostname(), false)
	if !ok || net.ParseIP(u.Hostname()) != nil {
		return false
	}
	for _, private := range []string{".localhost", ".local", ".internal"} {
		if strings.HasSuffix(host, private) {
			return false
		}
	}
	return true
}
