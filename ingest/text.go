package ingest

import (
	"strings"
	"unicode/utf8"
)

// What a text has in it; classify finds all of it in one pass, so that most texts are neither copied nor scanned twice.
const (
	hasControl = 1 << iota // U+0000–U+001F, U+007F
	hasAt
	hasPercent
	hasDot
	hasColon
	hasDigit
	hasHigh // bytes of multi-byte code points
)

var byteClass = func() (class [256]uint8) {
	for c := range class {
		switch {
		case c < 0x20 || c == 0x7f:
			class[c] = hasControl
		case c >= 0x80:
			class[c] = hasHigh
		case c >= '0' && c <= '9':
			class[c] = hasDigit
		}
	}
	class['@'], class['%'], class['.'], class[':'] = hasAt, hasPercent, hasDot, hasColon
	return class
}()

func classify(s string) (class uint8) {
	for i := 0; i < len(s); i++ {
		class |= byteClass[s[i]]
	}
	return class
}

// clean applies the contract's rule of texts: control characters removed, trimmed; what is no UTF-8 is replaced.
func clean(s string) (cleaned string, class uint8) {
	if s == "" {
		return "", 0
	}
	class = classify(s)
	if class&hasHigh != 0 && !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	if class&hasControl != 0 {
		s = strings.Map(func(r rune) rune {
			if r < 0x20 || r == 0x7f {
				return -1
			}
			return r
		}, s)
	}
	if first, last := s[:min(1, len(s))], s[max(0, len(s)-1):]; class&hasHigh != 0 || first == " " || last == " " {
		s = strings.TrimSpace(s)
	}
	return s, class
}

// cut shortens a trimmed text to max code points, without space at its new end.
func cut(s string, max int) string {
	if len(s) <= max {
		return s
	}
	n := 0
	for i := range s {
		if n == max {
			return strings.TrimSpace(s[:i])
		}
		n++
	}
	return s
}

// plainText is a cleaned text of at most max code points.
func plainText(s string, max int) string {
	s, _ = clean(s)
	return cut(s, max)
}

// safeText is a cleaned text without addresses, of at most max code points. Addresses are removed before it is cut, so that no half of one stays.
func safeText(s string, max int) string {
	s, class := clean(s)
	return cut(scrub(s, class), max)
}

// matchesAll tells whether s has from min to max bytes, all of them in the set.
func matchesAll(s string, min, max int, set *[256]bool) bool {
	if len(s) < min || len(s) > max {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !set[s[i]] {
			return false
		}
	}
	return true
}

// byteSet is the letters, digits and the bytes of more.
func byteSet(more string) (set [256]bool) {
	for c := range set {
		set[c] = c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
	}
	for i := 0; i < len(more); i++ {
		set[more[i]] = true
	}
	return set
}

var (
	idBytes  = byteSet("_-")
	keyBytes = byteSet("_.-")
)
