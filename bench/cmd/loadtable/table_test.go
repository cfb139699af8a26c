package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestVerdicts(t *testing.T) {
	for _, c := range []struct{ value, gate, stretch, want string }{
		{"0.9 ms", "≤ 5 ms", "≤ 1 ms", "stretch reached"},
		{"1.1 ms", "≤ 5 ms", "≤ 1 ms", "gate reached"},
		{"5 ms", "≤ 5 ms", "", "gate reached"},
		{"6 ms", "≤ 5 ms", "≤ 1 ms", "**missed**, 20 % above the gate"},
		{"1,500,000/s", "≥ 2,000,000/s", "≥ 3,500,000/s", "**missed**, 25 % below the gate"},
		{"2,500,000/s", "≥ 2,000,000/s", "≥ 3,500,000/s", "gate reached"},
		{"100 %", "100 %", "", "gate reached"},
		{"99 %", "100 %", "", "**missed**, 1 % below the gate"},
		{"3", "0", "", "**missed**"},
		{"12 GB", "", "", ""},
		{"6 s", "≤ 5000 ms", "", ""},
		{"fast", "≤ 5 ms", "", ""},
	} {
		got, err := figure{"P", "what", c.value, c.gate, c.stretch}.verdict()
		if c.want == "" && c.gate != "" {
			require.Error(t, err, "%+v", c)
			continue
		}
		require.NoError(t, err, "%+v", c)
		require.Equal(t, c.want, got, "%+v", c)
	}
}

// The table has every figure of the output and every test that failed; what else was printed is only shown.
func TestRead(t *testing.T) {
	out := `=== RUN   TestLoadX
    x_load_test.go:10: 5,000 of 10,000
    x_load_test.go:12: figure: P5 | reads, p99 | 7 ms | ≤ 5 ms | ≤ 1 ms
    x_load_test.go:13: figure: P9 | disk | 20 B |  |
    x_load_test.go:14: figure: no figure
    --- FAIL: TestLoadX/sub (0.10s)
FAIL
`
	var r results
	var shown bytes.Buffer
	require.NoError(t, r.read(strings.NewReader(out), &shown))
	require.Equal(t, []figure{{"P5", "reads, p99", "7 ms", "≤ 5 ms", "≤ 1 ms"}, {"P9", "disk", "20 B", "", ""}}, r.figures)
	require.Equal(t, []string{"TestLoadX/sub (0.10s)"}, r.failed)
	require.Equal(t, 7, strings.Count(shown.String(), "\n"))
	text, err := r.markdown()
	require.NoError(t, err)
	require.Contains(t, text, "| P5 | reads, p99 | 7 ms | ≤ 5 ms | ≤ 1 ms | **missed**, 40 % above the gate |\n| P9 | disk | 20 B |  |  |  |\n")
	require.Contains(t, text, "**Failed**: TestLoadX/sub")
}

// What the tests measured is written also when they fail, and their failure is the command's.
func TestRunKeepsWhatFailedTestsMeasured(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.md")
	err := run(context.Background(), file, "make load", "a note", []string{"sh", "-c", "echo 'figure: P1 | w | 2 | ≤ 3 | '; exit 7"})
	require.ErrorContains(t, err, "exit status 7")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(text), "| P1 | w | 2 | ≤ 3 |  | gate reached |")
	require.Contains(t, string(text), "| Note | a note |")
	require.Contains(t, string(text), "**Failed**: exit status 7")
	require.Error(t, run(context.Background(), "-", "", "", nil))
}
