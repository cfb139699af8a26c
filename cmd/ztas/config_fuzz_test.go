package main

import (
	"strings"
	"testing"
)

// FuzzConfigFile: any file is read or refused, and no error repeats a value.
func FuzzConfigFile(f *testing.F) {
	for _, text := range []string{
		"retention-days: 90", "rate-limit: {minute: 7}", "RETENTION_DAYS: [1, 2]", "a: &a [*a]", "listen:\n  - x\n", "- x", "{", "\x00", "jwt-secret: !!binary aGk=", "? [a]\n: b", "1: 2",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		const secret = "hunter2hunter2"
		if strings.Contains(text, secret) {
			return
		}
		for _, s := range []string{text, "jwt-secret: " + secret + "\n" + text} {
			if _, err := parseSettings([]byte(s)); err != nil && strings.Contains(err.Error(), secret) {
				t.Fatalf("%q: %v", s, err)
			}
		}
	})
}
