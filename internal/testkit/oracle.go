// Package testkit holds what tests of several packages share: an independent recount of everything the product computes, streams of people to
// recount, and the fold of one site in memory.
package testkit

import (
	"database/sql"
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/ztas-io/ztas/analytics"
	_ "modernc.org/sqlite" // the SQL engine of the oracle
)

// Oracle recounts everything the product computes, with the SQL of the contract run by SQLite over the raw rows. It shares no code with the
// fold or with analytics/report: sessions are found by walking a plain list, filters become WHERE clauses, funnels and journeys are nested
// queries. Values are kept as ten-thousandths and depths as hundredths, so that sums are exact. It belongs to one goroutine; an error of SQL
// fails the test.
type Oracle struct {
	t        Failer
	db       *sql.DB
	goals    []*analytics.Goal
	ids      map[string]bool
	sessions map[string][]*openSession // by visitor and client session id
	rows     int64
	dirty    bool   // rows were added since sess was made of sess_view
	selected string // the filters that the tables ksess, kall and kev hold; valid when not dirty
	zone     string // that the site was moved to; "": never
}

// Failer is what the oracle needs of testing.TB.
type Failer interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Span is a half-open span of event time, UTC ms.
type Span struct{ From, To int64 }

const oracleSchema = `
CREATE TABLE events (n INTEGER PRIMARY KEY, site_id TEXT, event_id TEXT, ts INTEGER, received_at INTEGER, type TEXT, visitor_id TEXT,
 session_id TEXT, path TEXT, country TEXT, region TEXT, device TEXT, browser TEXT, browser_version TEXT, os TEXT, os_version TEXT,
 referrer_domain TEXT, channel TEXT, source TEXT, utm_source TEXT, utm_medium TEXT, utm_campaign TEXT, utm_term TEXT, utm_content TEXT,
 action TEXT, category TEXT, label TEXT, value INTEGER, properties TEXT, time_on_page_ms INTEGER, seq INTEGER, is_bounce BOOLEAN,
 x INTEGER, y INTEGER, vw INTEGER, vh INTEGER, dh INTEGER, selector TEXT, element TEXT, text TEXT, since_load_ms INTEGER, dead BOOLEAN,
 rage INTEGER, depth INTEGER, dwell TEXT, points TEXT);
CREATE INDEX events_session ON events (session_id);
CREATE INDEX events_ts ON events (ts);
CREATE TABLE props (n INTEGER, key TEXT, shown TEXT, number INTEGER, PRIMARY KEY (n, key)) WITHOUT ROWID;
CREATE VIEW sess_view AS
WITH agg AS (
  SELECT site_id, session_id,
         MIN(CASE WHEN type IN ('pageview','event') THEN ts END) AS start, MAX(ts) AS last,
         SUM(CASE WHEN type='pageview' THEN 1 ELSE 0 END) AS pv,
         SUM(CASE WHEN type='event' THEN 1 ELSE 0 END) AS ce,
         SUM(CASE WHEN type='engagement' AND is_bounce=FALSE THEN 1 ELSE 0 END) AS engaged
  FROM events GROUP BY site_id, session_id),
entry AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY site_id, session_id ORDER BY ts, event_id) AS rn,
         FIRST_VALUE(path) OVER (PARTITION BY site_id, session_id ORDER BY ts DESC, event_id DESC) AS exit_path
  FROM events WHERE type IN ('pageview','event'))
SELECT a.site_id, a.session_id, e.visitor_id, a.start,
       CASE WHEN a.last>a.start THEN a.last-a.start ELSE 0 END AS dur_ms, a.pv, a.ce,
       CASE WHEN a.pv=1 AND a.ce=0 AND a.engaged=0 THEN 1 ELSE 0 END AS bounced,
       e.path AS entry_path, e.exit_path, COALESCE(e.channel,'direct') AS channel, COALESCE(e.source,'(direct)') AS source,
       COALESCE(e.referrer_domain,'') AS referrer_domain, COALESCE(e.utm_source,'') AS utm_source, COALESCE(e.utm_medium,'') AS utm_medium,
       COALESCE(e.utm_campaign,'') AS utm_campaign, COALESCE(e.utm_term,'') AS utm_term, COALESCE(e.utm_content,'') AS utm_content,
       e.device, e.browser, e.browser_version, e.os, e.os_version, e.country, e.region
FROM agg a JOIN entry e ON e.site_id=a.site_id AND e.session_id=a.session_id AND e.rn=1;`

var patterns sync.Map // text → *regexp.Regexp

// NewOracle opens an empty oracle in memory, which the test's end closes. Goals are those of the site: filters and rates name them.
func NewOracle(t Failer, goals ...*analytics.Goal) *Oracle {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		t.Fatalf("open oracle: %v", err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	o := &Oracle{t: t, db: db, goals: goals, ids: make(map[string]bool), sessions: make(map[string][]*openSession), dirty: true}
	o.exec(oracleSchema)
	return o
}

// Len is the number of stored rows.
func (o *Oracle) Len() int64 { return o.rows }

// Define gives the oracle other goals: those that filters, steps and rates name from now on.
func (o *Oracle) Define(goals ...*analytics.Goal) { o.goals, o.selected = goals, "" }

// Last is the time of the latest row, UTC ms.
func (o *Oracle) Last() int64 {
	o.t.Helper()
	return one(o, func(n *int64) []any { return []any{n} }, "SELECT MAX(ts) FROM events")
}

func (o *Oracle) exec(query string, args ...any) {
	o.t.Helper()
	if _, err := o.db.Exec(query, args...); err != nil {
		o.t.Fatalf("oracle: %v\n%s", err, query)
	}
}

// ask reads all lines of an answer.
func ask[T any](o *Oracle, into func(*T) []any, query string) []T {
	o.t.Helper()
	rows, err := o.db.Query(query)
	if err != nil {
		o.t.Fatalf("oracle: %v\n%s", err, query)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var line T
		if err := rows.Scan(into(&line)...); err != nil {
			o.t.Fatalf("oracle: %v\n%s", err, query)
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		o.t.Fatalf("oracle: %v\n%s", err, query)
	}
	return out
}

// one reads the only line of an answer.
func one[T any](o *Oracle, into func(*T) []any, query string) T {
	o.t.Helper()
	lines := ask(o, into, query)
	if len(lines) != 1 {
		o.t.Fatalf("oracle: %d lines\n%s", len(lines), query)
	}
	return lines[0]
}

// quote makes a text a literal of SQL.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// within is the condition that a column lies in a span.
func (s Span) within(column string) string {
	return fmt.Sprintf("%s>=%d AND %s<%d", column, s.From, column, s.To)
}

// matches is the implementation of REGEXP: RE2, found anywhere.
func matches(pattern, text string) (bool, error) {
	known, ok := patterns.Load(pattern)
	if !ok {
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			return false, fmt.Errorf("pattern: %w", err)
		}
		known, _ = patterns.LoadOrStore(pattern, compiled)
	}
	return known.(*regexp.Regexp).MatchString(text), nil
}
