package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	kongyaml "github.com/alecthomas/kong-yaml"
	"gopkg.in/yaml.v3"
)

// loadConfig reads the settings from flags, environment and the file named by CONFIG.
func loadConfig(args ...string) (Config, error) {
	var cli struct{ Config }
	parser, err := kong.New(&cli, kong.Name("ztas"), kong.Configuration(loadYAML))
	if err != nil {
		return Config{}, fmt.Errorf("describe configuration: %w", err)
	}
	if _, err := parser.Parse(args); err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	return cli.Config, nil
}

// yamlFile answers with the values of a configuration file.
type yamlFile struct {
	values kong.Resolver
	keys   []string // all that the file sets, nested ones joined by "-"
}

// loadYAML is a kong.ConfigurationLoader.
func loadYAML(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read configuration file: %w", err)
	}
	tree := map[string]any{}
	if err := yaml.Unmarshal(text, &tree); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	values, err := kongyaml.Loader(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	return &yamlFile{values, leaves(tree, "")}, nil
}

func leaves(tree map[string]any, prefix string) []string {
	var keys []string
	for key, value := range tree {
		if child, ok := value.(map[string]any); ok {
			keys = append(keys, leaves(child, prefix+key+"-")...)
		} else {
			keys = append(keys, prefix+key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Validate refuses settings that do not exist: a misspelt one must not be lost in silence.
func (f *yamlFile) Validate(*kong.Application) error {
	var all struct{ Config }
	parser, err := kong.New(&all, kong.Name("ztas"))
	if err != nil {
		return fmt.Errorf("describe configuration: %w", err)
	}
	known := map[string]bool{}
	for _, flag := range parser.Model.Flags {
		known[flag.Name] = flag.Name != "help" && flag.Name != "config"
	}
	for _, key := range f.keys {
		if !known[key] {
			return fmt.Errorf("configuration file: unknown setting %q", key)
		}
	}
	return nil
}

// Resolve gives a flag's value from the file, as text, unless the environment has one: the environment wins. A flag of the file is found
// under its own name, whatever command it belongs to.
func (f *yamlFile) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Tag.Envs {
		if _, ok := os.LookupEnv(name); ok {
			return nil, nil
		}
	}
	if len(flag.Tag.Envs) == 0 { // no setting of the server
		return nil, nil
	}
	value, err := f.values.Resolve(ctx, &kong.Path{App: ctx.Model}, flag)
	if err != nil || value == nil {
		return nil, err
	}
	switch v := value.(type) {
	case []any:
		words := make([]string, len(v))
		for i, word := range v {
			words[i] = fmt.Sprint(word)
		}
		return strings.Join(words, ","), nil
	case bool:
		return v, nil
	}
	return fmt.Sprint(value), nil
}
