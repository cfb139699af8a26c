package report

import "github.com/ztas-io/ztas/analytics"

// noNumber stands for the value of sessions whose entry does not give one.
const noNumber = ^uint32(0)

// sessionName tells by which attribute sessions are counted: the number of its value in the table, and the value of a number. A session
// without core event has the client of its first row and came from nowhere (realtime.md).
func sessionName(t *Table, property string) (number func(*Session) uint32, label func(uint32) string) {
	if value := clientValues[property]; value != nil {
		number = func(s *Session) uint32 {
			if s.HasCore() {
				return t.Rows[s.Entry].Client
			}
			return t.Rows[s.Rows[0]].Client
		}
		return number, func(client uint32) string { return value(&t.Clients[client]) }
	}
	if value := originValues[property]; value != nil {
		number = func(s *Session) uint32 {
			if s.HasCore() && t.Rows[s.Entry].Kind == analytics.Pageview {
				return t.Rows[s.Entry].Origin
			}
			return noNumber
		}
		return number, func(origin uint32) string {
			if origin == noNumber {
				return value(direct)
			}
			return value(t.Origin(origin))
		}
	}
	number = func(s *Session) uint32 {
		switch {
		case !s.HasCore():
			return noNumber
		case property == "exit_page":
			return t.Rows[s.Exit].Path
		default:
			return t.Rows[s.Entry].Path
		}
	}
	return number, func(path uint32) string {
		if path == noNumber {
			return noValue
		}
		return shown(t.Texts[path])
	}
}

// place is the row of a value by its number in the table.
func (a *queryAdder) place(number uint32) int {
	at := &a.none
	if number != noNumber {
		for int(number) >= len(a.places) {
			a.places = append(a.places, 0)
		}
		at = &a.places[number]
	}
	if *at == 0 {
		*at = a.s.cell(a.label(number)) + 1
	}
	return *at - 1
}

// bucket is the row of a time (ms since the day's start); -1 is none.
func (a *queryAdder) bucket(ts int32) int {
	hour := 0
	switch a.q.grain {
	case intervalHour:
		hour = a.t.Hour(ts)
	case intervalDay:
	default:
		return -1
	}
	for hour >= len(a.hours) {
		a.hours = append(a.hours, 0)
	}
	if a.hours[hour] == 0 {
		date := a.t.Day.String()
		if a.q.grain == intervalHour {
			date = a.q.zone.HourDate(a.t.Bounds[hour])
		}
		a.hours[hour] = a.s.cell(date) + 1
	}
	return a.hours[hour] - 1
}
