package ws

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// query is the source of topic query: what POST /api/query answers, with every query about the site of the subscription.
type query struct {
	queries   []report.NamedQuery
	canonical string
}

func openQuery(_ *Config, p params) (source, error) {
	queries, err := report.ParseQueries(p["queries"])
	if err != nil {
		return nil, err
	}
	var key []string
	for i := range queries {
		q := &queries[i]
		q.Params.SiteID = ""
		wrong := ""
		if q.Err != nil {
			wrong = q.Err.Error()
		}
		key = append(key, q.ID, wrong, string(frame(q.Params)))
	}
	return query{queries, string(frame(key))}, nil
}

func (q query) key() string { return q.canonical }

// check has nothing to say: the state tells which queries are wrong.
func (query) check(analytics.Zone, int64) error { return nil }

func (q query) load(ctx context.Context, d *Deps, site analytics.SiteID, zone analytics.Zone, now time.Time) (any, time.Time, error) {
	goals := d.Goals.Goals(site)
	state := make(report.Object, len(q.queries))
	var good []*report.Query
	var places []int
	for i, named := range q.queries {
		state[i].Name = named.ID
		named.Params.SiteID = string(site)
		resolved, err := named.Params.Resolve(zone, now.UnixMilli(), goals)
		if named.Err != nil {
			err = named.Err
		}
		if err != nil {
			state[i].Value = wrongQuery(err)
			continue
		}
		good, places = append(good, resolved), append(places, i)
	}
	sums, err := d.Reader.Sums(ctx, site, report.AsksOf(good)...)
	if err != nil {
		return nil, time.Time{}, err
	}
	for i, answer := range report.AnswersOf(good, sums) {
		state[places[i]].Value = answer
	}
	next, err := q.next(ctx, d.Reader, site, zone, good, sums, now)
	return state, next, err
}

// wrongQuery is how POST /api/query shows a query that cannot be answered.
func wrongQuery(err error) report.Object {
	return report.Object{{Name: "error", Value: err.Error()}, {Name: "code", Value: "validation_failed"}, {Name: "status", Value: http.StatusBadRequest}}
}

// next is when the first of the answers may change by itself. A query that is wrong may be right on another day.
func (q query) next(
	ctx context.Context, r Reader, site analytics.SiteID, zone analytics.Zone, good []*report.Query, sums []report.Sum, now time.Time,
) (time.Time, error) {
	ms := now.UnixMilli()
	active := false
	if slices.ContainsFunc(good, (*report.Query).Realtime) {
		live, err := r.Realtime(ctx, site, ms, false)
		if err != nil {
			return time.Time{}, err
		}
		active = live.ActiveVisitors > 0 || report.AnyRealtime(good, sums) // the live window is up to a second ahead
	}
	first := int64(0)
	if len(good) < len(q.queries) {
		first = zone.DayStart(zone.DayAt(ms) + 1)
	}
	for _, g := range good {
		if next := g.NextChange(ms, active); next != 0 && (first == 0 || next < first) {
			first = next
		}
	}
	if first == 0 {
		return time.Time{}, nil
	}
	return time.UnixMilli(first), nil
}
