package ingest

import (
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestImports keeps the package pure: each import it may not have, with the reason.
func TestImports(t *testing.T) {
	forbidden := map[string]string{
		"net/http": "requests come in as values", "math/rand": "the pipeline has no random", "math/rand/v2": "the pipeline has no random",
		"crypto/rand": "salts come through an interface", "log": "nothing is logged here", "log/slog": "nothing is logged here",
		"context": "no step waits", "github.com/gin-gonic/gin": "HTTP is package api's", "github.com/prometheus/client_golang/prometheus": "callers count",
	}
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		src, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		require.NoError(t, err)
		for _, i := range src.Imports {
			path, err := strconv.Unquote(i.Path.Value)
			require.NoError(t, err)
			require.Empty(t, forbidden[path], "%s imports %s", f.Name(), path)
			if own, ok := strings.CutPrefix(path, "github.com/ztas-io/ztas/"); ok {
				require.Equal(t, "analytics", own, f.Name())
			}
		}
		text, err := os.ReadFile(f.Name())
		require.NoError(t, err)
		require.NotContains(t, string(text), "time.Now(", f.Name()+" reads the clock")
		require.NotContains(t, string(text), "\tgo ", f.Name()+" starts a goroutine")
	}
}
