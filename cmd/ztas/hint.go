package main

import (
	"errors"
	"strings"

	"github.com/ztas-io/ztas/persist/log"
)

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

// repairable makes the way out that a damaged log names one for this data directory: the log does not know what its directory belongs to. Other errors
// stay as they are.
func repairable(data string, err error) error {
	if !errors.Is(err, log.ErrDamaged) {
		return err
	}
	return &damagedLog{data, err}
}

type damagedLog struct {
	data string
	err  error
}

// Error names the whole command.
func (d *damagedLog) Error() string {
	return strings.ReplaceAll(d.err.Error(), hint("doctor", "--repair-log"), hint("doctor", "--repair-log", "--data", d.data))
}

// Unwrap gives the log's error.
func (d *damagedLog) Unwrap() error { return d.err }
