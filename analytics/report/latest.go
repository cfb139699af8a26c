package report

import (
	"fmt"
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

// LoadPart reads the wanted sections of a part at rest.
type LoadPart func(blob uint64, want analytics.PartSections) (*analytics.Rows, error)

// LatestEvent gives the stored event with the latest time of its site, of several the one that came last; nil without one. It reads the parts
// of one day, and of most of them only the names.
func LatestEvent(site analytics.SiteID, view *analytics.View, load LoadPart) (*StoredEvent, error) {
	day, ok := newestDay(view)
	if !ok {
		return nil, nil
	}
	run, latest := -1, int64(0)
	for i, p := range day.Parts {
		if run < 0 || p.Last >= latest {
			run, latest = i, p.Last
		}
	}
	for i, r := range day.Runs {
		if _, last := r.Span(); r.Len() > 0 && (run < 0 || last >= latest) {
			run, latest = len(day.Parts)+i, last
		}
	}
	rows, err := dayRun(&day, run, analytics.AllSections, load)
	if err != nil {
		return nil, err
	}
	at := 0
	for i := range rows.List {
		if rows.List[i].TS >= rows.List[at].TS {
			at = i
		}
	}
	return namedRow(site, &day, rows, run, at, load)
}

// LatestPageview gives the time of the latest pageview that is stored, UTC ms; 0 without one. It reads the rows of as many runs as it takes.
func LatestPageview(view *analytics.View, load LoadPart) (latest int64, err error) {
	for _, number := range slices.Backward(view.Days()) {
		day, _ := view.Rows(number)
		for i, p := range day.Parts {
			if p.Last <= latest {
				continue
			}
			rows, err := dayRun(&day, i, analytics.Sections(analytics.SectionRows), load)
			if err != nil {
				return 0, err
			}
			latest = max(latest, lastView(rows))
		}
		for _, rows := range day.Runs {
			latest = max(latest, lastView(rows))
		}
	}
	return latest, nil
}

// lastView is the time of the latest pageview of a run, UTC ms; 0: none.
func lastView(rows *analytics.Rows) (latest int64) {
	for i := range rows.List {
		if row := &rows.List[i]; row.Kind == analytics.Pageview {
			latest = max(latest, rows.Base+int64(row.TS))
		}
	}
	return latest
}

// newestDay finds the day that has the latest row. A change of zone may let days overlap, but only their neighbours.
func newestDay(view *analytics.View) (newest analytics.DayRows, ok bool) {
	latest, days := int64(0), view.Days()
	for i, seen := len(days)-1, 0; i >= 0 && seen < 3; i-- {
		d, stored := view.Rows(days[i])
		if !stored {
			continue
		}
		seen++
		if last := lastOf(&d); !ok || last > latest {
			newest, latest, ok = d, last, true
		}
	}
	return newest, ok
}

// lastOf is the latest event time of a day with rows, UTC ms.
func lastOf(d *analytics.DayRows) (latest int64) {
	for i, p := range d.Parts {
		if i == 0 || p.Last > latest {
			latest = p.Last
		}
	}
	for i, r := range d.Runs {
		if _, last := r.Span(); r.Len() > 0 && (i == 0 && len(d.Parts) == 0 || last > latest) {
			latest = last
		}
	}
	return latest
}

// dayRun gives run n of a day: first come the parts.
func dayRun(d *analytics.DayRows, n int, want analytics.PartSections, load LoadPart) (*analytics.Rows, error) {
	if n < len(d.Parts) {
		return load(d.Parts[n].Blob, want)
	}
	return d.Runs[n-len(d.Parts)], nil
}

// namedRow finds the ids of a row's visitor and session, which one of the runs up to its own names, and writes it down.
func namedRow(site analytics.SiteID, d *analytics.DayRows, rows *analytics.Rows, run, at int, load LoadPart) (*StoredEvent, error) {
	var visitor *analytics.VisitorID
	var session *analytics.SessionID
	row := &rows.List[at]
	for n, names := run, rows; ; {
		if i := int64(row.Visitor) - int64(names.FirstVisitor); i >= 0 && i < int64(len(names.Visitors)) {
			visitor = &names.Visitors[i]
		}
		if i := int64(row.Session) - int64(names.FirstSession); i >= 0 && i < int64(len(names.Sessions)) {
			session = &names.Sessions[i]
		}
		if visitor != nil && session != nil {
			return StoredRow(site, rows, at, *visitor, *session)
		}
		if n--; n < 0 {
			return nil, fmt.Errorf("a row of %s belongs to a visitor or session without name: %w", d.Day, analytics.ErrCorrupt)
		}
		var err error
		if names, err = dayRun(d, n, analytics.Sections(analytics.SectionNames), load); err != nil {
			return nil, err
		}
	}
}
