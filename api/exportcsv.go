package api

import (
	"encoding/csv"
	"fmt"
	"io"
)

// csvHeaders are the first lines of CSV (export.md).
var csvHeaders = map[string][]string{
	exportSummary: {"Date", "Pageviews", "Unique Visitors", "Sessions", "Bounces", "Bounce Rate", "Avg Time on Page"},
	exportPageviews: {"Timestamp", "Page", "Referrer", "UTM Source", "UTM Medium", "UTM Campaign", "Device", "Browser", "OS", "Country", "Region",
		"Time on Page", "Is Bounce"},
	exportEvents: {"Timestamp", "Event Type", "Event Name", "Event Data", "Page", "Device", "Country"},
}

// csvSink writes RFC 4180 that a spreadsheet cannot take for formulas.
type csvSink struct {
	w      *csv.Writer
	header []string // nil: written
	line   []string
}

func newCSVSink(out io.Writer, header []string) *csvSink {
	w := csv.NewWriter(out)
	w.UseCRLF = true
	return &csvSink{w: w, header: header}
}

func (s *csvSink) begin() error {
	header := s.header
	if s.header = nil; header == nil {
		return nil
	}
	return s.w.Write(header)
}

func (s *csvSink) write(row exportRow) error {
	if err := s.begin(); err != nil {
		return err
	}
	s.line = row.cells(s.line[:0])
	for i, cell := range s.line {
		s.line[i] = safeCell(cell)
	}
	return s.w.Write(s.line)
}

func (s *csvSink) close(int, int) error {
	if err := s.begin(); err != nil {
		return err
	}
	s.w.Flush()
	if err := s.w.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// safeCell puts a ' before what a spreadsheet would compute.
func safeCell(cell string) string {
	if cell == "" {
		return cell
	}
	switch cell[0] {
	case '=', '+', '-', '@', '\t', '\r':
		return "'" + cell
	}
	return cell
}
