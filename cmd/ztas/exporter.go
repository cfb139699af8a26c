package main

import (
	"bufio"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// eventSink writes stored events in one format.
type eventSink interface {
	write(e *report.StoredEvent) error
	close() error
}

func newEventSink(out io.Writer, format string) eventSink {
	buffered := bufio.NewWriterSize(out, 256<<10)
	if format == "parquet" {
		return &parquetEvents{out: buffered, w: parquet.NewGenericWriter[report.StoredEvent](buffered, parquet.Compression(&parquet.Zstd))}
	}
	return &ndjsonEvents{buffered}
}

// ndjsonEvents writes one event a line.
type ndjsonEvents struct{ out *bufio.Writer }

func (s *ndjsonEvents) write(e *report.StoredEvent) error {
	line, err := e.Line()
	if err != nil {
		return err
	}
	_, err = s.out.Write(append(line, '\n'))
	return err
}

func (s *ndjsonEvents) close() error { return s.out.Flush() }

// eventGroup is how many events are collected for a row group of parquet.
const eventGroup = 16 << 10

// parquetEvents writes row groups. Each event's checksum is that of its line.
type parquetEvents struct {
	out     *bufio.Writer
	w       *parquet.GenericWriter[report.StoredEvent]
	pending int
}

func (s *parquetEvents) write(e *report.StoredEvent) error {
	if _, err := e.Line(); err != nil {
		return err
	}
	if _, err := s.w.Write([]report.StoredEvent{*e}); err != nil {
		return fmt.Errorf("write row: %w", err)
	}
	if s.pending++; s.pending < eventGroup {
		return nil
	}
	s.pending = 0
	return s.w.Flush()
}

func (s *parquetEvents) close() error {
	if err := s.w.Close(); err != nil {
		return err
	}
	return s.out.Flush()
}

// dayNames keeps the ids of the visitors and sessions of a day, which each run of rows names only once.
type dayNames struct {
	day      analytics.Day
	visitors []analytics.VisitorID
	sessions []analytics.SessionID
}

// take takes in the names of a run.
func (n *dayNames) take(day analytics.Day, r *analytics.Rows) {
	if day != n.day {
		*n = dayNames{day: day}
	}
	if known := len(n.visitors) - int(r.FirstVisitor); known >= 0 && known < len(r.Visitors) {
		n.visitors = append(n.visitors, r.Visitors[known:]...)
	}
	if known := len(n.sessions) - int(r.FirstSession); known >= 0 && known < len(r.Sessions) {
		n.sessions = append(n.sessions, r.Sessions[known:]...)
	}
}

// writeRun writes the rows of a run, and returns how many.
func (n *dayNames) writeRun(sink eventSink, site analytics.SiteID, day analytics.Day, r *analytics.Rows) (int, error) {
	n.take(day, r)
	for i := range r.List {
		row := &r.List[i]
		if int(row.Visitor) >= len(n.visitors) || int(row.Session) >= len(n.sessions) {
			return i, fmt.Errorf("row %d of a run of %s belongs to a visitor or session without name", i, day)
		}
		e, err := report.StoredRow(site, r, i, n.visitors[row.Visitor], n.sessions[row.Session])
		if err == nil {
			err = sink.write(e)
		}
		if err != nil {
			return i, fmt.Errorf("write row %d of a run of %s: %w", i, day, err)
		}
	}
	return r.Len(), nil
}
