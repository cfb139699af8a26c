package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// duckAnswer is what the program in duckdb/ prints.
type duckAnswer struct {
	Version   string
	FileBytes int64              // of the database, 0 for Parquet
	Pageviews int64              // of the whole history
	Visitors  int64              // of the whole history
	OfPage    [2]int64           // pageviews and visitors of one page
	Micros    map[string][]int64 // by question
}

// askDuckDB asks about what ztas exported: as it is, and as tables with the sessions worked out before, on one core and on all.
func (r *report) askDuckDB(ctx context.Context, s stage, h *history) error {
	file, size, err := s.ztas.export(ctx)
	if err != nil {
		return err
	}
	r.parquetBytes = size
	for _, how := range []struct {
		name, database string
		pinned         bool
	}{
		{"DuckDB, tables, 1 thread", filepath.Join(s.dir, "one.duckdb"), true},
		{fmt.Sprintf("DuckDB, tables, %d threads", runtime.NumCPU()), filepath.Join(s.dir, "all.duckdb"), false},
		{"DuckDB, Parquet file, 1 thread", "", true},
	} {
		threads := 1
		if !how.pinned {
			threads = runtime.NumCPU()
		}
		args := []string{
			"-parquet", file, "-database", how.database, "-threads", strconv.Itoa(threads), "-site", s.ztas.site,
			"-from", strconv.FormatInt(h.from.UnixMilli(), 10), "-to", strconv.FormatInt(h.to.UnixMilli(), 10),
			"-page", pagePath(oftenPage), "-pages", strings.TrimSuffix(pagePath(0), "0"), "-browser", askedAbout,
			"-most", strconv.Itoa(mostAsked), "-least", strconv.Itoa(leastAsked), "-time", askingTime.String(),
		}
		cmd := r.place.command(r.duck.program, args...)
		if !how.pinned {
			cmd = r.place.everywhere(r.duck.program, args...)
		}
		text, err := cmd.Output()
		if err != nil {
			return fmt.Errorf("ask DuckDB: %w", err)
		}
		var answer duckAnswer
		if err := json.Unmarshal(text, &answer); err != nil {
			return fmt.Errorf("ask DuckDB: %w", err)
		}
		if got := (numbers{answer.Pageviews, answer.Visitors, answer.OfPage[0], answer.OfPage[1]}); got != r.numbers {
			return fmt.Errorf("DuckDB counts %+v, ztas %+v", got, r.numbers)
		}
		r.takeDuck(how.name, answer)
	}
	return ctx.Err()
}

// takeDuck adds what one way of asking took.
func (r *report) takeDuck(name string, answer duckAnswer) {
	r.duckVersion = answer.Version
	if answer.FileBytes > 0 {
		r.duckBytes = answer.FileBytes
	}
	a := answerer{name, map[question]timing{}}
	for _, q := range questionsAsked {
		var t timing
		for _, micros := range answer.Micros[string(q)] {
			t.times = append(t.times, time.Duration(micros)*time.Microsecond)
		}
		a.add(q, t.sorted())
	}
	r.answerers = append(r.answerers, a)
}
