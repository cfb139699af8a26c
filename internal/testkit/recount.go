// Package testkit holds what tests of several packages share: builders, and an independent recount of everything the product computes.
package testkit

import (
	"database/sql"
	"fmt"

	"github.com/ztas-io/ztas/analytics"
	_ "modernc.org/sqlite" // the SQL engine of the recount
)

// Recount answers questions about a site's events with the SQL of the contract, run by SQLite over the raw rows. It shares no code with the
// fold: sessions are found here by walking a plain list.
type Recount struct {
	db       *sql.DB
	ids      map[string]bool
	sessions []*openSession
	dirty    bool // rows were added since sess was made of sess_view
}

type openSession struct {
	key         string
	id          string
	first, last int64
}

const schema = `
CREATE TABLE events (site_id TEXT, event_id TEXT, ts INTEGER, received_at INTEGER, type TEXT, visitor_id TEXT, session_id TEXT, path TEXT,
 country TEXT, region TEXT, device TEXT, browser TEXT, browser_version TEXT, os TEXT, os_version TEXT, referrer_domain TEXT, channel TEXT,
 source TEXT, utm_source TEXT, utm_medium TEXT, utm_campaign TEXT, utm_term TEXT, utm_content TEXT, time_on_page_ms INTEGER, seq INTEGER,
 is_bounce BOOLEAN);
CREATE INDEX events_session ON events (site_id, session_id);
CREATE INDEX events_ts ON events (ts);
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

// NewRecount opens an empty recount in memory.
func NewRecount() (*Recount, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return nil, fmt.Errorf("open recount: %w", err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(schema); err != nil {
		return nil, fmt.Errorf("create recount: %w", err)
	}
	return &Recount{db: db, ids: make(map[string]bool), dirty: true}, nil
}

// Close ends the recount.
func (r *Recount) Close() error { return r.db.Close() }

// Add takes an event in the order of the log. An id that is there already changes nothing; stored is then false. serverID is the id of an
// event that has none.
func (r *Recount) Add(e *analytics.Event, serverID string) (stored bool, err error) {
	id := e.ID.Text()
	if id == "" {
		id = serverID
	} else if r.ids[id] {
		return false, nil
	}
	r.ids[id] = true
	null := func(on bool, v any) any {
		if on {
			return v
		}
		return nil
	}
	pv, eng := e.Kind == analytics.Pageview, e.Kind == analytics.Engagement
	_, err = r.db.Exec(`INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		"site", id, e.TS, e.ReceivedAt, e.Kind.String(), e.Visitor.String(), r.session(e, id), e.Path,
		e.Country, e.Region, e.Device, e.Browser, e.BrowserVersion, e.OS, e.OSVersion,
		null(pv, e.ReferrerDomain), null(pv, e.Channel), null(pv, e.Source), null(pv, e.UTM.Source), null(pv, e.UTM.Medium),
		null(pv, e.UTM.Campaign), null(pv, e.UTM.Term), null(pv, e.UTM.Content),
		null(eng, e.TimeOnPage), null(eng, e.Seq), null(eng && e.IsBounce != analytics.Absent, e.IsBounce == analytics.True))
	if err != nil {
		return false, fmt.Errorf("recount row: %w", err)
	}
	r.dirty = true
	return true, nil
}

// session gives the event its session by the words of track.md.
func (r *Recount) session(e *analytics.Event, id string) string {
	key := e.Visitor.String() + "\n" + e.SessionKey
	var best *openSession
	var bestGap int64
	for _, s := range r.sessions {
		if s.key != key || e.TS <= s.first-1_800_000 || e.TS >= s.last+1_800_000 {
			continue
		}
		gap := int64(0)
		if e.TS < s.first {
			gap = s.first - e.TS
		} else if e.TS > s.last {
			gap = e.TS - s.last
		}
		if best == nil || gap < bestGap {
			best, bestGap = s, gap
		}
	}
	if best == nil {
		best = &openSession{key: key, id: "visit_" + id, first: e.TS, last: e.TS}
		r.sessions = append(r.sessions, best)
	}
	best.first, best.last = min(best.first, e.TS), max(best.last, e.TS)
	return best.id
}

