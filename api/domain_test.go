package api

import (
	"strings"
	"testing"
)

func TestNormalizeDomain(t *testing.T) {
	f := func(input, want string) {
		t.Helper()
		if got, ok := normalizeDomain(input, false); ok != (want != "") || ok && got != want {
			t.Errorf("normalizeDomain(%q) = %q, %v; want %q", input, got, ok, want)
		}
	}
	label63 := strings.Repeat("a", 63)
	longest := strings.Repeat(label63+".", 3) + strings.Repeat("b", 61) // 253
	f("example.com", "example.com")
	f("Example.COM.", "example.com")
	f("a-b.c-d.example", "a-b.c-d.example")
	f("bücher.example", "xn--bcher-kva.example")
	f("xn--bcher-kva.example", "xn--bcher-kva.example")
	f("1.2.3.example", "1.2.3.example")
	f("r3---sn-abc.example.com", "r3---sn-abc.example.com")
	f("xn--a.example", "")
	f(longest, longest)
	f(longest+"b", "")
	f(label63+"a.example", "")
	for _, bad := range []string{
		"", ".", "..", "example", "localhost", "example..com", ".example.com", "example.com..", "-a.example", "a-.example", "a_b.example",
		"https://example.com", "example.com:80", "example.com/", "user@example.com", "*.example.com", "exa mple.com", "example.com\n",
		"192.0.2.1", "192.0.2.1.", "127.1", "0x7f.0x1", "192.0.2.0x1", "1.2.3.4.5", "[2001:db8::1]", "2001:db8::1", "ex%61mple.com", "１９２.0.2.1",
	} {
		f(bad, "")
	}
	if got, ok := normalizeDomain("LOCALHOST", true); !ok || got != "localhost" {
		t.Errorf("localhost is not allowed: %q", got)
	}
	if _, ok := normalizeDomain("a", true); ok {
		t.Error("a single label is allowed")
	}
}
