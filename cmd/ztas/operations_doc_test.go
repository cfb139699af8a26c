package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/internal/commandline"
)

// TestOperationsDocument: docs/operations.md has a row for every setting, with its default, and every metric; and names none that does not exist.
func TestOperationsDocument(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	require.NoError(t, err)
	text := string(data)
	rows := map[string]string{} // default of each setting
	for _, row := range regexp.MustCompile("(?m)^\\| (`[A-Z][^|]*) \\| ([^|]*) \\|").FindAllStringSubmatch(text, -1) {
		names := regexp.MustCompile("`([A-Z][A-Z0-9_]+)`").FindAllStringSubmatch(row[1], -1)
		defaults := strings.Split(row[2], ", ")
		for i, name := range names {
			rows[name[1]] = defaults[min(i, len(defaults)-1)]
		}
	}
	flags, err := commandline.Flags(new(Config))
	require.NoError(t, err)
	for _, f := range flags {
		said, ok := rows[f.Env]
		require.True(t, ok, "%s has no row", f.Env)
		if f.Default != "" && f.Default != "0" { // else the row says what comes in its place
			require.Equal(t, f.Default, said, f.Env)
		}
		delete(rows, f.Env)
	}
	require.Empty(t, rows, "no settings")

	named := map[string]bool{}
	for _, name := range regexp.MustCompile(`ztas_\w+`).FindAllString(text, -1) {
		named[name] = true
	}
	for name := range metricNames(t) {
		require.True(t, named[name], "%s has no row", name)
		delete(named, name)
	}
	require.Empty(t, named, "no metrics")
}

// metricNames are the names of metrics in the program's source.
func metricNames(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	literal := regexp.MustCompile(`"(ztas_\w+)"`)
	require.NoError(t, filepath.WalkDir(filepath.Join("..", ".."), func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git" || d.Name() == "bench"):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		source, err := os.ReadFile(path)
		for _, m := range literal.FindAllSubmatch(source, -1) {
			names[string(m[1])] = true
		}
		return err
	}))
	require.Greater(t, len(names), 30)
	return names
}
