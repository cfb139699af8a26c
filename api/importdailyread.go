package api

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// importFormats are the readers of the formats by name. data is what the request has, neither null nor "".
var importFormats = map[string]func(data json.RawMessage, add func(importRow) error) error{
	"csv":     func(data json.RawMessage, add func(importRow) error) error { return readCSVDays(data, false, add) },
	"ua-csv":  func(data json.RawMessage, add func(importRow) error) error { return readCSVDays(data, true, add) },
	"json":    readJSONDays,
	"ga4-api": readGA4Days,
}

// readImport reads daily history: its days, ascending, and how many rows they came in. Errors are the contract's, with a reason.
func readImport(format string, data json.RawMessage) (days []importDay, rows int, err error) {
	sum := &importSum{days: make(map[analytics.Day]*importDay)}
	if err := importFormats[format](data, sum.add); err != nil {
		return nil, 0, err
	}
	if sum.rows == 0 {
		return nil, 0, badImport("there are no rows")
	}
	for _, day := range slices.SortedFunc(maps.Values(sum.days), func(a, b *importDay) int { return cmp.Compare(a.day, b.day) }) {
		days = append(days, *day)
	}
	return days, sum.rows, nil
}

// readCSVDays reads a string with a header row. Lines that begin with # are comments of the export. The rows without a date at the end of a
// Universal Analytics export are its totals.
func readCSVDays(data json.RawMessage, totals bool, add func(importRow) error) error {
	var text string
	if json.Unmarshal(data, &text) != nil {
		return badImport("a string with a header row is needed")
	}
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	r.Comment, r.FieldsPerRecord, r.ReuseRecord, r.TrimLeadingSpace = '#', -1, true, true
	head, err := r.Read()
	if err != nil {
		return csvProblem(err)
	}
	columns, err := columnsOf(head)
	if err != nil {
		return err
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return csvProblem(err)
		}
		row := columns.row(cells)
		if row == (importRow{}) || totals && row.date == "" {
			continue
		}
		if err := add(row); err != nil {
			return err
		}
	}
}

func csvProblem(err error) error {
	var bad *csv.ParseError
	switch {
	case errors.Is(err, io.EOF):
		return badImport("there is no header row")
	case errors.As(err, &bad):
		return badImport(fmt.Sprintf("line %d: %v", bad.Line, bad.Err))
	}
	return badImport("not CSV")
}

// readJSONDays reads an array of objects.
func readJSONDays(data json.RawMessage, add func(importRow) error) error {
	d := json.NewDecoder(bytes.NewReader(unquoted(data)))
	d.UseNumber()
	if token, err := d.Token(); err != nil || token != json.Delim('[') {
		return badImport("an array of objects is needed")
	}
	for n := 1; d.More(); n++ {
		var members map[string]any
		if err := d.Decode(&members); err != nil || members == nil {
			return badImport(fmt.Sprintf("row %d: an object is needed", n))
		}
		var row importRow
		for _, cell := range []struct {
			names []string
			into  *string
		}{{dateNames, &row.date}, {pageviewNames, &row.pageviews}, {visitorNames, &row.visitors}, {sessionNames, &row.sessions}} {
			var ok bool
			if *cell.into, ok = memberText(members, cell.names); !ok {
				return badImport(fmt.Sprintf("row %d: %s must be a string or a number", n, cell.names[0]))
			}
		}
		if err := add(row); err != nil {
			return err
		}
	}
	if _, err := d.Token(); err != nil {
		return badImport("the array does not end")
	}
	return nil
}

// memberText finds the member of the first of the names; none is "".
func memberText(members map[string]any, names []string) (text string, ok bool) {
	for _, want := range names {
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if !isColumn(name, want) {
				continue
			}
			switch v := members[name].(type) {
			case string:
				return strings.TrimSpace(v), true
			case json.Number:
				return v.String(), true
			case nil:
				return "", true
			default:
				return "", false
			}
		}
	}
	return "", true
}

// ga4Answer is an answer of the Google Analytics Data API.
type ga4Answer struct {
	DimensionHeaders []struct{ Name string } `json:"dimensionHeaders"`
	MetricHeaders    []struct{ Name string } `json:"metricHeaders"`
	Rows             []struct {
		DimensionValues []struct{ Value string } `json:"dimensionValues"`
		MetricValues    []struct{ Value string } `json:"metricValues"`
	} `json:"rows"`
}

// readGA4Days reads dimensions and metrics as the columns of one table.
func readGA4Days(data json.RawMessage, add func(importRow) error) error {
	var a ga4Answer
	if err := json.Unmarshal(unquoted(data), &a); err != nil {
		return badImport("an object with dimensionHeaders, metricHeaders and rows is needed")
	}
	var names []string
	for _, h := range a.DimensionHeaders {
		names = append(names, h.Name)
	}
	for _, h := range a.MetricHeaders {
		names = append(names, h.Name)
	}
	columns, err := columnsOf(names)
	if err != nil {
		return err
	}
	cells := make([]string, len(names))
	for i, r := range a.Rows {
		if len(r.DimensionValues) != len(a.DimensionHeaders) || len(r.MetricValues) != len(a.MetricHeaders) {
			return badImport(fmt.Sprintf("row %d: as many values as headers are needed", i+1))
		}
		for n, v := range r.DimensionValues {
			cells[n] = v.Value
		}
		for n, v := range r.MetricValues {
			cells[len(a.DimensionHeaders)+n] = v.Value
		}
		if err := add(columns.row(cells)); err != nil {
			return err
		}
	}
	return nil
}

// unquoted gives JSON that was sent as a string.
func unquoted(data json.RawMessage) []byte {
	var text string
	if json.Unmarshal(data, &text) == nil {
		return []byte(text)
	}
	return data
}
