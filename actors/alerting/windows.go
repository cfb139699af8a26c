package alerting

import (
	"context"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// measure is a metric in a window that is to be read, together with others, from one state of a site.
type measure struct {
	metric *report.Metric
	window report.Window
	open   bool // the window ends now: the question may be kept current
}

// asks are the questions that a measure needs. Whole days of the past and windows that only grow are plain questions, whose answers are kept;
// of the rest only the visitors in the window are looked at.
func (m *measure) asks(zone analytics.Zone, hour bool) []report.Ask {
	q, w := m.metric.Question, m.window
	moving := report.Moving(q)
	if hour {
		return []report.Ask{report.Within(moving, zone, w.From, w.To)}
	}
	var out []report.Ask
	first, last := zone.DayAt(w.From), zone.DayAt(w.To-1)
	begin := zone.DayStart(first)
	if begin < w.From { // a 24h range begins within a day
		end := min(zone.DayStart(first+1), w.To)
		out = append(out, report.Within(q, zone, w.From, end))
		begin = end
	}
	end := zone.DayStart(last + 1)
	if !m.open && end > w.To {
		end = max(begin, zone.DayStart(last))
	}
	if begin < end {
		out = append(out, report.Within(q, zone, begin, end))
	}
	if end < w.To {
		out = append(out, report.Within(moving, zone, end, w.To))
	}
	return out
}

// read measures on one state of the site.
func (e *Evaluator) read(
	ctx context.Context, site analytics.SiteID, zone analytics.Zone, hour bool, list []measure,
) ([]report.Measured, error) {
	var asks []report.Ask
	ends := make([]int, len(list))
	for i := range list {
		asks = append(asks, list[i].asks(zone, hour)...)
		ends[i] = len(asks)
	}
	sums, err := e.deps.System.Sums(ctx, site, asks...)
	if err != nil {
		return nil, err
	}
	out := make([]report.Measured, len(list))
	at := 0
	for i := range list {
		total := list[i].metric.Question.New(nil, list[i].window)
		for ; at < ends[i]; at++ {
			total.Merge(sums[at])
		}
		total.Seal()
		v, ok := list[i].metric.Value(total)
		out[i] = report.Measured{Window: list[i].window, Value: v, Defined: ok}
	}
	return out, nil
}
