package report

import "strings"

// A filter text is read in pairs: a backslash belongs to the character after it, and what the pair means is decided by the operator. So "\\;"
// ends a filter in a backslash, whatever its operator, and every value can be written.

// splitFilters cuts a text at the semicolons that no backslash stands before. The parts keep their backslashes.
func splitFilters(text string) []string {
	var parts []string
	from := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case ';':
			parts = append(parts, text[from:i])
			from = i + 1
		}
	}
	return append(parts, text[from:])
}

// operatorAt finds the first operator, -1: none.
func operatorAt(text string) int {
	for i := 0; i+1 < len(text); i++ {
		if (text[i] == '=' || text[i] == '!') && (text[i+1] == '=' || text[i+1] == '~') {
			return i
		}
	}
	return -1
}

// special are the characters that a backslash makes ordinary, outside of regular expressions.
const special = `;|*\`

// unescape takes away the backslashes before special characters; before any other, a backslash is one.
func unescape(text string) string { return unescapeOnly(text, special) }

func unescapeOnly(text, chars string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == '\\' && i+1 < len(text) {
			if strings.IndexByte(chars, text[i+1]) < 0 {
				out = append(out, '\\')
			}
			i++
		}
		out = append(out, text[i])
	}
	return string(out)
}

// pattern is the value of == and !=: one of several texts, each in pieces with any run of characters between them.
type pattern [][]string

// parsePattern reads a value: "*" is any run of characters, "|" stands between alternatives.
func parsePattern(value string) pattern {
	p := pattern{{}}
	from := 0
	piece := func(to int) {
		last := len(p) - 1
		p[last] = append(p[last], unescape(value[from:to]))
		from = to + 1
	}
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case '*':
			piece(i)
		case '|':
			piece(i)
			p = append(p, nil)
		}
	}
	piece(len(value))
	return p
}

// match tells whether the whole text is one of the alternatives.
func (p pattern) match(text string) bool {
	for _, pieces := range p {
		if matchPieces(text, pieces) {
			return true
		}
	}
	return false
}

// matchPieces takes the pieces between the first and the last where they come first: if a text matches at all, it matches so.
func matchPieces(text string, pieces []string) bool {
	first, last := pieces[0], pieces[len(pieces)-1]
	if len(pieces) == 1 {
		return text == first
	}
	if len(text) < len(first)+len(last) || !strings.HasPrefix(text, first) || !strings.HasSuffix(text, last) {
		return false
	}
	text = text[len(first) : len(text)-len(last)]
	for _, piece := range pieces[1 : len(pieces)-1] {
		at := strings.Index(text, piece)
		if at < 0 {
			return false
		}
		text = text[at+len(piece):]
	}
	return true
}
