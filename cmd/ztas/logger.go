package main

import (
	"io"
	"log/slog"
	"os"

	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

// newLogger makes the program's logger: text with colours on a terminal, JSON elsewhere, as LOG_LEVEL and LOG_FORMAT say.
func newLogger(out io.Writer, level, format string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	tty := isTerminal(out)
	if format == "text" || format == "auto" && tty {
		return slog.New(tint.NewTextHandler(out, &tint.Options{Level: l, TimeFormat: "15:04:05.000", NoColor: !tty}))
	}
	return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: l}))
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
