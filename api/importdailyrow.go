package api

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// importDay is what an import says of a local day.
type importDay struct {
	day                           analytics.Day
	pageviews, visitors, sessions int64
}

// importSum adds rows up by their day.
type importSum struct {
	days map[analytics.Day]*importDay
	rows int
}

// importRow is one row in the order of its source; a column that it lacks is "".
type importRow struct{ date, pageviews, visitors, sessions string }

// importColumns says where a source of rows has each member of an importRow; -1: nowhere.
type importColumns struct{ date, pageviews, visitors, sessions int }

// The names of the columns, the more exact one first where a source has several.
var (
	dateNames     = []string{"date"}
	pageviewNames = []string{"screenPageViews", "pageviews"}
	visitorNames  = []string{"totalUsers", "users", "visitors"}
	sessionNames  = []string{"sessions"}
)

// isColumn compares a name with one of the contract, which may have "ga:" in front.
func isColumn(name, want string) bool {
	return strings.EqualFold(strings.TrimPrefix(strings.TrimSpace(name), "ga:"), want)
}

// columnsOf finds the columns by their names.
func columnsOf(names []string) (c importColumns, err error) {
	find := func(wanted []string) int {
		for _, want := range wanted {
			for i, name := range names {
				if isColumn(name, want) {
					return i
				}
			}
		}
		return -1
	}
	c = importColumns{find(dateNames), find(pageviewNames), find(visitorNames), find(sessionNames)}
	switch {
	case c.date < 0:
		return c, badImport("there is no column date")
	case c.pageviews < 0 && c.visitors < 0 && c.sessions < 0:
		return c, badImport("there is no column with pageviews, visitors or sessions")
	}
	return c, nil
}

// row picks the columns of a row.
func (c importColumns) row(cells []string) importRow {
	at := func(i int) string {
		if i < 0 || i >= len(cells) {
			return ""
		}
		return strings.TrimSpace(cells[i])
	}
	return importRow{at(c.date), at(c.pageviews), at(c.visitors), at(c.sessions)}
}

// add takes a row in.
func (s *importSum) add(r importRow) error {
	s.rows++
	day, ok := importDate(r.date)
	if !ok {
		return s.wrong("date", r.date)
	}
	d := importDay{day: day}
	for _, cell := range []struct {
		name, text string
		into       *int64
	}{{"pageviews", r.pageviews, &d.pageviews}, {"visitors", r.visitors, &d.visitors}, {"sessions", r.sessions, &d.sessions}} {
		if *cell.into, ok = importCount(cell.text); !ok {
			return s.wrong(cell.name, cell.text)
		}
	}
	sum := s.days[day]
	if sum == nil {
		s.days[day] = &d
		return nil
	}
	sum.pageviews += d.pageviews
	sum.visitors += d.visitors
	sum.sessions += d.sessions
	return nil
}

func (s *importSum) wrong(column, text string) error {
	if text = cleanText(text); tooLong(text, 40) {
		text = string([]rune(text)[:40]) + "…"
	}
	return badImport(fmt.Sprintf("row %d: invalid %s %q", s.rows, column, text))
}

// The days that an import may name: those that stored events can have, and some to come.
var (
	firstImportDay = analytics.DayOf(time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC))
	lastImportDay  = analytics.DayOf(time.Date(2099, 12, 31, 0, 0, 0, 0, time.UTC))
)

// importDate reads YYYYMMDD, MM/DD/YYYY or YYYY-MM-DD.
func importDate(s string) (analytics.Day, bool) {
	for _, layout := range []string{"20060102", "1/2/2006", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			day := analytics.DayOf(t)
			return day, day >= firstImportDay && day <= lastImportDay
		}
	}
	return 0, false
}

// maxImportCount bounds a cell, so that sums of them stay whole numbers in JSON.
const maxImportCount = 1_000_000_000

// importCount reads a whole number, with or without commas between the thousands; nothing is 0.
func importCount(s string) (n int64, ok bool) {
	if s == "" {
		return 0, true
	}
	if head, rest, grouped := strings.Cut(s, ","); grouped {
		if len(head) < 1 || len(head) > 3 {
			return 0, false
		}
		for _, group := range strings.Split(rest, ",") {
			if len(group) != 3 {
				return 0, false
			}
		}
		s = strings.ReplaceAll(s, ",", "")
	}
	whole, decimals, _ := strings.Cut(s, ".")
	if strings.Trim(decimals, "0") != "" || strings.Trim(whole, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	return n, err == nil && n <= maxImportCount
}

// badImport says why data cannot be read.
func badImport(reason string) *Problem {
	p := invalid("Failed to parse data")
	p.Details = []fieldError{{"data", reason}}
	return p
}

// fieldError is one detail of an error (README §2).
type fieldError struct {
	Field string `json:"field"`
	Error string `json:"error"`
}
