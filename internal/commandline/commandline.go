// Package commandline reads a program's command line into structs: fields are commands, flags and arguments, their tags say the rest. What the
// command line leaves open comes from the environment, then from a file of settings, then from the defaults.
//
//	cmd:""           a struct that is a command; one that has commands itself is only a word before them
//	arg:""           an argument; all are required, in the order of the fields
//	name:"x"         the name, else that of the field in lower case, words joined by "-"
//	short:"x"        a flag's one letter
//	env:"X"          the environment variable; a flag that has one may also stand in the file
//	default:"x"      the value when nothing gives one
//	enum:"a,b"       the only values
//	type:"path"      a path; it becomes absolute. "existingdir": of a folder that is there. "settings": of the file with settings
//	required:""      a flag that must be given
//	xor:"x"          of the flags with the same word only one may be given
//	group, help, placeholder    how the help shows it; ${default} in a help stands for the default
//
// Embedded structs give their fields, with prefix:"x" and their group before them. Values are texts, numbers, booleans, times such as 90s, lists
// of texts, and everything that is an encoding.TextUnmarshaler.
//
// It calls no method by its name. Where a program does that, as the libraries for this do, the linker keeps every exported method of every type:
// 10 MB of this one.
package commandline

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// ErrHelp says that the help was asked for and written.
var ErrHelp = errors.New("help was asked for")

// Program describes what is read.
type Program struct {
	Name, About string
	Into        any       // pointer to the struct of all commands
	Out         io.Writer // gets the help; nil: nobody

	// ReadFile reads a file of settings, by names of flags; nil: there is none.
	ReadFile func(path string) (values map[string]string, err error)
}

// Validator is a command that checks its values when all are read. An error ends the reading.
type Validator interface{ Validate() error }

// Defaulter is a command with defaults of its own, by names of flags; they go before those of the tags.
type Defaulter interface{ Defaults() map[string]string }

// Parse fills the structs of p and returns the command that was named, a pointer to its struct; each must be a C. Errors name what is wrong, for
// people; they repeat no more of a value than its own check does. The structs are filled once: call it with new ones each time.
func Parse[C any](p *Program, args []string) (C, error) {
	var none C
	root, err := describe(p.Name, p.Into)
	if err != nil {
		return none, err
	}
	for _, end := range root.ends() {
		if _, ok := end.target.Addr().Interface().(C); !ok {
			return none, fmt.Errorf("commandline: %s is no command", end.path())
		}
	}
	l := &line{program: p, at: root, given: map[*Flag][]string{}}
	if err := l.read(args); err != nil {
		return none, err
	}
	if err := l.complete(); err != nil {
		return none, err
	}
	return l.at.target.Addr().Interface().(C), nil
}

// line is a command line under way.
type line struct {
	program *Program
	at      *command           // the command that the words so far name
	given   map[*Flag][]string // what the command line says
	args    int                // arguments so far
}

func (l *line) read(args []string) error {
	for len(args) > 0 {
		word := args[0]
		args = args[1:]
		var err error
		switch {
		case word == "--":
			for _, w := range args {
				if err := l.word(w); err != nil {
					return err
				}
			}
			return nil
		case len(word) > 1 && word[0] == '-':
			args, err = l.flag(word, args)
		default:
			err = l.word(word)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// word takes a word that is no flag: the name of a command, or an argument.
func (l *line) word(word string) error {
	for _, c := range l.at.commands {
		if c.name == word {
			l.at = c
			return nil
		}
	}
	if l.args >= len(l.at.args) {
		return fmt.Errorf("unexpected argument %s", word)
	}
	f := l.at.args[l.args]
	l.given[f] = []string{word}
	l.args++
	return nil
}

// flag takes a flag, and its value from the words that follow, which it returns without it.
func (l *line) flag(word string, rest []string) ([]string, error) {
	name, value, hasValue := strings.Cut(word, "=")
	if !strings.HasPrefix(word, "--") && len(word) > 2 { // -ofile
		name, value, hasValue = word[:2], strings.TrimPrefix(word[2:], "="), true
	}
	if name == "--help" || name == "-h" {
		if l.program.Out != nil {
			writeHelp(l.program.Out, l.program, l.at)
		}
		return nil, ErrHelp
	}
	f := l.at.find(name)
	if f == nil {
		return nil, unknownFlag(name, l.at)
	}
	switch {
	case hasValue:
	case f.isBool():
		value = "true"
	case len(rest) == 0:
		return nil, fmt.Errorf("--%s: expected a value", f.Name)
	default:
		value, rest = rest[0], rest[1:]
	}
	l.given[f] = append(l.given[f], value)
	return rest, nil
}

// complete gives every flag and argument of the command its value and checks them.
func (l *line) complete() error {
	if len(l.at.commands) > 0 {
		names := make([]string, len(l.at.commands))
		for i, c := range l.at.commands {
			names[i] = `"` + c.name + `"`
		}
		return fmt.Errorf("expected one of %s", strings.Join(names, ", "))
	}
	if err := l.checkGiven(); err != nil {
		return err
	}
	target := l.at.target.Addr().Interface()
	file, err := l.file()
	if err != nil {
		return err
	}
	for _, f := range append(l.at.args, l.at.flags...) {
		if err := l.fill(f, file); err != nil {
			return err
		}
	}
	if v, ok := target.(Validator); ok {
		if err := v.Validate(); err != nil {
			return l.at.wrap(err)
		}
	}
	return nil
}

// checkGiven finds what is missing and what excludes each other.
func (l *line) checkGiven() error {
	var missing []string
	chosen := map[string]*Flag{}
	for _, f := range l.at.flags {
		_, given := l.given[f]
		if f.required && !given {
			missing = append(missing, f.usage())
		}
		if !given || f.xor == "" {
			continue
		}
		if other := chosen[f.xor]; other != nil {
			return fmt.Errorf("--%s and --%s can't be used together", other.Name, f.Name)
		}
		chosen[f.xor] = f
	}
	if len(missing) > 0 {
		return fmt.Errorf("missing flags: %s", strings.Join(missing, ", "))
	}
	if l.args < len(l.at.args) {
		return fmt.Errorf("expected %q", l.at.args[l.args].usage())
	}
	return nil
}

// file reads the file of settings, where the command has a flag for one and it is given.
func (l *line) file() (map[string]string, error) {
	for _, f := range l.at.flags {
		if f.kind != settingsFile || l.program.ReadFile == nil {
			continue
		}
		path := os.Getenv(f.Env)
		if given := l.given[f]; len(given) > 0 {
			path = given[len(given)-1]
		}
		if path == "" {
			return nil, nil
		}
		path, err := absolute(path)
		if err != nil {
			return nil, err
		}
		return l.program.ReadFile(path)
	}
	return nil, nil
}

// fill gives a flag the value of its first source that has one.
func (l *line) fill(f *Flag, file map[string]string) error {
	texts, source := l.given[f], ""
	env, inEnv := os.LookupEnv(f.Env)
	value, inFile := file[f.Name]
	switch {
	case texts != nil:
	case f.Env != "" && inEnv:
		texts, source = []string{env}, " (from the environment variable "+f.Env+")"
	case f.Env != "" && inFile:
		texts, source = []string{value}, " (from the configuration file)"
	case f.Default != "":
		texts = []string{f.Default}
	default:
		return nil
	}
	if err := f.set(texts); err != nil {
		return fmt.Errorf("%s%w%s", f.label(), err, source)
	}
	return nil
}
