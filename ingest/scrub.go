package ingest

import "strings"

// redacted stands where an address was.
const redacted = "[redacted]"

// scrub replaces e-mail addresses (with %40 for @ too), dotted IPv4 and IPv6 addresses (with %3A for : too). class is that of s. An IPv6 address
// counts from three groups on, so that "std::map" stays. The work is linear in the length of s, whatever it holds.
func scrub(s string, class uint8) string {
	if class&hasAt != 0 || class&hasPercent != 0 && strings.Contains(s, "40") {
		s = scrubEmails(s)
	}
	if class&hasColon != 0 || class&hasPercent != 0 && strings.Contains(s, "%3") {
		s = scrubIPv6(s)
	}
	if class&(hasDot|hasDigit) == hasDot|hasDigit && strings.Count(s, ".") >= 3 {
		s = scrubIPv4(s)
	}
	return s
}

var (
	localBytes  = highToo(byteSet("._%+-"))
	domainBytes = highToo(byteSet(".-"))
	ipv6Bytes   = func() (set [256]bool) {
		for _, c := range []byte("0123456789abcdefABCDEF:.") {
			set[c] = true
		}
		return set
	}()
	letters = byteSet("")
)

func highToo(set [256]bool) [256]bool {
	for c := 0x80; c < 256; c++ {
		set[c] = true
	}
	return set
}

// atSign returns the length of the at sign that begins at s[i]: @, %40, %2540 and so on; 0 for none.
func atSign(s string, i int) int {
	switch {
	case s[i] == '@':
		return 1
	case s[i] != '%':
		return 0
	}
	end := i + 1
	for strings.HasPrefix(s[end:], "25") {
		end += 2
	}
	if strings.HasPrefix(s[end:], "40") {
		return end + 2 - i
	}
	return 0
}

func scrubEmails(s string) string {
	var out strings.Builder
	done, floor := 0, 0 // s[:done] is written; a local part does not reach below floor
	for i := 0; i < len(s); i++ {
		n := atSign(s, i)
		if n == 0 {
			continue
		}
		start := i
		for start > floor && localBytes[s[start-1]] {
			start--
		}
		end := i + n + domainLength(s[i+n:])
		floor = i + n
		if start == i || end == i+n {
			i += n - 1
			continue
		}
		out.WriteString(s[done:start])
		out.WriteString(redacted)
		done, floor, i = end, end, end-1
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

// domainLength is the length of the domain with at least two labels at the beginning of s, 0 for none.
func domainLength(s string) int {
	end := 0
	for end < len(s) && domainBytes[s[end]] && !strings.HasPrefix(s[end:], "..") {
		end++
	}
	domain := strings.Trim(s[:end], ".-")
	if !strings.HasPrefix(s, domain) {
		return 0
	}
	for {
		dot := strings.LastIndexByte(domain, '.')
		if dot <= 0 {
			return 0
		}
		if isTopLevel(domain[dot+1:]) {
			return len(domain)
		}
		domain = strings.TrimRight(domain[:dot], ".-")
	}
}

// isTopLevel tells whether a label can be the last one of a domain: it begins with two letters, as xn--… does too. What follows them may be text
// that was written right behind an address. A number or 0-beta, as versions of packages end with, is none.
func isTopLevel(label string) bool {
	return len(label) >= 2 && isLetter(label[0]) && isLetter(label[1])
}

// isLetter counts every byte of a character beyond ASCII as one.
func isLetter(c byte) bool { return c >= 0x80 || letters[c] && !isDigit(c) }

func scrubIPv4(s string) string {
	var out strings.Builder
	done := 0
	for i := 0; i < len(s); {
		if !isDigit(s[i]) {
			i++
			continue
		}
		end := i // a run of digits and inner dots
		for end < len(s) && (isDigit(s[end]) || s[end] == '.' && s[end-1] != '.') {
			end++
		}
		if at, n := addressIn(s[:i], strings.TrimRight(s[i:end], "."), ipv4Length); n > 0 {
			out.WriteString(s[done : i+at])
			out.WriteString(redacted)
			done = i + at + n
		}
		i = end
	}
	if done == 0 {
		return s
	}
	out.WriteString(s[done:])
	return out.String()
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// isIPv4 tells whether s is four numbers from 0 to 255; leading zeros are allowed.
func isIPv4(s string) bool {
	parts := 0
	for more := true; more; parts++ {
		var part string
		part, s, more = strings.Cut(s, ".")
		if len(part) < 1 || len(part) > 3 || parts == 4 {
			return false
		}
		n := 0
		for i := 0; i < len(part); i++ {
			n = 10*n + int(part[i]-'0')
		}
		if n > 255 {
			return false
		}
	}
	return parts == 4
}

func ipv4Length(run string) int {
	if isIPv4(run) {
		return len(run)
	}
	return 0
}

// maxEscape bounds the escapes that are looked behind, bytes without the %: 20, 2520, 252520.
const maxEscape = 6

// addressIn finds the address that a run of digits is, or ends with: behind %20, the run has the digits of that escape in front. n is 0 for none.
func addressIn(before, run string, length func(run string) int) (at, n int) {
	if n = length(run); n > 0 || !strings.HasSuffix(before, "%") {
		return 0, n
	}
	for at = 2; at <= maxEscape && at < len(run); at += 2 {
		if n = length(run[at:]); n > 0 {
			return at, n
		}
		if run[at-2:at] != "25" { // no escape of a %
			break
		}
	}
	return 0, 0
}
