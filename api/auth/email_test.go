package auth

import (
	"strings"
	"testing"
)

func TestNormalizeEmail(t *testing.T) {
	f := func(input, want string) {
		t.Helper()
		got, err := NormalizeEmail(input)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("NormalizeEmail(%q) = %q, %v; want %q", input, got, err, want)
		}
		if err != nil && err.Error() != "Invalid email format" {
			t.Errorf("NormalizeEmail(%q): %v", input, err)
		}
	}
	local64, domain := strings.Repeat("a", 64), strings.Repeat("b", 185)+".com"
	f("owner@example.com", "owner@example.com")
	f("  Owner@Example.COM ", "owner@example.com")
	f("a+b.c_d@localhost", "a+b.c_d@localhost")
	f("jürgen@müller.example", "jürgen@müller.example")
	f(local64+"@"+domain, local64+"@"+domain) // 254
	f(local64+"@"+domain+"m", "")
	f(local64+"a@example.com", "")
	f("", "")
	f("owner", "")
	f("@example.com", "")
	f("owner@", "")
	f("a@b@example.com", "")
	f("a..b@example.com", "")
	f("a@example..com", "")
	f("a@.example.com", "")
	f("a@example.com.", "")
	f("a b@example.com", "")
	f("a\r\nBcc: x@example.com", "")
	f("<a@example.com>", "")
	f("a,b@example.com", "")
}
