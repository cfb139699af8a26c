package accesslog

import "strings"

// quoted reads a quoted field at the start of s and returns its text without escapes and what follows the space after it. The closing
// quote is the first unescaped one that ends the line or stands before a space: older servers do not escape quotes inside a field.
func quoted(s string) (text, rest string, ok bool) {
	if len(s) < 2 || s[0] != '"' {
		return "", "", false
	}
	escaped := false
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\':
			escaped = true
			i++
		case s[i] == '"' && (i+1 == len(s) || s[i+1] == ' '):
			text, rest = s[1:i], strings.TrimPrefix(s[i+1:], " ")
			if escaped {
				text = unescape(text)
			}
			return text, rest, true
		}
	}
	return "", "", false
}

// unescape undoes the escapes of Apache and nginx: \" \\ \xHH and the C letters. Anything else stays as it is.
func unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		switch c := s[i]; c {
		case '"', '\\':
			b.WriteByte(c)
		case 'x':
			if i+2 < len(s) && hexDigit(s[i+1]) >= 0 && hexDigit(s[i+2]) >= 0 {
				b.WriteByte(byte(hexDigit(s[i+1])<<4 | hexDigit(s[i+2])))
				i += 2
				continue
			}
			b.WriteString(`\x`)
		default:
			if j := strings.IndexByte("abfnrtv", c); j >= 0 {
				b.WriteByte("\a\b\f\n\r\t\v"[j])
				continue
			}
			b.WriteByte('\\')
			b.WriteByte(c)
		}
	}
	return b.String()
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
