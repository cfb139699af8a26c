package main

import "strings"

// hint is a command of this program, as it can be pasted into a shell.
func hint(words ...string) string {
	line := "ztas"
	for _, word := range words {
		line += " " + shellWord(word)
	}
	return line
}

// shellWord quotes a word where a shell would not take it as it is.
func shellWord(word string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./:@%+,=", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
