package commandline

import (
	"encoding"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// set gives the flag's field the value of the texts: a list takes all of them, everything else the last.
func (f *Flag) set(texts []string) error {
	text := texts[len(texts)-1]
	if f.enum != nil && !slices.Contains(f.enum, text) {
		return fmt.Errorf(`must be one of "%s" but got %q`, strings.Join(f.enum, `","`), text)
	}
	if u, ok := f.target.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text)) //nolint:wrapcheck // the type's own words
	}
	switch f.target.Kind() {
	case reflect.String:
		return f.setString(text)
	case reflect.Bool:
		return f.setBool(text)
	case reflect.Slice:
		return f.setList(texts)
	default:
		return f.setNumber(text)
	}
}

func (f *Flag) setString(text string) error {
	var err error
	switch f.kind {
	case "path", settingsFile:
		text, err = absolute(text)
	case "existingdir":
		text, err = existingDir(text)
	}
	if err != nil {
		return err
	}
	f.target.SetString(text)
	return nil
}

func (f *Flag) setBool(text string) error {
	switch strings.ToLower(text) {
	case "true", "1", "yes":
		f.target.SetBool(true)
	case "false", "0", "no":
		f.target.SetBool(false)
	default:
		return fmt.Errorf("bool value must be true, 1, yes, false, 0 or no but got %q", text)
	}
	return nil
}

func (f *Flag) setList(texts []string) error {
	list, ok := f.target.Addr().Interface().(*[]string)
	if !ok {
		return fmt.Errorf("a value of type %s cannot be read", f.target.Type())
	}
	*list = nil
	for _, text := range texts {
		if text != "" {
			*list = append(*list, strings.Split(text, ",")...)
		}
	}
	return nil
}

func (f *Flag) setNumber(text string) error {
	bits := 0
	if f.target.CanInt() || f.target.CanUint() || f.target.CanFloat() {
		bits = f.target.Type().Bits()
	}
	switch {
	case f.target.Type() == reflect.TypeFor[time.Duration]():
		d, err := time.ParseDuration(text)
		if err != nil {
			return fmt.Errorf("expected duration but got %q: %w", text, err)
		}
		f.target.SetInt(int64(d))
	case f.target.CanInt():
		n, err := strconv.ParseInt(text, 10, bits)
		if err != nil {
			return fmt.Errorf("expected a valid %d bit int but got %q", bits, text)
		}
		f.target.SetInt(n)
	case f.target.CanUint():
		n, err := strconv.ParseUint(text, 10, bits)
		if err != nil {
			return fmt.Errorf("expected a valid %d bit uint but got %q", bits, text)
		}
		f.target.SetUint(n)
	case f.target.CanFloat():
		n, err := strconv.ParseFloat(text, bits)
		if err != nil {
			return fmt.Errorf("expected a float but got %q", text)
		}
		f.target.SetFloat(n)
	default:
		return fmt.Errorf("a value of type %s cannot be read", f.target.Type())
	}
	return nil
}

// absolute makes a path absolute, with the home folder for "~". Nothing and "-" stay as they are.
func absolute(path string) (string, error) {
	if path == "" || path == "-" {
		return path, nil
	}
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find the home folder: %w", err)
		}
		path = filepath.Join(home, rest)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("make the path absolute: %w", err)
	}
	return path, nil
}

func existingDir(path string) (string, error) {
	path, err := absolute(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err //nolint:wrapcheck // it names the path
	}
	if !info.IsDir() {
		return "", fmt.Errorf("%q exists but is not a directory", path)
	}
	return path, nil
}
