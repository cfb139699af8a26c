package compare

import (
	"context"
	"fmt"
	"slices"

	"github.com/stretchr/testify/require"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/internal/testkit"
)

// Capped compares the counters of a site whose dimensions have room for a few values a day (data-model.md, Dimension cap): whatever is not a list is
// exact, each list sums to its total, and a value never counts more than it has. Of one day, what is not marked counts all that it has.
func (w *World) Capped() {
	w.Helper()
	q := w.ranged()
	q.Limit = 100
	w.asked++
	got, err := w.r.Stats(context.Background(), w.site, q)
	require.NoError(w, err)
	want := w.statsBySQL(q, "")
	w.cappedList("pages", want.Summary.Pageviews, w.o.Pages("", span(q.Range)), listOf(got.TopPages, func(p analytics.PageRow) cappedRow {
		return cappedRow{p.Path, [2]int64{p.Pageviews, p.UniqueVisitors}, p.Estimated}
	}), q)
	visits := func(column string, list []cappedRow) {
		w.Helper()
		w.cappedList(column, want.Summary.Sessions, w.o.Visits("", span(q.Range), column), list, q)
	}
	visits("referrer_domain", listOf(got.TopReferrers, func(r analytics.ReferrerRow) cappedRow {
		if r.Domain == "(direct)" {
			r.Domain = ""
		}
		return cappedRow{r.Domain, [2]int64{r.Visits}, r.Estimated}
	}))
	visits("country", listOf(got.Countries, func(r analytics.CountryRow) cappedRow { return cappedRow{r.Code, [2]int64{r.Visits}, r.Estimated} }))
	share := func(r analytics.ShareRow) cappedRow {
		w.same(testkit.Pct(r.Visits, want.Summary.Sessions), r.Percentage, "share of ", r.Name)
		return cappedRow{r.Name, [2]int64{r.Visits}, r.Estimated}
	}
	visits("browser", listOf(got.Browsers, share))
	visits("os", listOf(got.OperatingSystems, share))
	for _, r := range []*analytics.StatsReport{want, got} {
		r.TopPages, r.TopReferrers, r.Countries, r.Browsers, r.OperatingSystems, r.LastPageview = nil, nil, nil, nil, nil, 0
	}
	w.same(want, got, "what is not a list")
}

// cappedRow is a value with what is counted of it: of pages pageviews and visitors.
type cappedRow struct {
	key       string
	n         [2]int64
	estimated bool
}

func listOf[R any](rows []R, row func(R) cappedRow) []cappedRow {
	var out []cappedRow
	for _, r := range rows {
		out = append(out, row(r))
	}
	return out
}

func (w *World) cappedList(name string, total int64, all []testkit.Line, got []cappedRow, q analytics.StatsQuery) {
	w.Helper()
	sum := int64(0)
	for i, r := range got {
		sum += r.n[0]
		if i > 0 && (r.n[0] > got[i-1].n[0] || r.n == got[i-1].n && r.key < got[i-1].key) {
			w.Fatalf("%s: %s: %+v comes behind %+v", w.what, name, r, got[i-1])
		}
		at := slices.IndexFunc(all, func(l testkit.Line) bool { return l.Key == r.key })
		if r.key == analytics.OtherValue {
			continue
		}
		if at < 0 {
			w.Fatalf("%s: %s: nobody has %+v", w.what, name, r)
		}
		has := [2]int64(all[at].N[:2])
		if r.n[0] > has[0] || r.n[1] > has[1] || !r.estimated && q.Range.First == q.Range.Last && r.n != has {
			w.Fatalf("%s: %s: %+v, but it has %v", w.what, name, r, has)
		}
		w.estimated = w.estimated || r.estimated
		w.rest = w.rest || r.n != has
	}
	w.same(total, sum, fmt.Sprint(name, " sum to their total"))
}
