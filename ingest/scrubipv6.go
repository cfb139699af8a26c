package ingest

import (
	"net/netip"
	"strings"
)

// colonAt is the length of the colon, or of its escape, that begins at s[i]; 0 for none.
func colonAt(s string, i int) int {
	switch {
	case i < len(s) && s[i] == ':':
		return 1
	case i+2 < len(s) && s[i] == '%' && s[i+1] == '3' && s[i+2]|0x20 == 'a':
		return 3
	}
	return 0
}

// ipv6Run is the end of the run of an address's characters that begins at s[i], and the run with its colons unescaped.
func ipv6Run(s string, i int) (end int, run string) {
	for end = i; end < len(s); {
		switch n := colonAt(s, end); {
		case n > 0:
			end += n
		case ipv6Bytes[s[end]]:
			end++
		default:
			return end, plainColons(s[i:end])
		}
	}
	return end, plainColons(s[i:end])
}

var colons = strings.NewReplacer("%3A", ":", "%3a", ":")

func plainColons(run string) string {
	if strings.IndexByte(run, '%') < 0 {
		return run
	}
	return colons.Replace(run)
}

// escapedLength is the length in s of its first n characters once colons are unescaped.
func escapedLength(s string, n int) (length int) {
	for range n {
		length += max(1, colonAt(s, length))
	}
	return length
}

// scrubIPv6 replaces IPv6 addresses, in brackets or not, with the colons as they are or escaped.
func scrubIPv6(s string) string {
	var out strings.Builder
	done := 0
	for i := 0; i < len(s); {
		colon := colonAt(s, i)
		if colon == 0 && !ipv6Bytes[s[i]] {
			i++
			continue
		}
		outside := i > 0 && letters[s[i-1]]
		if colon > 0 && colonAt(s, i+colon) == 0 { // one colon alone begins no address: "from:"
			i, outside = i+colon, false
		}
		end, run := ipv6Run(s, i)
		outside = outside || end < len(s) && letters[s[end]]
		if at, n := addressIn(s[:i], run, ipv6Length); n > 0 && !outside {
			out.WriteString(s[done : i+escapedLength(s[i:], at)])
			out.WriteString(redacted)
			done = i + escapedLength(s[i:], at+n)
		}
		i = end
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// ipv6Length is the length of the address that run is, but for punctuation behind it; 0 for none.
func ipv6Length(run string) int {
	if len(run) > 48 || strings.Count(run, ":") < 2 {
		return 0
	}
	for _, text := range []string{run, strings.TrimRight(run, ".:")} {
		groups := strings.FieldsFunc(text, func(r rune) bool { return r == ':' })
		if addr, err := netip.ParseAddr(text); err == nil && addr.Is6() && (len(groups) >= 3 || strings.Contains(text, ".")) {
			return len(text)
		}
	}
	return 0
}
