package analytics

import "fmt"

// Kind is the type of an event.
type Kind uint8

// The kinds of events. Values are part of the stored format.
const (
	Pageview   Kind = 1
	Custom     Kind = 2 // "event" in the contract
	Engagement Kind = 3
	Heartbeat  Kind = 4
	Click      Kind = 5
	Scroll     Kind = 6
	Move       Kind = 7
)

var kindNames = [...]string{"", "pageview", "event", "engagement", "heartbeat", "click", "scroll", "move"}

// String returns the contract's name of the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) && k != 0 {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// ParseKind finds the kind with the contract's name; ok is false for any other name.
func ParseKind(name string) (k Kind, ok bool) {
	for i, n := range kindNames {
		if i > 0 && n == name {
			return Kind(i), true
		}
	}
	return 0, false
}

// IsCore tells whether events of this kind make visitors and sessions count (pageview and event).
func (k Kind) IsCore() bool { return k == Pageview || k == Custom }

// Limits of an event, in Unicode code points unless a unit is named (track.md).
const (
	MaxPath        = 2048
	MaxURL         = 4096
	MaxReferrer    = 2048
	MaxUTM         = 200
	MaxAction      = 120
	MaxCategory    = 120
	MaxLabel       = 500
	MaxProperties  = 30 // keys
	MaxPropertyKey = 64
	MaxProperty    = 500
	MaxSelector    = 256
	MaxElement     = 128
	MaxText        = 80
	MaxDwell       = 60  // pairs
	MaxPoints      = 200 // pairs
	MaxName        = 40  // browser, system
	MaxVersion     = 20
)

// Fixed is a decimal with four places: 1.5 is 15000.
type Fixed int64

// Property is one custom property. Type tells how Text is meant.
type Property struct {
	Key  string
	Type PropertyType
	Text string // the string itself, or a number or boolean as JSON
}

// PropertyType is the JSON type of a property's value.
type PropertyType uint8

// The types of property values. Values are part of the stored format.
const (
	StringProperty PropertyType = 0
	NumberProperty PropertyType = 1
	BoolProperty   PropertyType = 2
)

// UTM holds the campaign parameters; "" means absent.
type UTM struct{ Source, Medium, Campaign, Term, Content string }

// Pair is a point (x, y in CSS px) or a dwell (top in CSS px, milliseconds).
type Pair [2]int32

// Tri is a boolean that may be absent.
type Tri uint8

// The values of Tri. Values are part of the stored format.
const (
	Absent Tri = 0
	False  Tri = 1
	True   Tri = 2
)

// Event is one accepted event with everything that is ever kept of it: the columns of data-model.md but site_id, event_id's text and
// session_id, which the fold gives. All strings may share memory with the block they were decoded from; who keeps one clones it.
type Event struct {
	ID         EventID // packed; "" when the client sent none
	TS         int64   // event time, UTC ms
	ReceivedAt int64   // ingest time, UTC ms
	Kind       Kind
	Imported   bool // stored by an import: no effects, ids of the whole local day are known
	Visitor    VisitorID
	SessionKey string // the client's sessionId, "" when absent
	Path       string

	Country, Region         string
	Device                  string // desktop, mobile, tablet
	Browser, BrowserVersion string
	OS, OSVersion           string
	ReferrerDomain          string // pageview; "" = none or internal
	Channel                 string // pageview
	Source                  string // pageview
	UTM                     UTM    // pageview
	Action, Category, Label string // event
	Value                   Fixed  // event
	HasValue                bool
	Properties              []Property // event, ascending by key
	TimeOnPage              int32      // engagement, ms, 0 to 3,600,000
	Seq                     int32      // engagement, >= 1
	IsBounce                Tri        // engagement, as sent
	X, Y                    int32      // click, CSS px, 0 to 65,535
	ViewportW, ViewportH    int32      // click, scroll, move; 0 = null
	DocumentH               int32      // scroll; 0 = null
	Selector, Element, Text string     // click
	SinceLoad               int32      // click, ms; valid with HasSinceLoad
	HasSinceLoad, Dead      bool       // click
	Rage                    int32      // click, 5 to 1,000; 0 = null
	Depth                   int32      // scroll, hundredths of a percent, 0 to 10,000
	Dwell                   []Pair     // scroll
	Points                  []Pair     // move

	commonClient common[Client] // of an event that a Decoder read
	commonOrigin common[Origin]
}

func (e *Event) client() *Client {
	return &Client{e.Country, e.Region, e.Device, e.Browser, e.BrowserVersion, e.OS, e.OSVersion}
}

func (e *Event) setClient(c *Client) {
	e.Country, e.Region, e.Device = c.Country, c.Region, c.Device
	e.Browser, e.BrowserVersion, e.OS, e.OSVersion = c.Browser, c.BrowserVersion, c.OS, c.OSVersion
}

func (e *Event) origin() *Origin { return &Origin{e.ReferrerDomain, e.Channel, e.Source, e.UTM} }

func (e *Event) setOrigin(o *Origin) {
	e.ReferrerDomain, e.Channel, e.Source, e.UTM = o.Referrer, o.Channel, o.Source, o.UTM
}
