package auth

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ztas-io/ztas/analytics"
)

const errEmail = analytics.Invalid("Invalid email format")

// Limits of an e-mail address, in Unicode code points.
const (
	maxEmail     = 254
	maxLocalPart = 64
)

// NormalizeEmail trims and lower-cases an address and checks its form. The error is analytics.Invalid.
func NormalizeEmail(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	local, domain, ok := strings.Cut(s, "@")
	switch {
	case !ok, local == "", domain == "", strings.Contains(domain, "@"), strings.Contains(s, ".."):
		return "", errEmail
	case utf8.RuneCountInString(s) > maxEmail, utf8.RuneCountInString(local) > maxLocalPart, !utf8.ValidString(s):
		return "", errEmail
	case domain[0] == '.', domain[len(domain)-1] == '.', strings.ContainsFunc(s, breaksHeader):
		return "", errEmail
	}
	return s, nil
}

// breaksHeader finds what may not stand in an address unquoted: it would end or split a mail's header.
func breaksHeader(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune(`<>()[],;:"\`, r)
}
