package analytics

import (
	"hash/maphash"
	"slices"
	"strings"
)

// Sizes of runs of rows.
const (
	partRows  = 64 << 10 // the most rows of a part
	partBytes = 16 << 20 // the most that a part's rows refer to, but for its last row: no section may reach maxSection
	sealFrom  = 4 << 10  // a checkpoint makes a part of a head from this many rows on; a smaller one is stored again each time
	sealBytes = 1 << 20  // or of one that refers to so many bytes

	doubleFrom = 64 << 10 // bytes of ids from which on their room is doubled; below, a quarter more, as append does, wastes less
)

// head collects the newest rows of an open day: those that are in no part yet.
type head struct {
	rows Rows

	// derived
	bytes   int // of the texts, ids and lists that the rows refer to
	texts   map[string]uint32
	clients byHash[Client]
	origins byHash[Origin]

	// derived: what a Decoder keeps once is found by its place there, which saves hashing seven or eight strings an event
	knownClients known[Client]
	knownOrigins known[Origin]
	paths        []pathIDs // by the number of the text
}

// known has the numbers of values that a Decoder keeps, by their places there.
type known[T any] []struct {
	value  *T
	number uint32
}

func (k known[T]) find(c common[T]) (uint32, bool) {
	if int(c.place) >= len(k) || k[c.place].value != c.value || c.value == nil {
		return 0, false
	}
	return k[c.place].number, true
}

// add notes the number of a value. With the first one of a decoder that forgot all it had, all is forgotten here.
func (k *known[T]) add(c common[T], number uint32) {
	if c.value == nil {
		return
	}
	if c.place == 0 {
		*k = nil
	}
	if n := int(c.place) + 1; n > len(*k) {
		*k = append(*k, make(known[T], n-len(*k))...)
	}
	(*k)[c.place].value, (*k)[c.place].number = c.value, number
}

// byHash finds the values of a list, which are large: as keys of a map each would be there twice. Values with the same hash stand one behind the other.
type byHash[T comparable] map[uint64]uint32

var valueSeed = maphash.MakeSeed()

func (m byHash[T]) find(list []T, value *T) (uint32, bool) {
	for h := maphash.Comparable(valueSeed, *value); ; h++ {
		if i, ok := m[h]; !ok || list[i] == *value {
			return i, ok
		}
	}
}

// add notes the place of a value that is not there.
func (m byHash[T]) add(value *T, i uint32) {
	h := maphash.Comparable(valueSeed, *value)
	for _, taken := m[h]; taken; _, taken = m[h] {
		h++
	}
	m[h] = i
}

// pathIDs are the ids of a path in dimensions of its day, plus 1; 0: not looked up yet. They hold while a dimension has a place for every value.
type pathIDs struct{ page, exit uint32 }

func newHead(base int64, firstVisitor, firstSession uint32) *head {
	h := &head{rows: Rows{
		Base: base, Texts: []string{""}, Origins: []Origin{{}}, Properties: [][]Property{nil},
		FirstVisitor: firstVisitor, FirstSession: firstSession,
	}}
	h.derive()
	return h
}

// headOf goes on with rows that were frozen or stored.
func headOf(rows *Rows) *head {
	h := &head{rows: *rows.frozen()}
	h.derive()
	return h
}

func (h *head) derive() {
	h.bytes = h.rows.referred()
	h.texts = make(map[string]uint32, len(h.rows.Texts))
	for i, s := range h.rows.Texts {
		h.texts[s] = uint32(i)
	}
	h.clients = make(byHash[Client], len(h.rows.Clients))
	for i := range h.rows.Clients {
		h.clients.add(&h.rows.Clients[i], uint32(i))
	}
	h.origins = make(byHash[Origin], len(h.rows.Origins))
	for i := range h.rows.Origins {
		h.origins.add(&h.rows.Origins[i], uint32(i))
	}
	h.knownClients, h.knownOrigins = nil, nil
	h.paths = make([]pathIDs, len(h.rows.Texts))
}

