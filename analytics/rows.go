package analytics

import (
	"slices"
	"strings"
)

// Row is one stored event of a local day: what every question reads. Texts, clients and origins are numbers in the dictionaries of the Rows
// that hold it; 0 is the empty text.
type Row struct {
	TS       int32 // event time, ms since the day's start
	Kind     Kind
	Imported bool
	Visitor  uint32 // ordinal in the day, in the order of their first rows
	Session  uint32 // ordinal in the day, likewise
	Path     uint32 // text
	Client   uint32
	Origin   uint32 // of a pageview; 0 of all others
	Detail   uint32 // in the table of the row's kind; 0 of kinds without
}

// Arrival is where and when a row came.
type Arrival struct {
	Pos      Pos
	Received int64  // UTC ms
	Index    uint32 // among the site's records of the block
}

// Client is what is known of a visitor's machine and place.
type Client struct {
	Country, Region         string
	Device                  string
	Browser, BrowserVersion string
	OS, OSVersion           string
}

// Clone is a copy whose texts share no memory with others.
func (c Client) Clone() Client {
	for _, s := range [...]*string{&c.Country, &c.Region, &c.Device, &c.Browser, &c.BrowserVersion, &c.OS, &c.OSVersion} {
		*s = strings.Clone(*s)
	}
	return c
}

// Origin is where a pageview came from. The zero value is that of every other kind.
type Origin struct {
	Referrer, Channel, Source string
	UTM                       UTM
}

// Clone is a copy whose texts share no memory with others.
func (o Origin) Clone() Origin {
	u := &o.UTM
	for _, s := range [...]*string{&o.Referrer, &o.Channel, &o.Source, &u.Source, &u.Medium, &u.Campaign, &u.Term, &u.Content} {
		*s = strings.Clone(*s)
	}
	return o
}

// bytes counts those of the texts.
func (o *Origin) bytes() int {
	u := &o.UTM
	return len(o.Referrer) + len(o.Channel) + len(o.Source) + len(u.Source) + len(u.Medium) + len(u.Campaign) + len(u.Term) + len(u.Content)
}

// CustomRow is the detail of a custom event. Texts are numbers in Rows.Texts.
type CustomRow struct {
	Action, Category, Label uint32
	Properties              uint32 // in Rows.Properties; 0: none
	Value                   Fixed
	HasValue                bool
}

// EngagementRow is the detail of an engagement.
type EngagementRow struct {
	TimeOnPage int32 // ms
	Seq        int32
	IsBounce   Tri
}

// ClickRow is the detail of a click. Texts are numbers in Rows.Texts.
type ClickRow struct {
	X, Y, ViewportW, ViewportH int32 // CSS px
	Selector, Element, Text    uint32
	SinceLoad                  int32 // ms; valid with HasSinceLoad
	Rage                       int32 // 0: null
	HasSinceLoad, Dead         bool
}

// ScrollRow is the detail of a scroll. Viewport and document are 0 when null.
type ScrollRow struct {
	Depth                           int32 // hundredths of a percent
	ViewportW, ViewportH, DocumentH int32 // CSS px
	Dwell                           []Pair
}

// MoveRow is the detail of mouse movements.
type MoveRow struct {
	ViewportW, ViewportH int32 // CSS px
	Points               []Pair
}

// Rows is a run of stored events of one local day, in the order of the log. It only grows; a frozen one is immutable and may be read by many.
type Rows struct {
	Base     int64 // UTC ms of the day's start
	List     []Row
	Arrivals []Arrival // one a row
	idEnds   []uint32  // one a row: where its packed id ends in ids; an empty id is that of the row's place in the log
	ids      []byte

	Texts       []string // Texts[0] is ""
	Clients     []Client
	Origins     []Origin     // Origins[0] is the zero value
	Properties  [][]Property // Properties[0] is nil
	Customs     []CustomRow
	Engagements []EngagementRow
	Clicks      []ClickRow
	Scrolls     []ScrollRow
	Moves       []MoveRow

	FirstVisitor uint32 // ordinal of Visitors[0]
	Visitors     []VisitorID
	FirstSession uint32 // ordinal of Sessions[0]
	Sessions     []SessionID

	most rowLimits // of rows that were read from a part
}

// rowLimits are the greatest numbers that rows refer to, how many details each kind has, and how many visitors the day has up to them.
type rowLimits struct {
	path, client, origin uint32
	details              [Move + 1]uint32
	visitors             uint32
}

// VisitorsSoFar is how many visitors the day has up to the last of rows that were read from a part; 0 of other rows.
func (r *Rows) VisitorsSoFar() int { return int(r.most.visitors) }

// About what an entry of a list takes, bytes: at rest up to 11 and 10, in memory 48 and 8.
const (
	propertyBytes = 16
	pairBytes     = 10
)

// referred counts the bytes of the texts, ids and lists that rows refer to. Rows of the same kind take about the same; these may be of any size.
func (r *Rows) referred() int {
	n := len(r.ids)
	for _, s := range r.Texts {
		n += len(s)
	}
	for i := range r.Origins {
		n += r.Origins[i].bytes()
	}
	for _, list := range r.Properties {
		n += propertyBytes * len(list)
	}
	for i := range r.Scrolls {
		n += pairBytes * len(r.Scrolls[i].Dwell)
	}
	for i := range r.Moves {
		n += pairBytes * len(r.Moves[i].Points)
	}
	return n
}

// Len is the number of rows.
func (r *Rows) Len() int { return len(r.List) }

// EventID returns the packed id of row i. p is the site's partition.
func (r *Rows) EventID(p Partition, i int) EventID {
	start := r.idStart(i)
	if start == r.idEnds[i] {
		return ServerEventID(p, r.Arrivals[i].Pos, int(r.Arrivals[i].Index))
	}
	return EventID(r.ids[start:r.idEnds[i]])
}

func (r *Rows) idStart(i int) uint32 {
	if i == 0 {
		return 0
	}
	return r.idEnds[i-1]
}

// Span returns the earliest and latest event time of the rows, UTC ms; 0, 0 without rows.
func (r *Rows) Span() (first, last int64) {
	if len(r.List) == 0 {
		return 0, 0
	}
	lo, hi := r.List[0].TS, r.List[0].TS
	for i := range r.List {
		lo, hi = min(lo, r.List[i].TS), max(hi, r.List[i].TS)
	}
	return r.Base + int64(lo), r.Base + int64(hi)
}

// frozen returns an immutable copy: it shares the bytes, and whoever appends to it copies them.
func (r *Rows) frozen() *Rows {
	f := *r
	f.List, f.Arrivals, f.idEnds, f.ids = slices.Clip(r.List), slices.Clip(r.Arrivals), slices.Clip(r.idEnds), slices.Clip(r.ids)
	f.Texts, f.Clients, f.Origins, f.Properties = slices.Clip(r.Texts), slices.Clip(r.Clients), slices.Clip(r.Origins), slices.Clip(r.Properties)
	f.Customs, f.Engagements, f.Clicks = slices.Clip(r.Customs), slices.Clip(r.Engagements), slices.Clip(r.Clicks)
	f.Scrolls, f.Moves = slices.Clip(r.Scrolls), slices.Clip(r.Moves)
	f.Visitors, f.Sessions = slices.Clip(r.Visitors), slices.Clip(r.Sessions)
	return &f
}
