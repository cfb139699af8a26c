package testkit_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "github.com/ztas-io/ztas/"

// impure names what the pure packages may not import, each with its reason.
var impure = map[string]string{
	"net":          "no network",
	"net/http":     "no network",
	"os/exec":      "no processes",
	"log":          "no log",
	"log/slog":     "no log",
	"math/rand":    "no randomness: a replay must give the same",
	"math/rand/v2": "no randomness: a replay must give the same",
	"crypto/rand":  "no randomness: a replay must give the same",
	"database/sql": "no storage",
	"context":      "nothing blocks, so nothing is cancelled",
	"testing":      "tests only",
}

// allowed says which packages of the module a package may import (style: which way the arrows point). A missing row allows none.
var allowed = map[string][]string{
	"analytics":        {},
	"analytics/report": {"analytics"},
	"ingest":           {"analytics", "ingest"},
	"actors":           {"analytics", "actors"},
	"persist":          {"analytics", "actors", "persist"},
	"api":              {"analytics", "ingest", "api"},
	"ws":               {"analytics"},
	"web":              {},
	"internal/people":  {"internal"},
	"internal/testkit": {"analytics", "internal/testkit"},
	"cmd":              {"analytics", "ingest", "actors", "persist", "api", "ws", "web", "internal", "cmd"},
	"bench":            {"analytics", "internal", "bench"},
}

// TestImports keeps the folders' promise: the fold is pure, the spokes do not know each other.
func TestImports(t *testing.T) {
	eachFile(t, func(dir, path string, imports []string) {
		for _, imp := range imports {
			if reason, ok := impure[imp]; ok && isPure(dir) && imp != "net" && imp != "context" {
				t.Errorf("%s imports %s: %s", path, imp, reason)
			}
			if imp == "time" || !strings.HasPrefix(imp, module) {
				continue
			}
			if to := strings.TrimPrefix(imp, module); !mayImport(dir, to) {
				t.Errorf("%s imports %s: the arrow points the wrong way", path, to)
			}
		}
	})
}

// TestPureWithoutClock looks for the calls that would make a replay differ.
func TestPureWithoutClock(t *testing.T) {
	eachFile(t, func(dir, path string, imports []string) {
		if !strings.HasPrefix(dir, "analytics") {
			return
		}
		require.NotContains(t, imports, "os", path)
		source := read(t, path)
		for _, call := range []string{"time.Now(", "time.Since(", "go func"} {
			require.NotContains(t, source, call, path)
		}
	})
}

// TestPackageComments: every package has exactly one package comment, touching its package line.
func TestPackageComments(t *testing.T) {
	comments, packages := map[string]int{}, map[string]bool{}
	eachFile(t, func(dir, path string, _ []string) {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments|parser.PackageClauseOnly)
		require.NoError(t, err)
		packages[dir] = true
		if f.Doc != nil {
			comments[dir]++
		}
	})
	require.Greater(t, len(packages), 10)
	for dir := range packages {
		require.Equal(t, 1, comments[dir], "package comments of %s", dir)
	}
}

func isPure(dir string) bool {
	return strings.HasPrefix(dir, "analytics") || dir == "ingest" || strings.HasPrefix(dir, "ingest/accesslog")
}

func mayImport(dir, to string) bool {
	row := dir
	for row != "" {
		if _, ok := allowed[row]; ok {
			break
		}
		row = strings.TrimSuffix(filepath.Dir(row), ".")
	}
	for _, a := range allowed[row] {
		if to == a || strings.HasPrefix(to, a+"/") {
			return true
		}
	}
	return false
}

// eachFile visits the Go files that are built into packages, tests and generators left aside.
func eachFile(t *testing.T, f func(dir, path string, imports []string)) {
	t.Helper()
	root := filepath.Join("..", "..")
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata" || d.Name() == ".git" || d.Name() == "genbots") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, i := range file.Imports {
			imports = append(imports, strings.Trim(i.Path.Value, `"`))
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		seen++
		f(filepath.ToSlash(dir), path, imports)
		return nil
	})
	require.NoError(t, err)
	require.Greater(t, seen, 50)
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}