// full tells that the rows are to become a part.
func (h *head) full() bool { return h.rows.Len() >= partRows || h.bytes >= partBytes }

// sealed tells whether a checkpoint makes a part of them.
func (h *head) sealed() bool { return h.rows.Len() >= sealFrom || h.bytes >= sealBytes }

func (h *head) text(s string) uint32 {
	i, ok := h.texts[s]
	if !ok {
		i, s = uint32(len(h.rows.Texts)), strings.Clone(s)
		h.rows.Texts, h.paths = append(h.rows.Texts, s), append(h.paths, pathIDs{})
		h.texts[s] = i
		h.bytes += len(s)
	}
	return i
}

func (h *head) client(e *Event) uint32 {
	i, ok := h.knownClients.find(e.commonClient)
	if ok {
		return i
	}
	c := *e.client()
	if i, ok = h.clients.find(h.rows.Clients, &c); !ok {
		c = c.Clone()
		i = uint32(len(h.rows.Clients))
		h.rows.Clients = append(h.rows.Clients, c)
		h.clients.add(&c, i)
	}
	h.knownClients.add(e.commonClient, i)
	return i
}

func (h *head) origin(e *Event) uint32 {
	if e.Kind != Pageview {
		return 0
	}
	i, ok := h.knownOrigins.find(e.commonOrigin)
	if ok {
		return i
	}
	o := *e.origin()
	if i, ok = h.origins.find(h.rows.Origins, &o); !ok {
		o = o.Clone()
		i = uint32(len(h.rows.Origins))
		h.rows.Origins = append(h.rows.Origins, o)
		h.bytes += o.bytes()
		h.origins.add(&o, i)
	}
	h.knownOrigins.add(e.commonOrigin, i)
	return i
}

// add appends the event's row. path is the number of its text, visitor and session are its ordinals in the day.
func (h *head) add(e *Event, at Arrival, path, visitor, session uint32, sessionID SessionID) {
	r := &h.rows
	if len(r.List) == cap(r.List) { // twice as many: append would take a quarter more, and copy every row four times
		r.reserve(max(16, len(r.List)))
	}
	r.List = append(r.List, Row{
		TS: int32(e.TS - r.Base), Kind: e.Kind, Imported: e.Imported, Visitor: visitor, Session: session,
		Path: path, Client: h.client(e), Origin: h.origin(e), Detail: h.detail(e),
	})
	r.Arrivals = append(r.Arrivals, at)
	if n := len(r.ids); n >= doubleFrom && n+len(e.ID) > cap(r.ids) {
		r.ids = roomier(r.ids, n)
	}
	r.ids = append(r.ids, e.ID...)
	h.bytes += len(e.ID)
	r.idEnds = append(r.idEnds, uint32(len(r.ids)))
	if visitor == r.FirstVisitor+uint32(len(r.Visitors)) {
		r.Visitors = append(r.Visitors, e.Visitor)
	}
	if session == r.FirstSession+uint32(len(r.Sessions)) {
		r.Sessions = append(r.Sessions, sessionID)
	}
}

// reserve makes room for n rows more.
func (r *Rows) reserve(n int) {
	r.List, r.Arrivals, r.idEnds = roomier(r.List, n), roomier(r.Arrivals, n), roomier(r.idEnds, n)
}

// roomier is the list with room for n more, which is not touched, as slices.Grow does: that the system gives out memory page by page is most of
// what a list costs that grows.
func roomier[T any](list []T, n int) []T {
	out := make([]T, len(list), len(list)+n)
	copy(out, list)
	return out
}

