package analytics

import (
	"fmt"
	"slices"
)

// A closed day is stored as a whole for the import that opens it again, without what its parts have too: the ids of its events, visitors and
// sessions are random bytes, which no compression makes smaller.

// encodeClosedDay writes the whole day into one blob; source has the pages that are away. It needs the day's parts to be read again.
func encodeClosedDay(d *day, source *pageReader) ([]byte, error) {
	bare := *d
	bare.visitors, bare.ids = table[*visitorPage]{slots: slices.Clone(d.visitors.slots)}, idSet{}
	for i := range bare.dims {
		clearRefs(&bare.dims[i].cells)
	}
	c := newCheckpoint()
	c.blob, c.source, c.nameless = 1, source, true
	head := c.encodeDay(nil, &bare, true)
	if c.err != nil {
		return nil, c.err
	}
	return pack(rootVersion, append(putUint(putString(nil, string(head)), uint64(d.ids.count)), c.pages...)), nil
}

// nameless is a copy without the ids of visitors and sessions.
func (p *visitorPage) nameless() *visitorPage {
	c := *p
	c.visitors, c.sessions = slices.Clone(p.visitors), slices.Clone(p.sessions)
	for i := range c.visitors {
		c.visitors[i].id = VisitorID{}
	}
	for i := range c.sessions {
		c.sessions[i].id = SessionID{}
	}
	return &c
}

// Attach opens a closed day again. The site's records may touch it from now on. Errors are those of blobs, and ErrCorrupt.
func (s *State) Attach(number Day, blobs Blobs) error {
	closed, ok := s.findClosed(number)
	if !ok {
		return fmt.Errorf("attach %s of %s: it is not closed", number, s.site)
	}
	blob, err := blobs.Blob(closed.state)
	if err != nil {
		return fmt.Errorf("attach %s of %s: %w", number, s.site, err)
	}
	d, ids, err := decodeClosedDay(blob)
	if err == nil && d.day != number {
		err = fmt.Errorf("blob holds %s: %w", d.day, ErrCorrupt)
	}
	if err == nil {
		err = d.name(ids, s.dedupKey, blobs)
	}
	if err != nil {
		return fmt.Errorf("attach %s of %s: %w", number, s.site, err)
	}
	d.touched = s.logical
	s.insertDay(d)
	s.closed = slices.DeleteFunc(slices.Clone(s.closed), func(c closedDay) bool { return c.day == number })
	return nil
}

// decodeClosedDay reads a closed day without names; ids is how many event ids it knows.
func decodeClosedDay(blob []byte) (d *day, ids int, err error) {
	raw, err := unpack("closed day", rootVersion, blob)
	if err != nil {
		return nil, 0, err
	}
	r := &reader{b: raw}
	head := &reader{b: []byte(r.string())}
	ids = int(r.uint())
	if r.err != nil {
		return nil, 0, r.err
	}
	d, err = head.day(newPageReader("", wholeBlob(r.b), readAhead), everything)
	if err == nil {
		err = head.end()
	}
	if err != nil {
		return nil, 0, err
	}
	for _, dim := range d.dims {
		clearRefs(&dim.cells)
	}
	clearRefs(&d.visitors)
	return d, ids, nil
}

// name gives the day's visitors, sessions and events their ids, which its parts have.
func (d *day) name(events int, dedupKey uint64, blobs Blobs) error {
	visitors, sessions := make([]VisitorID, 0, d.count), make([]SessionID, 0, d.sessions)
	for _, p := range d.parts {
		data, err := blobs.Blob(p.Blob)
		if err != nil {
			return err
		}
		rows, err := DecodePart(data, Sections(SectionRows, SectionIDs, SectionNames))
		if err != nil {
			return err
		}
		if int(rows.FirstVisitor) > len(visitors) || int(rows.FirstSession) > len(sessions) {
			return fmt.Errorf("names of part %d: %w", p.Blob, ErrCorrupt)
		}
		visitors = append(visitors[:rows.FirstVisitor], rows.Visitors...)
		sessions = append(sessions[:rows.FirstSession], rows.Sessions...)
		for i := range rows.List {
			if start, end := rows.idStart(i), rows.idEnds[i]; start < end {
				d.ids.add(hashEventID(dedupKey, EventID(shared(rows.ids[start:end]))))
			}
		}
	}
	if len(visitors) != d.count || len(sessions) != int(d.sessions) || d.ids.count != events {
		return fmt.Errorf("parts name %d of %d visitors, %d of %d sessions, %d of %d events: %w",
			len(visitors), d.count, len(sessions), d.sessions, d.ids.count, events, ErrCorrupt)
	}
	for i := range d.visitors.slots {
		p := d.visitors.write(i)
		for j := range p.visitors {
			p.visitors[j].id = visitors[i*visitorsPerPage+j]
		}
		for j := range p.sessions {
			if int(p.sessions[j].ordinal) >= len(sessions) {
				return fmt.Errorf("session %d of %d: %w", p.sessions[j].ordinal, len(sessions), ErrCorrupt)
			}
			p.sessions[j].id = sessions[p.sessions[j].ordinal]
		}
	}
	d.derive()
	return nil
}
