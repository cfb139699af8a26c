package report

import "github.com/ztas-io/ztas/analytics"

// nameRun holds the ids of visitors and sessions that some rows brought, or knows how to get them.
type nameRun struct {
	visitors []analytics.VisitorID
	sessions []analytics.SessionID
	load     func() (*analytics.Rows, error)
}

// addNames keeps the ids of the visitors and sessions that r brings, before its rows are taken in. Of a part that was read without them, load is
// kept instead. Slices have no names.
func (t *Table) addNames(r *analytics.Rows, load func() (*analytics.Rows, error)) {
	if t.slice != nil {
		return
	}
	run := nameRun{visitors: beyond(r.Visitors, r.FirstVisitor, len(t.last)), sessions: beyond(r.Sessions, r.FirstSession, int(t.met))}
	if load != nil && len(r.Visitors)+len(r.Sessions) == 0 {
		run.load = load
	}
	n := len(t.names)
	switch {
	case n == 0 && run.load == nil:
		t.VisitorIDs, t.SessionIDs = append(t.VisitorIDs, run.visitors...), append(t.SessionIDs, run.sessions...)
	case n > 0 && run.load == nil && t.names[n-1].load == nil:
		last := &t.names[n-1]
		last.visitors, last.sessions = append(last.visitors, run.visitors...), append(last.sessions, run.sessions...)
	default:
		t.names = append(t.names, run)
	}
	t.size += 16 * (len(run.visitors) + len(run.sessions))
}

// beyond are the names of a list that begins with the ordinal first, from the ordinal known on.
func beyond[T any](list []T, first uint32, known int) []T {
	return list[min(max(0, known-int(first)), len(list)):len(list):len(list)]
}

// Name makes VisitorIDs and SessionIDs whole. An id that cannot be read is the zero value, which Err then tells.
func (t *Table) Name() {
	for _, run := range t.names {
		if run.load != nil {
			r, err := run.load()
			if err != nil {
				*t.idErr = err
				break
			}
			run.visitors = beyond(r.Visitors, r.FirstVisitor, len(t.VisitorIDs))
			run.sessions = beyond(r.Sessions, r.FirstSession, len(t.SessionIDs))
			t.size += 16 * (len(run.visitors) + len(run.sessions))
		}
		t.VisitorIDs, t.SessionIDs = append(t.VisitorIDs, run.visitors...), append(t.SessionIDs, run.sessions...)
	}
	t.names = nil
	t.VisitorIDs = append(t.VisitorIDs, make([]analytics.VisitorID, max(0, len(t.last)-len(t.VisitorIDs)))...)
	t.SessionIDs = append(t.SessionIDs, make([]analytics.SessionID, max(0, int(t.met)-len(t.SessionIDs)))...)
}
