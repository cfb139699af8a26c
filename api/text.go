package api

import (
	"strings"
	"time"
	"unicode/utf8"
)

// cleanText trims and removes control characters, as every text of a request is (README §1).
func cleanText(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7F {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

// tooLong counts in Unicode code points.
func tooLong(s string, limit int) bool { return utf8.RuneCountInString(s) > limit }

const instantLayout = "2006-01-02T15:04:05.000Z"

// instant writes RFC 3339 UTC with milliseconds.
func instant(t time.Time) string { return t.UTC().Format(instantLayout) }

// instantOrNull writes nil for the zero time.
func instantOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	s := instant(t)
	return &s
}
