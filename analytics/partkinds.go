package analytics

// encodeCustoms writes properties beside their event; an event without has an empty list.
func encodeCustoms(r *Rows, b []byte) []byte {
	for i := range r.Customs {
		c := &r.Customs[i]
		b = putUint(b, uint64(c.Action))
		b = putUint(b, uint64(c.Category))
		b = putUint(b, uint64(c.Label))
		b = putFlag(b, c.HasValue)
		if c.HasValue {
			b = putInt(b, int64(c.Value))
		}
		list := r.Properties[c.Properties]
		b = putUint(b, uint64(len(list)))
		for _, p := range list {
			b = putString(b, p.Key)
			b = append(b, byte(p.Type))
			b = putString(b, p.Text)
		}
	}
	return b
}

func decodeCustoms(r *Rows, rd *reader, _ int) {
	r.Customs = make([]CustomRow, 0, r.most.details[Custom])
	for len(rd.b) > 0 {
		c := CustomRow{Action: uint32(rd.uint()), Category: uint32(rd.uint()), Label: uint32(rd.uint()), HasValue: rd.flag()}
		if c.HasValue {
			c.Value = Fixed(rd.int())
		}
		if n := rd.count(3); n > 0 {
			list := make([]Property, n)
			for i := range list {
				list[i] = Property{rd.string(), PropertyType(rd.bytes(1)[0]), rd.string()}
			}
			c.Properties = uint32(len(r.Properties))
			r.Properties = append(r.Properties, list)
		}
		r.Customs = append(r.Customs, c)
	}
}

func encodeEngagements(r *Rows, b []byte) []byte {
	for i := range r.Engagements {
		e := &r.Engagements[i]
		b = putUint(b, uint64(e.TimeOnPage))
		b = putUint(b, uint64(e.Seq))
		b = append(b, byte(e.IsBounce))
	}
	return b
}

// decodeEngagements reads as many as the rows have; what is over is an error. Flags read as numbers do.
func decodeEngagements(r *Rows, rd *reader, _ int) {
	r.Engagements = make([]EngagementRow, r.most.details[Engagement])
	var list [columnStep / 3 * 3]uint32
	for rows := r.Engagements; len(rows) > 0; {
		n := min(len(rows), len(list)/3)
		rd.uints(list[:3*n])
		for i := range rows[:n] {
			if list[3*i+2] > uint32(True) {
				rd.fail("bounce of an engagement")
				return
			}
			rows[i] = EngagementRow{int32(list[3*i]), int32(list[3*i+1]), Tri(list[3*i+2])}
		}
		rows = rows[n:]
	}
}

func encodeClicks(r *Rows, b []byte) []byte {
	for i := range r.Clicks {
		c := &r.Clicks[i]
		for _, v := range [...]int32{c.X, c.Y, c.ViewportW, c.ViewportH} {
			b = putUint(b, uint64(v))
		}
		for _, v := range [...]uint32{c.Selector, c.Element, c.Text} {
			b = putUint(b, uint64(v))
		}
		b = putUint(b, uint64(c.SinceLoad))
		b = putUint(b, uint64(c.Rage))
		b = putFlag(putFlag(b, c.HasSinceLoad), c.Dead)
	}
	return b
}

func decodeClicks(r *Rows, rd *reader, _ int) {
	for len(rd.b) > 0 {
		r.Clicks = append(r.Clicks, ClickRow{
			X: int32(rd.uint()), Y: int32(rd.uint()), ViewportW: int32(rd.uint()), ViewportH: int32(rd.uint()),
			Selector: uint32(rd.uint()), Element: uint32(rd.uint()), Text: uint32(rd.uint()),
			SinceLoad: int32(rd.uint()), Rage: int32(rd.uint()), HasSinceLoad: rd.flag(), Dead: rd.flag(),
		})
	}
}

func putPairs(b []byte, pairs []Pair) []byte {
	b = putUint(b, uint64(len(pairs)))
	for _, p := range pairs {
		b = putInt(putInt(b, int64(p[0])), int64(p[1]))
	}
	return b
}

func (r *reader) pairs() []Pair {
	n := r.count(2)
	if n == 0 {
		return nil
	}
	out := make([]Pair, n)
	for i := range out {
		out[i] = Pair{int32(r.int()), int32(r.int())}
	}
	return out
}

func encodeScrolls(r *Rows, b []byte) []byte {
	for i := range r.Scrolls {
		s := &r.Scrolls[i]
		for _, v := range [...]int32{s.Depth, s.ViewportW, s.ViewportH, s.DocumentH} {
			b = putUint(b, uint64(v))
		}
		b = putPairs(b, s.Dwell)
	}
	return b
}

func decodeScrolls(r *Rows, rd *reader, _ int) {
	for len(rd.b) > 0 {
		r.Scrolls = append(r.Scrolls, ScrollRow{int32(rd.uint()), int32(rd.uint()), int32(rd.uint()), int32(rd.uint()), rd.pairs()})
	}
}

func encodeMoves(r *Rows, b []byte) []byte {
	for i := range r.Moves {
		m := &r.Moves[i]
		b = putUint(putUint(b, uint64(m.ViewportW)), uint64(m.ViewportH))
		b = putPairs(b, m.Points)
	}
	return b
}

func decodeMoves(r *Rows, rd *reader, _ int) {
	for len(rd.b) > 0 {
		r.Moves = append(r.Moves, MoveRow{int32(rd.uint()), int32(rd.uint()), rd.pairs()})
	}
}

func encodeNames(r *Rows, b []byte) []byte {
	if len(r.Visitors)+len(r.Sessions) == 0 {
		return b
	}
	b = putUint(b, uint64(len(r.Visitors)))
	for i := range r.Visitors {
		b = append(b, r.Visitors[i][:]...)
	}
	for i := range r.Sessions {
		b = append(b, r.Sessions[i][:]...)
	}
	return b
}

func decodeNames(r *Rows, rd *reader, _ int) {
	r.Visitors = make([]VisitorID, rd.count(16))
	for i := range r.Visitors {
		r.Visitors[i] = VisitorID(rd.bytes(16))
	}
	r.Sessions = make([]SessionID, 0, len(rd.b)/16)
	for len(rd.b) > 0 {
		r.Sessions = append(r.Sessions, SessionID(rd.bytes(16)))
	}
}
