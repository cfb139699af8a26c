package commandline

import (
	"fmt"
	"io"
	"strings"
)

const (
	helpWidth = 80 // characters of a line
	helpLeft  = 30 // of the names; the help of a longer one begins on the next line
)

// writeHelp says how a command is used; of the program, which commands there are.
func writeHelp(w io.Writer, p *Program, c *command) {
	fmt.Fprintf(w, "Usage: %s\n\n", usageOf(p, c))
	about := c.help
	if c.parent == nil {
		about = p.About
	}
	fmt.Fprintf(w, "%s\n", strings.Join(wrapped(about, helpWidth), "\n"))
	if len(c.args) > 0 {
		fmt.Fprintf(w, "\nArguments:\n")
		writeRows(w, rowsOf(c.args))
	}
	rows := append([][2]string{{"-h, --help", "Show what can be given here."}}, rowsOf(inGroup(c.flags, ""))...)
	fmt.Fprintf(w, "\nFlags:\n")
	writeRows(w, rows)
	for _, group := range groupsOf(c.flags) {
		fmt.Fprintf(w, "\n%s\n", group)
		writeRows(w, rowsOf(inGroup(c.flags, group)))
	}
	if len(c.commands) > 0 {
		fmt.Fprintf(w, "\nCommands:\n")
		var rows [][2]string
		for _, end := range c.ends() {
			rows = append(rows, [2]string{end.path(), end.help})
		}
		writeRows(w, rows)
		fmt.Fprintf(w, "\nRun \"%s <command> --help\" for more information on a command.\n", p.Name)
	}
}

func usageOf(p *Program, c *command) string {
	words := []string{p.Name}
	if c.parent != nil {
		words = append(words, c.path())
	}
	if len(c.commands) > 0 {
		return strings.Join(append(words, "<command>"), " ")
	}
	for _, f := range c.flags {
		if f.required {
			words = append(words, f.usage())
		}
	}
	for _, f := range c.args {
		words = append(words, f.usage())
	}
	return strings.Join(append(words, "[flags]"), " ")
}

// groupsOf are the groups of flags in the order of their first flags.
func groupsOf(flags []*Flag) (groups []string) {
	seen := map[string]bool{"": true}
	for _, f := range flags {
		if !seen[f.Group] {
			seen[f.Group] = true
			groups = append(groups, f.Group)
		}
	}
	return groups
}

func inGroup(flags []*Flag, group string) (in []*Flag) {
	for _, f := range flags {
		if f.Group == group {
			in = append(in, f)
		}
	}
	return in
}

func rowsOf(flags []*Flag) [][2]string {
	rows := make([][2]string, len(flags))
	for i, f := range flags {
		left, help := f.usage(), f.Help
		if f.short != "" {
			left = "-" + f.short + ", " + left
		}
		if f.Env != "" {
			help = strings.TrimSuffix(help, ".") + " ($" + f.Env + ")."
		}
		rows[i] = [2]string{left, help}
	}
	return rows
}

// writeRows writes names and what they are in two columns.
func writeRows(w io.Writer, rows [][2]string) {
	width := 0
	for _, r := range rows {
		if n := len([]rune(r[0])); n <= helpLeft {
			width = max(width, n)
		}
	}
	for _, r := range rows {
		left := r[0]
		for i, text := range wrapped(r[1], helpWidth-width-6) {
			if i == 0 && len([]rune(left)) > width {
				fmt.Fprintf(w, "  %s\n", left)
				left = ""
			}
			fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %-*s    %s", width, left, text), " "))
			left = ""
		}
	}
}

// wrapped breaks a text into lines of at most width characters, where no word is longer.
func wrapped(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len([]rune(*last))+1+len([]rune(word)) > width:
			lines = append(lines, word)
		default:
			*last += " " + word
		}
	}
	return lines
}
