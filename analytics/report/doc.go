// Package report answers questions from the events themselves: goals, funnels, journeys, heatmaps, filters, the Query API, exports, alerts.
//
// # Words
//
// A Table is the rows of one local day of a site. Visitor ids live one local day and no session crosses it, so a day is a sum over its
// visitors, and a range of days is a sum over its days. A Question says what one visitor's day adds; a Sum adds it up:
//
//   - whole: every visitor of the table is added once
//   - kept current: of the visitors that new rows touch, the old share is taken away and the new one added (rows are only appended, so a
//     visitor's old share is that of its rows before)
//   - over days, and over the slices of a large day: sums are merged
//
// # Rules
//
//	R1 A sum depends on the rows alone: not on how they were cut into parts, nor on when it was updated.
//	R2 A visitor's rows are given in the contract's order: by time, then bytewise by the text of the id.
//	R3 What was added can be taken away again, exactly: sums hold integers, and sets only as counters.
//
// The package is pure. Tables and sums belong to one goroutine while they grow; afterwards many may read them.
package report