func (h *head) detail(e *Event) uint32 {
	r := &h.rows
	switch e.Kind {
	case Custom:
		c := CustomRow{Action: h.text(e.Action), Category: h.text(e.Category), Label: h.text(e.Label), Value: e.Value, HasValue: e.HasValue}
		if len(e.Properties) > 0 {
			c.Properties = uint32(len(r.Properties))
			r.Properties = append(r.Properties, h.properties(e.Properties))
			h.bytes += propertyBytes * len(e.Properties)
		}
		r.Customs = append(r.Customs, c)
		return uint32(len(r.Customs) - 1)
	case Engagement:
		r.Engagements = append(r.Engagements, EngagementRow{e.TimeOnPage, e.Seq, e.IsBounce})
		return uint32(len(r.Engagements) - 1)
	case Click:
		r.Clicks = append(r.Clicks, ClickRow{
			X: e.X, Y: e.Y, ViewportW: e.ViewportW, ViewportH: e.ViewportH, Selector: h.text(e.Selector), Element: h.text(e.Element),
			Text: h.text(e.Text), SinceLoad: e.SinceLoad, Rage: e.Rage, HasSinceLoad: e.HasSinceLoad, Dead: e.Dead,
		})
		return uint32(len(r.Clicks) - 1)
	case Scroll:
		r.Scrolls = append(r.Scrolls, ScrollRow{e.Depth, e.ViewportW, e.ViewportH, e.DocumentH, slices.Clone(e.Dwell)})
		h.bytes += pairBytes * len(e.Dwell)
		return uint32(len(r.Scrolls) - 1)
	case Move:
		r.Moves = append(r.Moves, MoveRow{e.ViewportW, e.ViewportH, slices.Clone(e.Points)})
		h.bytes += pairBytes * len(e.Points)
		return uint32(len(r.Moves) - 1)
	}
	return 0
}

// properties copies a list of properties; keys and values share the dictionary's memory.
func (h *head) properties(list []Property) []Property {
	out := make([]Property, len(list))
	for i, p := range list {
		out[i] = Property{h.rows.Texts[h.text(p.Key)], p.Type, h.rows.Texts[h.text(p.Text)]}
	}
	return out
}

// event makes the event of row i again, but for the client's sessionId, which is not kept.
func (r *Rows) event(p Partition, i int) Event {
	row, at := &r.List[i], &r.Arrivals[i]
	e := Event{
		ID: r.EventID(p, i), TS: r.Base + int64(row.TS), ReceivedAt: at.Received, Kind: row.Kind, Imported: row.Imported,
		Path: r.Texts[row.Path],
	}
	e.setClient(&r.Clients[row.Client])
	e.setOrigin(&r.Origins[row.Origin])
	switch row.Kind {
	case Custom:
		d := &r.Customs[row.Detail]
		e.Action, e.Category, e.Label = r.Texts[d.Action], r.Texts[d.Category], r.Texts[d.Label]
		e.Value, e.HasValue, e.Properties = d.Value, d.HasValue, r.Properties[d.Properties]
	case Engagement:
		d := &r.Engagements[row.Detail]
		e.TimeOnPage, e.Seq, e.IsBounce = d.TimeOnPage, d.Seq, d.IsBounce
	case Click:
		d := &r.Clicks[row.Detail]
		e.X, e.Y, e.ViewportW, e.ViewportH = d.X, d.Y, d.ViewportW, d.ViewportH
		e.Selector, e.Element, e.Text = r.Texts[d.Selector], r.Texts[d.Element], r.Texts[d.Text]
		e.SinceLoad, e.HasSinceLoad, e.Rage, e.Dead = d.SinceLoad, d.HasSinceLoad, d.Rage, d.Dead
	case Scroll:
		d := &r.Scrolls[row.Detail]
		e.Depth, e.ViewportW, e.ViewportH, e.DocumentH, e.Dwell = d.Depth, d.ViewportW, d.ViewportH, d.DocumentH, d.Dwell
	case Move:
		d := &r.Moves[row.Detail]
		e.ViewportW, e.ViewportH, e.Points = d.ViewportW, d.ViewportH, d.Points
	}
	return e
}
