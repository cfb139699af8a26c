package commandline

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"
)

// command is a struct of flags, arguments and further commands.
type command struct {
	name, help string
	parent     *command          // nil: the program itself
	target     reflect.Value     // the struct
	defaults   map[string]string // its own, by names of flags
	flags      []*Flag
	args       []*Flag
	commands   []*command
}

// Flag is a flag or an argument.
type Flag struct {
	Name        string // without dashes
	Env         string // environment variable; "": none
	Help        string
	Group       string // "": none
	Placeholder string
	Default     string // "": none

	short, kind, xor string
	enum             []string
	required, isArg  bool
	target           reflect.Value
}

// kind of a flag that names the file of settings.
const settingsFile = "settings"

// Flags describes the flags of a struct, with the values that they have. Into is a pointer to it.
func Flags(into any) ([]*Flag, error) {
	c, err := describe("", into)
	if err != nil {
		return nil, err
	}
	return c.flags, nil
}

// Value is what the flag's field holds.
func (f *Flag) Value() any { return f.target.Interface() }

// describe reads the tags of a struct.
func describe(name string, into any) (*command, error) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return nil, errors.New("commandline: not a pointer to a struct")
	}
	c := &command{name: name, target: v.Elem()}
	return c, c.read()
}

// read takes in the command's struct.
func (c *command) read() error {
	if d, ok := c.target.Addr().Interface().(Defaulter); ok {
		c.defaults = d.Defaults()
	}
	return c.add(c.target, "", "")
}

// add takes in the fields of a struct, the command's own or one that is embedded.
func (c *command) add(s reflect.Value, prefix, group string) error {
	for i := range s.NumField() {
		field, value := s.Type().Field(i), s.Field(i)
		if !field.IsExported() && !field.Anonymous {
			return fmt.Errorf("commandline: %s.%s is not exported", s.Type(), field.Name)
		}
		switch _, isCommand := field.Tag.Lookup("cmd"); {
		case isCommand:
			sub := &command{name: nameOf(field), help: field.Tag.Get("help"), parent: c, target: value}
			if err := sub.read(); err != nil {
				return err
			}
			c.commands = append(c.commands, sub)
		case field.Anonymous:
			if err := c.add(value, prefix+field.Tag.Get("prefix"), firstOf(field.Tag.Get("group"), group)); err != nil {
				return err
			}
		default:
			c.addFlag(field, value, prefix, group)
		}
	}
	return nil
}

func (c *command) addFlag(field reflect.StructField, value reflect.Value, prefix, group string) {
	tag, name := field.Tag, prefix+nameOf(field)
	standard := firstOf(c.defaults[name], tag.Get("default"))
	f := &Flag{
		Name: name, Env: tag.Get("env"), Default: standard, Group: firstOf(tag.Get("group"), group),
		Help: strings.ReplaceAll(tag.Get("help"), "${default}", standard), Placeholder: tag.Get("placeholder"),
		short: tag.Get("short"), kind: tag.Get("type"), xor: tag.Get("xor"), target: value,
	}
	if words := tag.Get("enum"); words != "" {
		f.enum = strings.Split(words, ",")
	}
	_, f.required = tag.Lookup("required")
	if _, f.isArg = tag.Lookup("arg"); f.isArg {
		c.args = append(c.args, f)
		return
	}
	c.flags = append(c.flags, f)
}

// ends are the commands that do something: those below c, or c itself.
func (c *command) ends() []*command {
	if len(c.commands) == 0 {
		return []*command{c}
	}
	var all []*command
	for _, sub := range c.commands {
		all = append(all, sub.ends()...)
	}
	return all
}

// find is the flag that is written so; nil: there is none.
func (c *command) find(written string) *Flag {
	for _, f := range c.flags {
		if written == "--"+f.Name || f.short != "" && written == "-"+f.short {
			return f
		}
	}
	return nil
}

// path is the words that lead to the command, without the program's name.
func (c *command) path() string {
	if c.parent == nil || c.parent.parent == nil {
		return c.name
	}
	return c.parent.path() + " " + c.name
}

// wrap puts the command's path before an error.
func (c *command) wrap(err error) error {
	if c.parent == nil {
		return err
	}
	return fmt.Errorf("%s: %w", c.path(), err)
}

// usage is how the flag or argument is written.
func (f *Flag) usage() string {
	switch {
	case f.isArg:
		return "<" + f.Name + ">"
	case f.isBool():
		return "--" + f.Name
	case f.Placeholder == "":
		return "--" + f.Name + "=TEXT"
	}
	return "--" + f.Name + "=" + f.Placeholder
}

// label stands before what is wrong with the value.
func (f *Flag) label() string {
	if f.isArg {
		return "<" + f.Name + ">: "
	}
	return "--" + f.Name + ": "
}

func (f *Flag) isBool() bool { return f.target.Kind() == reflect.Bool }

func nameOf(field reflect.StructField) string {
	if name := field.Tag.Get("name"); name != "" {
		return name
	}
	var b strings.Builder
	lower := false
	for _, r := range field.Name {
		if unicode.IsUpper(r) && lower {
			b.WriteByte('-')
		}
		lower = unicode.IsLower(r)
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

func firstOf(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// unknownFlag says that there is no such flag, and which one may be meant.
func unknownFlag(written string, c *command) error {
	for _, f := range c.flags {
		if distance(written, "--"+f.Name) <= 2 {
			return fmt.Errorf("unknown flag %s, did you mean %q?", written, "--"+f.Name)
		}
	}
	return fmt.Errorf("unknown flag %s", written)
}

// distance counts the letters to put in, take out or change until a is b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
