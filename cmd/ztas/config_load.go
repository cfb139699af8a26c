package main

import (
	"bytes"
	"errors"
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
	values  kong.Resolver
	unknown []string // settings of the file that do not exist
}

// loadYAML is a kong.ConfigurationLoader. A setting of the file has its flag's name or its environment variable's, in any case; nested names are
// joined. Errors never repeat a value: it may be a secret.
func loadYAML(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read configuration file: %w", err)
	}
	var top yaml.Node
	if err := yaml.Unmarshal(text, &top); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	tree := map[string]any{}
	if len(top.Content) > 0 {
		if top.Content[0].Kind != yaml.MappingNode {
			return nil, errors.New("configuration file: it must be lines such as retention-days: 90")
		}
		if err := top.Decode(&tree); err != nil {
			return nil, errors.New("configuration file: a setting's name must be a text, and may stand only once")
		}
	}
	names, err := settingNames()
	if err != nil {
		return nil, err
	}
	f := new(yamlFile)
	flat := map[string]any{}
	for _, l := range leaves(tree, "") {
		name, ok := names[l.key]
		if _, twice := flat[name]; twice {
			return nil, fmt.Errorf("configuration file: %s is set twice", name)
		}
		if !ok {
			f.unknown = append(f.unknown, l.key)
			continue
		}
		flat[name] = l.value
	}
	slices.Sort(f.unknown)
	if text, err = yaml.Marshal(flat); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	if f.values, err = kongyaml.Loader(bytes.NewReader(text)); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	return f, nil
}

// leaf is a line of a file that sets something.
type leaf struct {
	key   string
	value any
}

// leaves gives all that a file sets, by names in lower case that are joined by "-".
func leaves(tree map[string]any, prefix string) (all []leaf) {
	for key, value := range tree {
		key = prefix + strings.ReplaceAll(strings.ToLower(key), "_", "-")
		if child, ok := value.(map[string]any); ok {
			all = append(all, leaves(child, key+"-")...)
		} else {
			all = append(all, leaf{key, value})
		}
	}
	return all
}

// settingNames gives the flag of each name that a setting may have in a file.
func settingNames() (map[string]string, error) {
	var all struct{ Config }
	parser, err := kong.New(&all, kong.Name("ztas"))
	if err != nil {
		return nil, fmt.Errorf("describe configuration: %w", err)
	}
	names := map[string]string{}
	for _, flag := range parser.Model.Flags {
		if flag.Name == "help" || flag.Name == "config" {
			continue
		}
		names[flag.Name] = flag.Name
		for _, env := range flag.Tag.Envs {
			names[strings.ReplaceAll(strings.ToLower(env), "_", "-")] = flag.Name
		}
	}
	return names, nil
}

// Validate refuses settings that do not exist: a misspelt one must not be lost in silence.
func (f *yamlFile) Validate(*kong.Application) error {
	if len(f.unknown) > 0 {
		return fmt.Errorf("configuration file: unknown setting %q", f.unknown[0])
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
