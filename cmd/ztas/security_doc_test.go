package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDocumentedTests: docs/security.md, docs/testing.md and ARCHITECTURE.md name tests that exist, the first every fuzz target there is, the second what
// proves each figure.
func TestDocumentedTests(t *testing.T) {
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
	named := namedTests(t, functions, root, "docs/security.md")
	require.Greater(t, len(named), 50)
	for name := range functions {
		require.True(t, named[name] || !strings.HasPrefix(name, "Fuzz"), "docs/security.md does not name %s", name)
	}
	require.Greater(t, len(namedTests(t, functions, root, "docs/testing.md")), 100)
	require.Greater(t, len(namedTests(t, functions, root, "ARCHITECTURE.md")), 40)
	proofs, err := os.ReadFile(filepath.Join(root, "docs", "testing.md"))
	require.NoError(t, err)
	_, table, found := strings.Cut(string(proofs), "## By figure")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "\n## ")
	for kind, last := range map[string]int{"R": 17, "P": 11} {
		for n := 1; n <= last; n++ {
			require.Regexp(t, fmt.Sprintf(`(?m)^\| (?:\w+, )*%s%d\b`, kind, n), table, "docs/testing.md says what proves each figure")
		}
	}
}

// namedTests are the tests that a document names, all of which must be there.
func namedTests(t *testing.T, functions map[string]bool, root, document string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(document)))
	require.NoError(t, err)
	named := map[string]bool{}
	for _, name := range regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w+`).FindAllString(string(text), -1) {
		require.True(t, functions[name], "%s names %s, which is no test", document, name)
		named[name] = true
	}
	return named
}
