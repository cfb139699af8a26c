package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/ztas-io/ztas/internal/commandline"
)

// loadConfig reads the settings from flags, environment and the file named by CONFIG.
func loadConfig(args ...string) (Config, error) {
	var cfg Config
	_, err := commandline.Parse[*Config](&commandline.Program{Name: "ztas", Into: &cfg, ReadFile: readSettings}, args)
	if err != nil {
		return Config{}, fmt.Errorf("read configuration: %w", err)
	}
	return cfg, nil
}

// readSettings reads a configuration file: the values of settings as a flag would have them, by the flags' names. A setting of the file has its
// flag's name or its environment variable's, in any case; nested names are joined. One that does not exist is refused: a misspelt one must not be
// lost in silence. Errors never repeat a value: it may be a secret.
func readSettings(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	values, err := parseSettings(text)
	if err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	return values, nil
}

func parseSettings(text []byte) (map[string]string, error) {
	tree, err := parseTree(text)
	if err != nil {
		return nil, err
	}
	names, err := settingNames()
	if err != nil {
		return nil, err
	}
	var unknown []string
	values := map[string]string{}
	for _, l := range leaves(tree, "") {
		name, ok := names[l.key]
		if !ok {
			unknown = append(unknown, l.key)
			continue
		}
		if _, twice := values[name]; twice {
			return nil, fmt.Errorf("%s is set twice", name)
		}
		if l.value != nil {
			values[name] = settingText(l.value)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("unknown setting %q", slices.Min(unknown))
	}
	return values, nil
}

// parseTree reads YAML whose top is a map.
func parseTree(text []byte) (map[string]any, error) {
	var top yaml.Node
	if err := yaml.Unmarshal(text, &top); err != nil {
		return nil, err //nolint:wrapcheck // it says where
	}
	tree := map[string]any{}
	if len(top.Content) == 0 {
		return tree, nil
	}
	if top.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("it must be lines such as retention-days: 90")
	}
	if err := top.Decode(&tree); err != nil {
		return nil, errors.New("a setting's name must be a text, and may stand only once")
	}
	return tree, nil
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
	flags, err := commandline.Flags(new(Config))
	if err != nil {
		return nil, fmt.Errorf("describe configuration: %w", err)
	}
	names := map[string]string{}
	for _, flag := range flags {
		if flag.Name != "config" {
			names[flag.Name] = flag.Name
			names[strings.ReplaceAll(strings.ToLower(flag.Env), "_", "-")] = flag.Name
		}
	}
	return names, nil
}

// settingText writes a value of the file as a flag has it.
func settingText(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	words := make([]string, len(list))
	for i, word := range list {
		words[i] = fmt.Sprint(word)
	}
	return strings.Join(words, ",")
}
