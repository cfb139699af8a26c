package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSecurityDocument: docs/security.md names tests that exist, and every fuzz target there is.
func TestSecurityDocument(t *testing.T) {
	root := filepath.Join("..", "..")
	functions := map[string]bool{}
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)\(`)
	require.NoError(t, filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, m := range declared.FindAllSubmatch(text, -1) {
			functions[string(m[1])] = true
		}
		return err
	}))
	text, err := os.ReadFile(filepath.Join(root, "docs", "security.md"))
	require.NoError(t, err)
	named := map[string]bool{}
	for _, name := range regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`).FindAllString(string(text), -1) {
		require.True(t, functions[name], "docs/security.md names %s, which is no test", name)
		named[name] = true
	}
	require.Greater(t, len(named), 50)
	for name := range functions {
		require.True(t, named[name] || !strings.HasPrefix(name, "Fuzz"), "docs/security.md does not name %s", name)
	}
}
