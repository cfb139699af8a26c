package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/dustin/go-humanize"
	"github.com/stretchr/testify/require"
)

// loadPart skips a test of load unless make load runs it: ZTAS_LOAD is 1 for all, or lists the figures that are wanted, "P5,R10"; ids are those that
// the test makes.
func loadPart(t *testing.T, ids ...string) {
	t.Helper()
	wanted := os.Getenv("ZTAS_LOAD")
	if wanted == "" {
		t.Skip("make load runs it")
	}
	if wanted != "1" && !slices.ContainsFunc(strings.Split(wanted, ","), func(id string) bool { return slices.Contains(ids, id) }) {
		t.Skipf("%s is not among ZTAS_LOAD=%s", strings.Join(ids, " "), wanted)
	}
}

// scaled is a size of make load times ZTAS_LOAD_SCALE: a part of 1, for those who work on these tests. It is never less than 1.
func scaled(t *testing.T, size int) int {
	t.Helper()
	text := os.Getenv("ZTAS_LOAD_SCALE")
	if text == "" {
		return size
	}
	scale, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err, "ZTAS_LOAD_SCALE")
	return max(1, int(float64(size)*scale))
}

// figure prints what was measured for the table of make load. gate and stretch are bounds in the unit of value ("≤ 5 ms", "≥ 35", or "100 %" for
// what must be just so) or empty. The table says when a bound is missed; the test does not fail.
func figure(t *testing.T, id, what, value, gate, stretch string) {
	t.Helper()
	for _, part := range []string{id, what, value, gate, stretch} {
		require.NotContains(t, part, "|", "bench/cmd/loadtable reads this")
	}
	t.Logf("figure: %s | %s | %s | %s | %s", id, what, value, gate, stretch)
}

// mebibytes shows a size for a figure.
func mebibytes(bytes int64) string { return fmt.Sprintf("%.0f MiB", float64(bytes)/(1<<20)) }

// thousands shows a number for a figure, with commas.
func thousands(n float64) string { return humanize.Comma(int64(n)) }
