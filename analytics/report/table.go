package report

import (
	"cmp"
	"slices"
	"strings"
	"unsafe"

	"github.com/ztas-io/ztas/analytics"
)

// Table holds the rows of one local day in the order of the log, with one dictionary for the whole day. It grows by Append.
type Table struct {
	Partition analytics.Partition
	Day       analytics.Day
	Start     int64   // UTC ms, like the next two
	End       int64   // of the day
	Bounds    []int64 // starts of the local hours, then the day's end

	Rows        []analytics.Row
	Texts       []string // Texts[0] is ""
	Clients     []analytics.Client
	Properties  [][]analytics.Property // Properties[0] is nil
	Customs     []analytics.CustomRow  // their texts are numbers in Texts, like those of clicks
	Engagements []analytics.EngagementRow
	Clicks      []analytics.ClickRow
	Scrolls     []analytics.ScrollRow
	Moves       []analytics.MoveRow
	VisitorIDs  []analytics.VisitorID // by ordinal; whole after Name, like SessionIDs
	SessionIDs  []analytics.SessionID

	prev  []uint32 // one a row: the visitor's row before, plus 1; 0: none
	last  []uint32 // by visitor: its last row, plus 1
	met   uint32   // sessions
	ids   []idRun
	names []nameRun // those that VisitorIDs and SessionIDs do not have yet
	idErr *error    // shared with what As gives
	size  int       // bytes, about
	slice *slice    // nil: the table takes all visitors

	texts   numbering[string]
	clients numbering[analytics.Client]
	origins numbering[origin]
	list    []origin // by their numbers; list[0] is the zero value
}

// RowBytes is about what a row of a table takes, its texts left aside.
const RowBytes = 44

// origin is an analytics.Origin by the numbers of its texts: where every visitor comes from another campaign there are as many as visitors.
type origin struct {
	referrer, channel, source, utmSource, utmMedium, utmCampaign, utmTerm, utmContent uint32
}

// NewTable makes an empty table of a day whose local hours have the given bounds.
func NewTable(p analytics.Partition, day analytics.Day, bounds []int64) *Table {
	return &Table{
		Partition: p, Day: day, Start: bounds[0], End: bounds[len(bounds)-1], Bounds: bounds,
		Texts: []string{""}, list: []origin{{}}, Properties: [][]analytics.Property{nil},
		idErr: new(error),
	}
}

// Append takes in the rows of r from the index from on, with their ids. Calls follow the order of the log.
func (t *Table) Append(r *analytics.Rows, from int) {
	run := idRun{first: uint32(len(t.Rows))}
	t.addNames(r, nil)
	if places := t.append(r, from); t.slice != nil {
		for _, i := range places {
			run.add(r, t.Partition, int(i))
		}
	} else {
		for i := from; i < len(r.List); i++ {
			run.add(r, t.Partition, i)
		}
	}
	t.addIDs(run)
	t.size += run.size()
}

// Room is where the rows of a part may be put that AppendPart takes in next: memory that the table has already (Reserve).
func (t *Table) Room() []analytics.Row { return t.Rows[len(t.Rows):cap(t.Rows)] }

// AppendPart takes in the rows of a part. Few questions need the ids of events, visitors and sessions: whole gives the part with them, when two
// rows of one visitor have the same time, and when Name asks.
func (t *Table) AppendPart(r *analytics.Rows, whole func() (*analytics.Rows, error)) {
	run := idRun{first: uint32(len(t.Rows)), load: whole}
	t.addNames(r, whole)
	run.places = t.append(r, 0)
	t.addIDs(run)
	t.size += run.size()
}

// Reserve makes room for n more rows at once.
func (t *Table) Reserve(n int) {
	t.Rows, t.prev = slices.Grow(t.Rows, n), slices.Grow(t.prev, n)
}

// append takes in rows. places are the indices of those that a slice took, and nil of a whole table.
func (t *Table) append(r *analytics.Rows, from int) (places []uint32) {
	m := t.numbers(r)
	shift := int32(r.Base - t.Start)
	if t.slice != nil {
		places = []uint32{}
	} else {
		t.Reserve(len(r.List) - from)
		t.visitors(r.VisitorsSoFar())
	}
	for i := from; i < len(r.List); i++ {
		row := r.List[i]
		if t.slice != nil {
			if !t.takes(row.Visitor) {
				continue
			}
			places, row.Visitor = append(places, uint32(i)), row.Visitor-t.slice.first
		}
		row.TS += shift
		row.Path, row.Client, row.Origin = m.text(row.Path), m.client(row.Client), m.origin(row.Origin)
		if row.Kind != analytics.Pageview {
			row.Detail = t.detail(r, m, row.Kind, row.Detail)
		}
		if int(row.Visitor) >= len(t.last) {
			t.visitors(int(row.Visitor) + 1)
		}
		t.met = max(t.met, row.Session+1)
		t.prev = append(t.prev, t.last[row.Visitor])
		t.Rows = append(t.Rows, row)
		t.last[row.Visitor] = uint32(len(t.Rows))
		t.size += RowBytes
	}
	return places
}

// visitors makes room for n visitors.
func (t *Table) visitors(n int) {
	if more := n - len(t.last); more > 0 {
		t.last = append(t.last, make([]uint32, more)...)
	}
}

