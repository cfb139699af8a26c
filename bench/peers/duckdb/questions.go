package main

// about says which page a question is about.
type about int

const (
	noPage    about = iota
	samePage        // always the same
	otherPage       // another each time
)

// question is a set of statements that are asked one after another. The names are those of the comparison.
type question struct {
	name       string
	about      about
	visits     bool // it needs table sess
	statements []string
}

const (
	pageviews = `SELECT COUNT(*) FROM events WHERE site_id=:site AND type='pageview' AND ts>=:from AND ts<:to`
	visitors  = `SELECT COUNT(DISTINCT visitor_id) FROM events WHERE site_id=:site AND type IN ('pageview','event') AND ts>=:from AND ts<:to`
	visits    = `SELECT COUNT(*), SUM(bounced), SUM(dur_ms) FROM sess WHERE site_id=:site AND start>=:from AND start<:to`
	engaged   = `SELECT SUM(time_on_page_ms), COUNT(*) FILTER (seq=1) FROM events WHERE site_id=:site AND type='engagement' AND ts>=:from AND ts<:to`
	topPages  = `SELECT path, COUNT(*) pageviews, COUNT(DISTINCT visitor_id) visitors FROM events
 WHERE site_id=:site AND type='pageview' AND ts>=:from AND ts<:to GROUP BY path ORDER BY 2 DESC, 3 DESC, 1 LIMIT 10`
	viewsByDay = `SELECT ts//86400000 AS day, COUNT(*), COUNT(DISTINCT visitor_id) FROM events
 WHERE site_id=:site AND type='pageview' AND ts>=:from AND ts<:to GROUP BY 1 ORDER BY 1`
	visitsByDay = `SELECT start//86400000 AS day, COUNT(*) FROM sess WHERE site_id=:site AND start>=:from AND start<:to GROUP BY 1 ORDER BY 1`
	pageByDay   = `SELECT ts//86400000 AS day, COUNT(*), COUNT(DISTINCT visitor_id) FROM events
 WHERE site_id=:site AND type='pageview' AND path=? AND ts>=:from AND ts<:to GROUP BY 1 ORDER BY 1`
	pagesOfBrowser = `SELECT e.path, COUNT(*) pageviews, COUNT(DISTINCT e.visitor_id) visitors FROM events e JOIN sess s USING (session_id)
 WHERE e.site_id=:site AND e.type='pageview' AND e.ts>=:from AND e.ts<:to AND s.browser=:browser GROUP BY 1 ORDER BY 2 DESC, 3 DESC, 1 LIMIT 10`
)

// visitsBy counts visits by a column of the session view.
func visitsBy(column string) string {
	return `SELECT ` + column + `, COUNT(*) visits FROM sess WHERE site_id=:site AND start>=:from AND start<:to GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10`
}

var questions = []question{
	{"a dashboard's whole report", noPage, true, []string{pageviews, visitors, visits, engaged, viewsByDay, visitsByDay, topPages,
		visitsBy("referrer_domain"), visitsBy("country"), visitsBy("browser"), visitsBy("os"), visitsBy("device"), visitsBy("channel")}},
	{"pageviews and visitors", noPage, false, []string{pageviews, visitors}},
	{"the same of one page, by day; always the same page", samePage, false, []string{pageByDay}},
	{"the same of one page, by day; another page each time", otherPage, false, []string{pageByDay}},
	{"top pages of the visits with one browser", noPage, true, []string{pagesOfBrowser}},
}

// sessions works out visits: those that a session's core events make, with what the first of them says.
const sessions = `WITH agg AS (
  SELECT site_id, session_id,
         MIN(CASE WHEN type IN ('pageview','event') THEN ts END) AS start, MAX(ts) AS last,
         SUM(CASE WHEN type='pageview' THEN 1 ELSE 0 END) AS pv,
         SUM(CASE WHEN type='event' THEN 1 ELSE 0 END) AS ce,
         SUM(CASE WHEN type='engagement' AND is_bounce=FALSE THEN 1 ELSE 0 END) AS engaged
  FROM events GROUP BY site_id, session_id),
entry AS (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY site_id, session_id ORDER BY ts, event_id) AS rn
  FROM events WHERE type IN ('pageview','event'))
SELECT a.site_id, a.session_id, e.visitor_id, a.start, CASE WHEN a.last>a.start THEN a.last-a.start ELSE 0 END AS dur_ms,
       CASE WHEN a.pv=1 AND a.ce=0 AND a.engaged=0 THEN 1 ELSE 0 END AS bounced, COALESCE(e.channel,'direct') AS channel,
       COALESCE(e.referrer_domain,'') AS referrer_domain, e.device, e.browser, e.os, e.country
FROM agg a JOIN entry e ON e.site_id=a.site_id AND e.session_id=a.session_id AND e.rn=1`

// workOut makes the visits anew: what a question that needs them begins with when there are no tables.
const workOut = "CREATE OR REPLACE TEMP TABLE sess AS " + sessions

// prepare makes what is asked: tables, the visits worked out in advance, or a view of the Parquet file.
func prepare(tables bool) []string {
	if tables {
		return []string{
			"SET threads=:threads", "CREATE TABLE events AS SELECT * FROM read_parquet(:parquet)", "CREATE TABLE sess AS " + sessions, "CHECKPOINT",
		}
	}
	return []string{"SET threads=:threads", "CREATE VIEW events AS SELECT * FROM read_parquet(:parquet)"}
}
