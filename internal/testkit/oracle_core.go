package testkit

import (
	"fmt"
	"strings"
	"time"
)

// tables names what a question reads: the sessions, the filtered table, and all rows of the sessions.
type tables struct {
	sess, rows, all string
	active          bool // every event makes a visitor count (period realtime), and engagements only with sessions of sess
}

// visits is the condition that a row makes its visitor count, met the one that an engagement counts.
func (t tables) visits() string {
	if t.active {
		return "1"
	}
	return "e.type IN ('pageview','event')"
}

func (t tables) met() string {
	if t.active {
		return "e.type='engagement' AND e.session_id IN (SELECT session_id FROM " + t.sess + ")"
	}
	return "e.type='engagement'"
}

// Numbers are the counts behind M1 to M6.
type Numbers struct {
	Pageviews, Visitors             int64
	Sessions, Bounces, DurationMS   int64
	EngagedMS, Engagements, Customs int64 // Engagements: those with seq = 1
}

// Line is a key and what is counted by it.
type Line struct {
	Key string
	N   [4]int64
}

func (l *Line) one() []any   { return []any{&l.Key, &l.N[0]} }
func (l *Line) two() []any   { return []any{&l.Key, &l.N[0], &l.N[1]} }
func (l *Line) three() []any { return []any{&l.Key, &l.N[0], &l.N[1], &l.N[2]} }

// Numbers counts a span of the filtered table.
func (o *Oracle) Numbers(filters string, s Span) Numbers {
	o.t.Helper()
	return o.numbers(o.under(filters), s)
}

func (o *Oracle) numbers(t tables, s Span) Numbers {
	o.t.Helper()
	return one(o, func(n *Numbers) []any {
		return []any{&n.Pageviews, &n.Visitors, &n.Sessions, &n.Bounces, &n.DurationMS, &n.EngagedMS, &n.Engagements, &n.Customs}
	}, fmt.Sprintf(`SELECT v.*, s.*, g.*, c.* FROM
 (SELECT COALESCE(SUM(type='pageview'),0), COUNT(DISTINCT visitor_id) FROM %[1]s e WHERE %[5]s AND %[3]s) v,
 (SELECT COUNT(*), COALESCE(SUM(bounced),0), COALESCE(SUM(dur_ms),0) FROM %[2]s WHERE %[4]s) s,
 (SELECT COALESCE(SUM(time_on_page_ms),0), COALESCE(SUM(seq=1),0) FROM %[1]s e WHERE %[6]s AND %[3]s) g,
 (SELECT COUNT(*) FROM %[1]s WHERE type='event' AND %[3]s) c`, t.rows, t.sess, s.within("ts"), s.within("start"), t.visits(), t.met()))
}

// Bucket is a calendar unit of a time series, cut to the range.
type Bucket struct {
	Span
	Date string // as in stats.md; of weeks and months the first day within the range
}

// Buckets cuts a range into local hours, days, weeks or months by walking the clock in quarters of an hour.
func Buckets(zone *time.Location, s Span, unit string) []Bucket {
	name := func(t time.Time) string {
		switch unit {
		case "hour":
			return t.Format("2006-01-02 15 -07:00")
		case "week":
			year, week := t.ISOWeek()
			return fmt.Sprint(year, week)
		case "month":
			return t.Format("2006-01")
		}
		return t.Format(time.DateOnly)
	}
	var out []Bucket
	last := ""
	for ts := s.From; ts < s.To; ts += 900_000 {
		t := time.UnixMilli(ts).In(zone)
		if n := name(t); n != last {
			if len(out) > 0 {
				out[len(out)-1].To = ts
			}
			date := t.Format(time.DateOnly)
			if unit == "hour" {
				date = t.Format("2006-01-02T15:04:05-07:00")
			}
			out = append(out, Bucket{Span{ts, s.To}, date})
			last = n
		}
	}
	return out
}

// Pages returns pageviews and visitors by path, as topPages are ordered.
func (o *Oracle) Pages(filters string, s Span) []Line {
	o.t.Helper()
	return ask(o, (*Line).two, fmt.Sprintf(`SELECT path, COUNT(*), COUNT(DISTINCT visitor_id) FROM %s
 WHERE type='pageview' AND %s GROUP BY path ORDER BY 2 DESC, 3 DESC, 1`, o.under(filters).rows, s.within("ts")))
}

// Visits returns sessions by a column of the session view, by visits and key.
func (o *Oracle) Visits(filters string, s Span, column string) []Line {
	o.t.Helper()
	return ask(o, (*Line).one, fmt.Sprintf(`SELECT %s, COUNT(*) FROM %s WHERE %s GROUP BY 1 ORDER BY 2 DESC, 1`,
		column, o.under(filters).sess, s.within("start")))
}

// refresh keeps the session view as a table, so that many questions about the same rows are quick.
func (o *Oracle) refresh() {
	if !o.dirty {
		return
	}
	o.dirty, o.selected = false, ""
	o.parted()
	o.exec(`DROP TABLE IF EXISTS sess; CREATE TABLE sess AS SELECT * FROM sess_view; CREATE UNIQUE INDEX sess_id ON sess (session_id);
CREATE INDEX sess_start ON sess (start);`)
}

// under makes the tables of some filters, "" for none.
func (o *Oracle) under(filters string) tables {
	o.t.Helper()
	o.refresh()
	if filters == "" {
		return tables{sess: "sess", rows: "events", all: "events"}
	}
	t := tables{sess: "ksess", rows: "krows", all: "kall"}
	if filters == o.selected {
		return t
	}
	session, row, err := o.where(filters)
	if err != nil {
		o.t.Fatalf("oracle: %v", err)
	}
	o.exec(strings.Join([]string{
		`DROP TABLE IF EXISTS ksess; DROP TABLE IF EXISTS kall; DROP TABLE IF EXISTS krows`,
		`CREATE TABLE ksess AS SELECT * FROM sess s WHERE ` + session,
		`CREATE UNIQUE INDEX ksess_id ON ksess (session_id)`,
		`CREATE TABLE kall AS SELECT e.* FROM events e JOIN ksess USING (session_id)`,
		`CREATE TABLE krows AS SELECT * FROM kall e WHERE ` + row,
	}, ";\n"))
	o.selected = filters
	return t
}

// realtime makes the tables of the period realtime: the sessions with a core event in the span, counting only what of them lies in it.
func (o *Oracle) realtime(filters string, s Span) tables {
	o.t.Helper()
	t := o.under(filters)
	o.exec(fmt.Sprintf(`DROP TABLE IF EXISTS rsess;
CREATE TABLE rsess AS WITH agg AS (
  SELECT session_id, MIN(CASE WHEN type IN ('pageview','event') THEN ts END) start, MAX(ts) last, SUM(type='pageview') pv, SUM(type='event') ce,
         COALESCE(SUM(type='engagement' AND is_bounce=FALSE),0) engaged FROM events WHERE %s GROUP BY 1 HAVING pv+ce>0)
SELECT s.site_id, s.session_id, s.visitor_id, a.start, a.last-a.start dur_ms, a.pv, a.ce, a.pv=1 AND a.ce=0 AND a.engaged=0 bounced,
 s.entry_path, s.exit_path, s.channel, s.source, s.referrer_domain, s.utm_source, s.utm_medium, s.utm_campaign, s.utm_term, s.utm_content,
 s.device, s.browser, s.browser_version, s.os, s.os_version, s.country, s.region FROM agg a JOIN %s s USING (session_id)`, s.within("ts"), t.sess))
	return tables{sess: "rsess", rows: t.rows, all: t.all, active: true}
}
