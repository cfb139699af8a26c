package report

import (
	"math"
	"slices"
)

// queryCells are the rows' counters, by number. Of a million campaigns nearly all count little: such a row takes 16 bytes, and one that counts
// much, or values, 72 more.
type queryCells struct {
	small [][]smallCell // pages: the first grows, all others have cellPage rows from the start
	large []queryCell
	spare queryCell // what edit gives of a small one
}

const (
	cellBits = 10
	cellPage = 1 << cellBits // a power of two
)

// smallCell is a queryCell of small numbers, or tells where the large one is.
type smallCell struct {
	visitors, pageviews, events, sessions, bounced, timeFirsts uint8
	isLarge                                                    bool
	durationMS                                                 uint32 // of a large one its index
	timeMS                                                     uint32
}

func (c *queryCells) cell(i int) *smallCell { return &c.small[i>>cellBits][i&(cellPage-1)] }

// add appends an empty row.
func (c *queryCells) add() {
	last := len(c.small) - 1
	switch {
	case last < 0:
		c.small = append(c.small, nil)
		last = 0
	case len(c.small[last]) == cellPage:
		c.small = append(c.small, make([]smallCell, 0, cellPage))
		last++
	}
	c.small[last] = append(c.small[last], smallCell{})
}

// at returns the counters of a row. Its values are shared.
func (c *queryCells) at(i int) queryCell {
	s := c.cell(i)
	if s.isLarge {
		return c.large[s.durationMS]
	}
	return queryCell{
		visitors: int64(s.visitors), pageviews: int64(s.pageviews), events: int64(s.events), sessions: int64(s.sessions), bounced: int64(s.bounced),
		timeFirsts: int64(s.timeFirsts), durationMS: int64(s.durationMS), timeMS: int64(s.timeMS),
	}
}

// edit gives the counters of a row to be changed; then comes put.
func (c *queryCells) edit(i int) *queryCell {
	if s := c.cell(i); s.isLarge {
		return &c.large[s.durationMS]
	}
	c.spare = c.at(i)
	return &c.spare
}

// put keeps what was changed of the row since edit.
func (c *queryCells) put(i int) {
	s, x := c.cell(i), &c.spare
	switch {
	case s.isLarge:
	case x.isSmall():
		*s = smallCell{
			visitors: uint8(x.visitors), pageviews: uint8(x.pageviews), events: uint8(x.events), sessions: uint8(x.sessions), bounced: uint8(x.bounced),
			timeFirsts: uint8(x.timeFirsts), durationMS: uint32(x.durationMS), timeMS: uint32(x.timeMS),
		}
	default:
		*s = smallCell{isLarge: true, durationMS: uint32(len(c.large))}
		c.large = append(c.large, *x)
	}
}

// isSmall tells whether a smallCell can hold the counters. A number below zero is none that it can hold.
func (c *queryCell) isSmall() bool {
	counts := c.visitors | c.pageviews | c.events | c.sessions | c.bounced | c.timeFirsts
	return uint64(counts) <= math.MaxUint8 && uint64(c.durationMS|c.timeMS) <= math.MaxUint32 && c.values == nil
}

// pack keeps the rows that are not empty; moved is told where each goes. It returns how many there are.
func (c *queryCells) pack(rows int, moved func(to, from int)) (kept int) {
	old := *c
	c.large = nil
	for i := range rows {
		c.spare = old.at(i)
		if c.spare.tidy(); c.spare.empty() {
			continue
		}
		*c.cell(kept) = smallCell{}
		c.put(kept)
		moved(kept, i)
		kept++
	}
	c.spare = queryCell{}
	pages := (kept + cellPage - 1) / cellPage
	clear(c.small[pages:])
	if c.small = c.small[:pages]; pages > 0 {
		c.small[pages-1] = slices.Clone(c.small[pages-1][:kept-(pages-1)*cellPage])
	}
	return kept
}

// size is about how many bytes all take.
func (c *queryCells) size() int {
	size := 0
	for _, page := range c.small {
		size += 16 * cap(page)
	}
	for i := range c.large {
		size += c.large[i].size()
	}
	return size
}
