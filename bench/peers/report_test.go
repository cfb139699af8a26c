package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestParseStat(t *testing.T) {
	d, err := parseStat("42 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 150 25 0 0 20 0")
	require.NoError(t, err)
	require.Equal(t, 1750*time.Millisecond, d)
	for _, bad := range []string{"", "42 (a) S 1 2 3", "42 (a) S 1 2 3 4 5 6 7 8 9 10 x 25 0"} {
		_, err := parseStat(bad)
		require.Error(t, err, bad)
	}
}

func TestKibField(t *testing.T) {
	text := "Name:\tx\nVmHWM:\t  2048 kB\nVmRSS:\t 1024 kB\n"
	require.EqualValues(t, 1024, kibField(text, "VmRSS"))
	require.EqualValues(t, 2048, kibField(text, "VmHWM"))
	require.Zero(t, kibField(text, "VmSwap"))
}

func TestNumbersRead(t *testing.T) {
	require.Equal(t, "0", comma(0))
	require.Equal(t, "999", comma(999))
	require.Equal(t, "-1,000", comma(-1000))
	require.Equal(t, "-999", comma(-999))
	require.Equal(t, "12,345,678", comma(12_345_678))
	require.Equal(t, "850 µs", shortWait(850*time.Microsecond))
	require.Equal(t, "1.5 ms", shortWait(1500*time.Microsecond))
	require.Equal(t, "12.3 s", shortWait(12_340*time.Millisecond))
}

// A peer that is ahead is named as such, whichever way the figure counts; what nobody has lost has no factor.
func TestJudgement(t *testing.T) {
	second := func(name string, n int, waits ...time.Duration) ingested {
		return ingested{way{name: name}, []sample{{result{answered: int64(n), elapsed: time.Second, waits: waits}, 64, time.Second, 0, 0}}}
	}
	r := report{
		options: options{connections: []int{64}, events: 1000},
		ingest: []ingested{
			second("ours", 1000, time.Millisecond), second("theirs", 4000, 5*time.Millisecond), second("ours too", 10), second("theirs too", 10),
		},
		losses:    []loss{{way{name: "ours"}, 10, 10}, {way{name: "theirs"}, 10, 7}, {way{name: "ours too"}, 5, 5}, {way{name: "theirs too"}, 5, 5}},
		answerers: []answerer{{}},
	}
	var lines []string
	r.writeJudgement(func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) })
	text := strings.Join(lines, "\n")
	peer, rest, _ := strings.Cut(text, "| Even |")
	both, ours, _ := strings.Cut(rest, "| ztas is ahead |")
	require.Contains(t, peer, "| ours, answered, 64 connections | 1,000/s | theirs: 4,000/s | 4.00 |")
	require.Contains(t, peer, "| ours, CPU a pageview, 64 connections | 1000.0 µs | theirs: 250.0 µs | 4.00 |")
	require.Contains(t, both, "| ours too, lost by kill -9 | 0 | theirs too: 0 | – |")
	require.Contains(t, ours, "| ours, p99, 64 connections | 1 ms | theirs: 5 ms | 5.00 |")
	require.Contains(t, ours, "| ours, lost by kill -9 | 0 | theirs: 3 | – |")
}

// A peer that cannot be built leaves its reason, and the rest is written.
func TestReportWithoutPeers(t *testing.T) {
	r := report{
		goat: peer{name: "GoatCounter", version: "v0", problem: "no compiler | none"}, duck: peer{name: "DuckDB", version: "v0", problem: "not served"},
		history: &history{events: 5}, options: options{events: 5, connections: []int{64}}, started: time.Now(),
		answerers: []answerer{{"ztas, HTTP", map[question]timing{}}},
	}
	text := r.markdown()
	require.Contains(t, text, `| GoatCounter | v0 could not be built here and is left out: no compiler \| none |`)
	require.Contains(t, text, "| DuckDB | v0 could not be built here and is left out: not served |")
}

// The program that asks DuckDB answers every question that is asked here, under the same name.
func TestDuckDBHasTheQuestions(t *testing.T) {
	text, err := os.ReadFile("duckdb/questions.go")
	require.NoError(t, err)
	for _, q := range questionsAsked {
		require.Equal(t, 1, strings.Count(string(text), `{"`+string(q)+`", `), string(q))
	}
}
