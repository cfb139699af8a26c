// Command duckdb asks DuckDB the questions of the comparison about the events of a Parquet file and prints, as JSON, what each took.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
)

// options is the command line.
type options struct {
	parquet, database string // a database file gets tables; "" asks the Parquet file itself
	site, page, pages string
	browser           string
	threads           int
	from, to          int64 // UTC ms
	most, least       int
	time              time.Duration // of one question
}

// answer is what is printed.
type answer struct {
	Version             string
	FileBytes           int64
	Pageviews, Visitors int64
	OfPage              [2]int64
	Micros              map[string][]int64
}

func main() {
	var o options
	flag.StringVar(&o.parquet, "parquet", "", "what ztas export events wrote")
	flag.StringVar(&o.database, "database", "", "make tables in this file; without it the Parquet file is read for each question")
	flag.StringVar(&o.site, "site", "", "site id")
	flag.StringVar(&o.page, "page", "", "the page that is asked about often")
	flag.StringVar(&o.pages, "pages", "", "how all pages begin; their number follows")
	flag.StringVar(&o.browser, "browser", "", "the browser that is asked about")
	flag.IntVar(&o.threads, "threads", 1, "threads of DuckDB")
	flag.Int64Var(&o.from, "from", 0, "start of the range, UTC ms")
	flag.Int64Var(&o.to, "to", 0, "end of the range, UTC ms, not included")
	flag.IntVar(&o.most, "most", 100, "how often a question is asked at most")
	flag.IntVar(&o.least, "least", 3, "and at least")
	flag.DurationVar(&o.time, "time", 5*time.Second, "how long a question is asked")
	flag.Parse()
	a, err := run(context.Background(), o)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(a)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "duckdb:", err)
		os.Exit(1)
	}
}

// run loads the events and asks.
func run(ctx context.Context, o options) (a answer, err error) {
	db, err := sql.Open("duckdb", o.database)
	if err != nil {
		return a, fmt.Errorf("open database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	db.SetMaxOpenConns(1)
	fill := sharedWords(o)
	for _, statement := range prepare(o.database != "") {
		if _, err := db.ExecContext(ctx, fill.Replace(statement)); err != nil {
			return a, fmt.Errorf("prepare: %w", err)
		}
	}
	if o.database != "" {
		info, err := os.Stat(o.database)
		if err != nil {
			return a, fmt.Errorf("measure database: %w", err)
		}
		a.FileBytes = info.Size()
	}
	if err := db.QueryRowContext(ctx, "SELECT version()").Scan(&a.Version); err != nil {
		return a, fmt.Errorf("ask version: %w", err)
	}
	if err := a.count(ctx, db, fill, o); err != nil {
		return a, err
	}
	a.Micros = make(map[string][]int64)
	for _, q := range questions {
		if a.Micros[q.name], err = q.repeat(ctx, db, fill, o); err != nil {
			return a, fmt.Errorf("%s: %w", q.name, err)
		}
	}
	return a, nil
}

// sharedWords replaces the parameters of the statements by their values.
func sharedWords(o options) *strings.Replacer {
	text := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	return strings.NewReplacer(":parquet", text(o.parquet), ":site", text(o.site), ":from", fmt.Sprint(o.from), ":to", fmt.Sprint(o.to),
		":browser", text(o.browser), ":threads", fmt.Sprint(o.threads))
}

// count takes the numbers that every product must agree on.
func (a *answer) count(ctx context.Context, db *sql.DB, fill *strings.Replacer, o options) error {
	row := db.QueryRowContext(ctx, fill.Replace("SELECT ("+pageviews+"), ("+visitors+")"))
	if err := row.Scan(&a.Pageviews, &a.Visitors); err != nil {
		return fmt.Errorf("count: %w", err)
	}
	row = db.QueryRowContext(ctx, fill.Replace(`SELECT COUNT(*), COUNT(DISTINCT visitor_id) FROM events
 WHERE site_id=:site AND type='pageview' AND path=? AND ts>=:from AND ts<:to`), o.page)
	if err := row.Scan(&a.OfPage[0], &a.OfPage[1]); err != nil {
		return fmt.Errorf("count a page: %w", err)
	}
	return nil
}

// repeat asks a question again and again and returns the times, µs.
func (q question) repeat(ctx context.Context, db *sql.DB, fill *strings.Replacer, o options) (micros []int64, err error) {
	started := time.Now()
	for i := 0; i < o.most && (i < o.least || time.Since(started) < o.time); i++ {
		var args []any
		switch q.about {
		case samePage:
			args = []any{o.page}
		case otherPage:
			args = []any{o.pages + fmt.Sprint(i)}
		}
		asked := time.Now()
		if q.visits && o.database == "" {
			if _, err := db.ExecContext(ctx, fill.Replace(workOut)); err != nil {
				return nil, fmt.Errorf("work out visits: %w", err)
			}
		}
		for _, statement := range q.statements {
			if err := read(ctx, db, fill.Replace(statement), args...); err != nil {
				return nil, err
			}
		}
		micros = append(micros, time.Since(asked).Microseconds())
	}
	return micros, nil
}

// read takes every row of an answer.
func read(ctx context.Context, db *sql.DB, statement string, args ...any) error {
	rows, err := db.QueryContext(ctx, statement, args...)
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return fmt.Errorf("query: %w", err)
	}
	values := make([]any, len(columns))
	for i := range values {
		values[i] = new(any)
	}
	for rows.Next() {
		if err := rows.Scan(values...); err != nil {
			return fmt.Errorf("read row: %w", err)
		}
	}
	return rows.Err()
}