// Row is one line of an answer: a key and its numbers.
type Row struct {
	Key  string
	A, B int64
}

// Core returns M1, M2, M3, bounces, Σ duration ms, Σ engaged ms and engagements with seq 1 of [from, to).
func (r *Recount) Core(from, to int64) (out [7]int64, err error) {
	err = r.refresh()
	ask := func(query string, into ...any) {
		if err == nil {
			err = r.db.QueryRow(query, from, to).Scan(into...)
		}
	}
	ask(`SELECT COUNT(*) FROM events WHERE type='pageview' AND ts>=? AND ts<?`, &out[0])
	ask(`SELECT COUNT(DISTINCT visitor_id) FROM events WHERE type IN ('pageview','event') AND ts>=? AND ts<?`, &out[1])
	ask(`SELECT COUNT(*), COALESCE(SUM(bounced),0), COALESCE(SUM(dur_ms),0) FROM sess WHERE start>=? AND start<?`, &out[2], &out[3], &out[4])
	ask(`SELECT COALESCE(SUM(time_on_page_ms),0), COALESCE(SUM(CASE WHEN seq=1 THEN 1 ELSE 0 END),0) FROM events
 WHERE type='engagement' AND ts>=? AND ts<?`, &out[5], &out[6])
	return out, err
}

// Pages returns topPages of [from, to).
func (r *Recount) Pages(from, to int64, limit int) ([]Row, error) {
	return r.list(`SELECT path, COUNT(*) pageviews, COUNT(DISTINCT visitor_id) visitors FROM events
 WHERE type='pageview' AND ts>=? AND ts<? GROUP BY path ORDER BY 2 DESC, 3 DESC, 1 LIMIT ?`, from, to, limit)
}

// Visits returns the sessions of [from, to) by a column of the session view.
func (r *Recount) Visits(column string, from, to int64, limit int) ([]Row, error) {
	return r.list(fmt.Sprintf(`SELECT %s, COUNT(*) visits, 0 FROM sess WHERE start>=? AND start<? GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ?`, column),
		from, to, limit)
}

// refresh keeps the session view as a table, so that many questions about the same rows are quick.
func (r *Recount) refresh() error {
	if !r.dirty {
		return nil
	}
	r.dirty = false
	if _, err := r.db.Exec(`DROP TABLE IF EXISTS sess; CREATE TABLE sess AS SELECT * FROM sess_view; CREATE INDEX sess_start ON sess (start);`); err != nil {
		return fmt.Errorf("recount sessions: %w", err)
	}
	return nil
}

func (r *Recount) list(query string, args ...any) ([]Row, error) {
	if err := r.refresh(); err != nil {
		return nil, err
	}
	rows, err := r.db.Query(query, args...)
	if err != nil {
		return nil, fmt.Errorf("recount: %w", err)
	}
	defer rows.Close()
	var out []Row
	for rows.Next() {
		var row Row
		if err := rows.Scan(&row.Key, &row.A, &row.B); err != nil {
			return nil, fmt.Errorf("recount: %w", err)
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

// Active counts distinct visitors with any event in (from, to], and pageviews there.
func (r *Recount) Active(from, to int64) (visitors, pageviews int64, err error) {
	err = r.db.QueryRow(`SELECT COUNT(DISTINCT visitor_id), COALESCE(SUM(type='pageview'),0) FROM events WHERE ts>? AND ts<=?`, from, to).
		Scan(&visitors, &pageviews)
	return visitors, pageviews, err
}

// LatestPaths returns each active visitor once, under the path of its latest event in (from, to].
func (r *Recount) LatestPaths(from, to int64) ([]Row, error) {
	return r.list(`SELECT path, COUNT(*), 0 FROM (SELECT path, ROW_NUMBER() OVER (PARTITION BY visitor_id ORDER BY ts DESC, event_id DESC) rn
 FROM events WHERE ts>? AND ts<=?) WHERE rn=1 GROUP BY 1 ORDER BY 2 DESC, 1`, from, to)
}