// detail takes in a row's detail. Those of interactions may have been left out.
func (t *Table) detail(r *analytics.Rows, m *numbers, kind analytics.Kind, i uint32) uint32 {
	switch kind {
	case analytics.Custom:
		c := r.Customs[i]
		c.Action, c.Category, c.Label = m.text(c.Action), m.text(c.Category), m.text(c.Label)
		if c.Properties != 0 {
			t.Properties = append(t.Properties, r.Properties[c.Properties])
			c.Properties = uint32(len(t.Properties) - 1)
			t.size += 64
		}
		t.Customs = append(t.Customs, c)
		return uint32(len(t.Customs) - 1)
	case analytics.Engagement:
		t.Engagements = append(t.Engagements, r.Engagements[i])
		return uint32(len(t.Engagements) - 1)
	case analytics.Click:
		if len(r.Clicks) == 0 {
			return 0
		}
		c := r.Clicks[i]
		c.Selector, c.Element, c.Text = m.text(c.Selector), m.text(c.Element), m.text(c.Text)
		t.Clicks = append(t.Clicks, c)
		return uint32(len(t.Clicks) - 1)
	case analytics.Scroll:
		if len(r.Scrolls) == 0 {
			return 0
		}
		t.Scrolls = append(t.Scrolls, r.Scrolls[i])
		t.size += 16 + 8*len(r.Scrolls[i].Dwell)
		return uint32(len(t.Scrolls) - 1)
	case analytics.Move:
		if len(r.Moves) == 0 {
			return 0
		}
		t.Moves = append(t.Moves, r.Moves[i])
		t.size += 16 + 8*len(r.Moves[i].Points)
		return uint32(len(t.Moves) - 1)
	}
	return 0
}

// As is the table seen as another local day: the one that a question asks about, where the site's zone was changed after the rows were stored.
// It is good until the table grows.
func (t *Table) As(day analytics.Day, bounds []int64) *Table {
	c := *t
	c.Day, c.Bounds = day, bounds
	return &c
}

// Len is the number of rows.
func (t *Table) Len() int { return len(t.Rows) }

// Visitors is the number of visitors.
func (t *Table) Visitors() int { return len(t.last) }

// Size is about how much memory the table takes, in bytes.
func (t *Table) Size() int { return t.size }

// Time returns the event time of a row, UTC ms.
func (t *Table) Time(row uint32) int64 { return t.Start + int64(t.Rows[row].TS) }

// Compare orders rows as the contract does: by time, then bytewise by the text of the id.
func (t *Table) Compare(a, b uint32) int {
	if c := cmp.Compare(t.Rows[a].TS, t.Rows[b].TS); c != 0 || a == b {
		return c
	}
	return cmp.Compare(t.EventID(a).Text(), t.EventID(b).Text())
}

// Hour is the number of the local hour that holds the time ts (ms since the day's start).
func (t *Table) Hour(ts int32) int {
	at, found := slices.BinarySearch(t.Bounds, t.Start+int64(ts))
	if !found {
		at--
	}
	return min(max(at, 0), len(t.Bounds)-2)
}

// numbers translates the numbers of one Rows' dictionaries to those of the table, each when it is first met.
type numbers struct {
	t       *Table
	r       *analytics.Rows
	texts   []uint32 // plus 1
	clients []uint32
	origins []uint32
}

func (t *Table) numbers(r *analytics.Rows) *numbers {
	return &numbers{t, r, make([]uint32, len(r.Texts)), make([]uint32, len(r.Clients)), make([]uint32, len(r.Origins))}
}

func (n *numbers) text(i uint32) uint32 {
	if n.texts[i] == 0 {
		n.texts[i] = n.t.Text(n.r.Texts[i]) + 1
	}
	return n.texts[i] - 1
}

func (n *numbers) client(i uint32) uint32 {
	if n.clients[i] == 0 {
		n.clients[i] = n.t.client(n.r.Clients[i]) + 1
	}
	return n.clients[i] - 1
}

func (n *numbers) origin(i uint32) uint32 {
	if n.origins[i] == 0 {
		n.origins[i] = n.t.origin(&n.r.Origins[i]) + 1
	}
	return n.origins[i] - 1
}

// Text returns the number of a text, a new one if the day does not have it yet.
func (t *Table) Text(s string) uint32 {
	i, fresh := t.texts.of(&t.Texts, s)
	if fresh { // s may share memory with all texts of its part
		t.Texts[i] = strings.Clone(s)
		t.size += 32 + len(s)
	}
	return uint32(i)
}

func (t *Table) client(c analytics.Client) uint32 {
	i, fresh := t.clients.of(&t.Clients, c)
	if fresh {
		t.Clients[i] = c.Clone()
		t.size += int(unsafe.Sizeof(c)) + 16
	}
	return uint32(i)
}

func (t *Table) origin(o *analytics.Origin) uint32 {
	u := &o.UTM
	i, fresh := t.origins.of(&t.list, origin{
		t.Text(o.Referrer), t.Text(o.Channel), t.Text(o.Source), t.Text(u.Source), t.Text(u.Medium), t.Text(u.Campaign), t.Text(u.Term), t.Text(u.Content),
	})
	if fresh {
		t.size += int(unsafe.Sizeof(origin{})) + 8
	}
	return uint32(i)
}

// Origin returns an origin by its number.
func (t *Table) Origin(i uint32) analytics.Origin {
	o := &t.list[i]
	return analytics.Origin{
		Referrer: t.Texts[o.referrer], Channel: t.Texts[o.channel], Source: t.Texts[o.source],
		UTM: analytics.UTM{
			Source: t.Texts[o.utmSource], Medium: t.Texts[o.utmMedium], Campaign: t.Texts[o.utmCampaign], Term: t.Texts[o.utmTerm],
			Content: t.Texts[o.utmContent],
		},
	}
}
