package api

import (
	"context"
	"math"
	"strconv"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/api/auth"
)

// What can be exported, and how.
const (
	exportSummary   = "summary"
	exportPageviews = "pageviews"
	exportEvents    = "events"

	formatJSON    = "json"
	formatCSV     = "csv"
	formatNDJSON  = "ndjson"
	formatParquet = "parquet"

	maxExport, defaultExport = 100_000, 10_000 // rows of JSON and CSV
)

var (
	errExportType    = invalid("Invalid export type. Must be: summary, pageviews, or events")
	errSummaryFormat = invalid("Invalid format. Must be: json or csv")
	errRowsFormat    = invalid("Invalid format. Must be: json, csv, ndjson, or parquet")
	errExportLimit   = invalid("Limit must be between 1 and 100000")
	errPeriod        = invalid("Invalid time period")
	errNoExport      = forbidden("Viewers cannot export data")
)

// exportQuery is a good request.
type exportQuery struct {
	kind, format string
	span         analytics.Range
	page         page
	today        analytics.Day
}

// export serves GET /api/export.
func (s *Server) export(x *exchange) (action, error) {
	q, err := s.exportQuery(x)
	if err != nil {
		return nil, err
	}
	return func() error {
		if x.role < auth.Member {
			return errNoExport
		}
		s.activity(x, exportActivity(x.site, &q))
		out := newDownload(x.c, q.kind+"-"+q.today.String()+"."+q.format, q.format)
		return out.end(s.writeExport(x.c.Request.Context(), x.siteID, &q, out))
	}, nil
}

func (s *Server) exportQuery(x *exchange) (q exportQuery, err error) {
	q.kind, q.format = x.c.DefaultQuery("type", ""), x.c.DefaultQuery("format", "")
	if q.kind == "" {
		q.kind = exportSummary
	}
	if q.format == "" {
		q.format = formatJSON
	}
	rows := q.kind == exportPageviews || q.kind == exportEvents
	if !rows && q.kind != exportSummary {
		return q, errExportType
	}
	switch q.format {
	case formatJSON, formatCSV:
	case formatNDJSON, formatParquet:
		if !rows {
			return q, errSummaryFormat
		}
	default:
		if rows {
			return q, errRowsFormat
		}
		return q, errSummaryFormat
	}
	if x.c.Query("period") == "24h" && x.c.Query("startDate") == "" && x.c.Query("endDate") == "" {
		return q, errPeriod
	}
	if q.span, err = s.rangeParam(x, x.siteID, "30d"); err != nil {
		return q, err
	}
	q.today = s.zone(x.siteID).DayAt(s.now().UnixMilli())
	q.page, err = x.exportPage(q.format == formatNDJSON || q.format == formatParquet)
	return q, err
}

// exportPage reads limit and offset; whole says that all rows are meant when there is no limit, and any limit will do.
func (x *exchange) exportPage(whole bool) (page, error) {
	p, most := page{limit: defaultExport}, maxExport
	if whole {
		p.limit, most = math.MaxInt, math.MaxInt
	}
	var err error
	if sent := x.c.Query("limit"); sent != "" {
		if p.limit, err = strconv.Atoi(sent); err != nil || p.limit < 1 || p.limit > most {
			return p, errExportLimit
		}
	}
	if sent := x.c.Query("offset"); sent != "" {
		if p.offset, err = strconv.Atoi(sent); err != nil || p.offset < 0 {
			return p, invalid("Offset must be 0 or greater")
		}
	}
	return p, nil
}

// exportRow is a row of any type: a struct that is its JSON.
type exportRow interface {
	cells(into []string) []string // of CSV, appended to into
}

// exportSink writes rows in one format. It must not keep a row.
type exportSink interface {
	write(row exportRow) error
	// close ends the document. n rows of total were written; total is only right for JSON.
	close(n, total int) error
}

// sink makes the writer of the query's format.
func (q *exportQuery) sink(site analytics.SiteID, out *download) exportSink {
	switch q.format {
	case formatCSV:
		return newCSVSink(out, csvHeaders[q.kind])
	case formatNDJSON:
		return &ndjsonSink{newRowEncoder(out)}
	case formatParquet:
		if q.kind == exportEvents {
			return newParquetSink(out, customColumnsOf)
		}
		return newParquetSink(out, viewColumnsOf)
	default:
		return &jsonSink{rowEncoder: newRowEncoder(out), query: q, site: site}
	}
}

// writeExport writes the whole answer.
func (s *Server) writeExport(ctx context.Context, site analytics.SiteID, q *exportQuery, out *download) error {
	if q.kind == exportSummary {
		days, err := s.exportDays(ctx, site, q)
		if err != nil {
			return err
		}
		return writeSummary(q.sink(site, out), q, days)
	}
	run := rowExport{reader: s.deps.Reader, site: site, query: q, sink: q.sink(site, out), skip: q.page.offset, left: q.page.limit}
	if s.sites.rezoning(site) {
		run.around = 1
	}
	if q.format == formatJSON { // only JSON says how many there are
		days, err := s.exportDays(ctx, site, q)
		if err != nil {
			return err
		}
		run.known = make(map[analytics.Day]int, len(days))
		for day, n := range days {
			run.known[day] = int(n.Pageviews)
			if q.kind == exportEvents {
				run.known[day] = int(n.Customs)
			}
		}
	}
	return run.write(ctx)
}

func (s *Server) exportDays(ctx context.Context, site analytics.SiteID, q *exportQuery) (map[analytics.Day]report.DayTotals, error) {
	sum, err := sumOf[*report.DailySum](ctx, s.deps.Reader, site, report.Daily(q.span.Zone), q.span)
	if err != nil {
		return nil, err
	}
	return sum.Days, nil
}

// writeSummary writes a row for each day of the range, also for those without events.
func writeSummary(sink exportSink, q *exportQuery, days map[analytics.Day]report.DayTotals) error {
	total, n := 0, 0
	if q.span.From < q.span.To {
		total = int(q.span.Last-q.span.First) + 1
	}
	for at := q.page.offset; at < total && n < q.page.limit; at++ {
		day := q.span.Last - analytics.Day(at)
		if err := sink.write(summaryRowOf(day, days[day])); err != nil {
			return err
		}
		n++
	}
	return sink.close(n, total)
}
