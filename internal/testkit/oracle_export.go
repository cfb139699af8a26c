package testkit

import "fmt"

// ViewRow is a pageview of the export, without what is a plain column.
type ViewRow struct {
	TS           int64 // UTC ms
	EventID      string
	Path         string
	TimeOnPageMS int64
	Bounced      bool
}

// ExportViews returns the pageviews of a span, newest first (export.md).
func (o *Oracle) ExportViews(s Span) []ViewRow {
	o.t.Helper()
	o.refresh()
	return ask(o, func(r *ViewRow) []any { return []any{&r.TS, &r.EventID, &r.Path, &r.TimeOnPageMS, &r.Bounced} }, fmt.Sprintf(`WITH v AS (
SELECT *, LEAD(ts) OVER (PARTITION BY session_id ORDER BY ts, event_id) until FROM events WHERE type='pageview')
SELECT v.ts, v.event_id, v.path, (SELECT COALESCE(SUM(g.time_on_page_ms),0) FROM events g WHERE g.session_id=v.session_id AND g.path=v.path
  AND g.type='engagement' AND g.ts>=v.ts AND (v.until IS NULL OR g.ts<v.until)), s.bounced
FROM v JOIN sess s USING (session_id) WHERE %s ORDER BY v.ts DESC, v.event_id DESC`, s.within("v.ts")))
}

// ExportEvents returns times and ids of the custom events of a span, newest first.
func (o *Oracle) ExportEvents(s Span) []ViewRow {
	o.t.Helper()
	return ask(o, func(r *ViewRow) []any { return []any{&r.TS, &r.EventID, &r.Path} },
		"SELECT ts, event_id, path FROM events WHERE type='event' AND "+s.within("ts")+" ORDER BY ts DESC, event_id DESC")
}

// ExportCells returns what ExportViews leaves out, in its order: referrer, UTM source, medium and campaign, device, browser, system, country, region.
func (o *Oracle) ExportCells(s Span) [][9]string {
	o.t.Helper()
	return ask(o, func(r *[9]string) []any {
		into := make([]any, len(r))
		for i := range r {
			into[i] = &r[i]
		}
		return into
	}, "SELECT referrer_domain, utm_source, utm_medium, utm_campaign, device, browser, os, country, region FROM events WHERE type='pageview' AND "+
		s.within("ts")+" ORDER BY ts DESC, event_id DESC")
}

// CustomRow is a custom event of the export. Value is in ten-thousandths; Properties are a JSON object of what each key shows, as a text.
type CustomRow struct {
	TS                                             int64 // UTC ms
	Action, Category, Label, Path, Device, Country string
	Value                                          *int64
	Properties                                     string
}

// ExportCustoms returns the custom events of a span, newest first (export.md).
func (o *Oracle) ExportCustoms(s Span) []CustomRow {
	o.t.Helper()
	return ask(o, func(r *CustomRow) []any {
		return []any{&r.TS, &r.Action, &r.Category, &r.Label, &r.Path, &r.Device, &r.Country, &r.Value, &r.Properties}
	}, `SELECT ts, action, category, label, path, device, country, value,
 (SELECT json_group_object(p.key, p.shown) FROM props p WHERE p.n=e.n) FROM events e WHERE type='event' AND `+s.within("ts")+" ORDER BY ts DESC, event_id DESC")
}
