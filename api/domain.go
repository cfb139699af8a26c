package api

import (
	"strings"

	"golang.org/x/net/idna"
)

// maxDomain is the limit of a domain, bytes.
const maxDomain = 253

// hostNames is idna.Lookup, but for labels with hyphens as third and fourth character, which hosts of content networks have.
var hostNames = idna.New(
	idna.MapForLookup(), idna.BidiRule(), idna.CheckJoiners(true), idna.StrictDomainName(true), idna.Transitional(false), idna.CheckHyphens(false),
)

// normalizeDomain lower-cases a host name, drops the dot at its end and turns an international name into punycode; ok is false for anything
// that is not the name of a public host. local allows "localhost".
func normalizeDomain(s string, local bool) (domain string, ok bool) {
	s = strings.TrimSuffix(strings.ToLower(s), ".")
	domain, err := hostNames.ToASCII(s)
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
