package analytics

import "slices"

// The sections' codecs. A section without entries is left out. Numbers that grow slowly are written as differences.

var partEncoders = [sections]func(r *Rows, b []byte) []byte{
	SectionRows: encodeRowSection, SectionArrivals: encodeArrivals, SectionIDs: encodeIDs, SectionDictionaries: encodeDictionaries,
	SectionCustoms: encodeCustoms, SectionEngagements: encodeEngagements, SectionClicks: encodeClicks, SectionScrolls: encodeScrolls,
	SectionMoves: encodeMoves, SectionNames: encodeNames,
}

var partDecoders = [sections]func(r *Rows, rd *reader, n int){
	SectionRows: decodeRowSection, SectionArrivals: decodeArrivals, SectionIDs: decodeIDs, SectionDictionaries: decodeDictionaries,
	SectionCustoms: decodeCustoms, SectionEngagements: decodeEngagements, SectionClicks: decodeClicks, SectionScrolls: decodeScrolls,
	SectionMoves: decodeMoves, SectionNames: decodeNames,
}

func putFlag(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

func (r *reader) flag() bool { return r.bytes(1)[0] != 0 }

// encodeRowSection writes column after column. Details are not written: they count up by kind.
func encodeRowSection(r *Rows, b []byte) []byte {
	last := int64(0)
	for i := range r.List {
		b = putInt(b, int64(r.List[i].TS)-last)
		last = int64(r.List[i].TS)
	}
	for i := range r.List {
		flags := byte(r.List[i].Kind) << 1
		if r.List[i].Imported {
			flags |= 1
		}
		b = append(b, flags)
	}
	b = encodeOrdinals(b, r.List, r.FirstVisitor, func(row *Row) uint32 { return row.Visitor })
	b = encodeOrdinals(b, r.List, r.FirstSession, func(row *Row) uint32 { return row.Session })
	for i := range r.List {
		b = putUint(b, uint64(r.List[i].Path))
	}
	for i := range r.List {
		b = putUint(b, uint64(r.List[i].Client))
	}
	for i := range r.List {
		b = putUint(b, uint64(r.List[i].Origin))
	}
	return b
}

// encodeOrdinals writes ordinals as their distance below the next one that nobody had yet: who came a moment ago is a small number.
func encodeOrdinals(b []byte, rows []Row, first uint32, of func(*Row) uint32) []byte {
	next := first
	for i := range rows {
		v := of(&rows[i])
		b = putUint(b, uint64(next-v))
		if v >= next {
			next = v + 1
		}
	}
	return b
}

// columnStep is how many numbers of a column are read at a time: the list stays in the processor's nearest cache.
const columnStep = 512

// decodeColumn reads one number a row.
func decodeColumn(rd *reader, rows []Row, set func(rows []Row, list []uint32)) {
	var list [columnStep]uint32
	for len(rows) > 0 {
		n := min(len(rows), columnStep)
		rd.uints(list[:n])
		set(rows[:n], list[:n])
		rows = rows[n:]
	}
}

// ordinals turns distances back into ordinals; next is the one that nobody had yet.
func ordinals(rd *reader, list []uint32, next uint32) uint32 {
	for i, distance := range list {
		v := next - distance
		if v > next {
			rd.fail("ordinal")
			return next
		}
		list[i] = v
		if distance == 0 {
			next++
		}
	}
	return next
}

func decodeRowSection(r *Rows, rd *reader, n int) {
	if n > len(rd.b) {
		rd.fail("rows")
		return
	}
	if r.List = r.List[:0]; n > cap(r.List) {
		r.List = make([]Row, n)
	}
	r.List = r.List[:n] // every field is set below
	last := int32(0)
	decodeColumn(rd, r.List, func(rows []Row, list []uint32) {
		for i, v := range list {
			last += int32(v>>1) ^ -int32(v&1)
			rows[i].TS = last
		}
	})
	if !decodeKinds(r, rd.bytes(n)) {
		rd.fail("kind")
		return
	}
	next := r.FirstVisitor
	decodeColumn(rd, r.List, func(rows []Row, list []uint32) {
		next = ordinals(rd, list, next)
		for i, v := range list {
			rows[i].Visitor = v
		}
	})
	r.most.visitors = next
	next = r.FirstSession
	decodeColumn(rd, r.List, func(rows []Row, list []uint32) {
		next = ordinals(rd, list, next)
		for i, v := range list {
			rows[i].Session = v
		}
	})
	decodeColumn(rd, r.List, func(rows []Row, list []uint32) {
		for i, v := range list {
			rows[i].Path, r.most.path = v, max(r.most.path, v)
		}
	})
	decodeColumn(rd, r.List, func(rows []Row, list []uint32) {
		for i, v := range list {
			rows[i].Client, r.most.client = v, max(r.most.client, v)
		}
	})
	decodeColumn(rd, r.List, func(rows []Row, list []uint32) {
		for i, v := range list {
			rows[i].Origin, r.most.origin = v, max(r.most.origin, v)
		}
	})
}

// decodeKinds sets the kinds and counts up the details; it is false with a kind that does not exist.
func decodeKinds(r *Rows, flags []byte) bool {
	details := &r.most.details
	for i, f := range flags[:min(len(flags), len(r.List))] {
		row := &r.List[i]
		row.Kind, row.Imported, row.Detail = Kind(f>>1), f&1 != 0, 0
		if row.Kind < Pageview || row.Kind > Move {
			return false
		}
		if row.Kind != Pageview && row.Kind != Heartbeat {
			row.Detail = details[row.Kind]
			details[row.Kind]++
		}
	}
	return true
}

func encodeArrivals(r *Rows, b []byte) []byte {
	pos := Pos(0)
	for i := range r.Arrivals {
		b = putInt(b, int64(r.Arrivals[i].Pos-pos))
		pos = r.Arrivals[i].Pos
	}
	index := int64(0)
	for i := range r.Arrivals {
		b = putInt(b, int64(r.Arrivals[i].Index)-index-1)
		index = int64(r.Arrivals[i].Index)
	}
	for i := range r.Arrivals {
		b = putInt(b, r.Arrivals[i].Received-r.Base-int64(r.List[i].TS))
	}
	return b
}

func decodeArrivals(r *Rows, rd *reader, n int) {
	if n > len(rd.b) || len(r.List) != n {
		rd.fail("arrivals")
		return
	}
	r.Arrivals = make([]Arrival, n)
	pos, index := Pos(0), int64(0)
	for i := range r.Arrivals {
		pos += Pos(rd.int())
		r.Arrivals[i].Pos = pos
	}
	for i := range r.Arrivals {
		index += rd.int() + 1
		r.Arrivals[i].Index = uint32(index)
	}
	for i := range r.Arrivals {
		r.Arrivals[i].Received = rd.int() + r.Base + int64(r.List[i].TS)
	}
}

func encodeIDs(r *Rows, b []byte) []byte {
	last := uint32(0)
	for _, end := range r.idEnds {
		b = putUint(b, uint64(end-last))
		last = end
	}
	return append(b, r.ids...)
}

func decodeIDs(r *Rows, rd *reader, n int) {
	if n > len(rd.b) {
		rd.fail("ids")
		return
	}
	r.idEnds = make([]uint32, n)
	last := uint64(0)
	for i := range r.idEnds {
		last += rd.uint()
		r.idEnds[i] = uint32(min(last, maxSection))
	}
	if last != uint64(len(rd.b)) {
		rd.fail("ids")
		return
	}
	r.ids = rd.bytes(len(rd.b))
}

func encodeDictionaries(r *Rows, b []byte) []byte {
	b = putUint(b, uint64(len(r.Texts)-1))
	for _, s := range r.Texts[1:] {
		b = putString(b, s)
	}
	b = putUint(b, uint64(len(r.Clients)))
	for i := range r.Clients {
		c := &r.Clients[i]
		for _, s := range [...]string{c.Country, c.Region, c.Device, c.Browser, c.BrowserVersion, c.OS, c.OSVersion} {
			b = putString(b, s)
		}
	}
	b = putUint(b, uint64(len(r.Origins)-1))
	for i := range r.Origins[1:] {
		o := &r.Origins[i+1]
		for _, s := range [...]string{o.Referrer, o.Channel, o.Source, o.UTM.Source, o.UTM.Medium, o.UTM.Campaign, o.UTM.Term, o.UTM.Content} {
			b = putString(b, s)
		}
	}
	return b
}

func decodeDictionaries(r *Rows, rd *reader, _ int) {
	rd.shareTexts()
	n := rd.count(1)
	r.Texts = slices.Grow(r.Texts, n)
	for range n {
		r.Texts = append(r.Texts, rd.string())
	}
	n = rd.count(7)
	r.Clients = slices.Grow(r.Clients, n)
	for range n {
		r.Clients = append(r.Clients, Client{rd.string(), rd.string(), rd.string(), rd.string(), rd.string(), rd.string(), rd.string()})
	}
	n = rd.count(8)
	r.Origins = slices.Grow(r.Origins, n)
	for range n {
		r.Origins = append(r.Origins, Origin{
			rd.string(), rd.string(), rd.string(), UTM{rd.string(), rd.string(), rd.string(), rd.string(), rd.string()},
		})
	}
}
