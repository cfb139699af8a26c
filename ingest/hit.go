package ingest

// Hit is one raw event as a client sends it, after JSON typing; the names are those of track.md. A nil pointer, a nil any and an empty string
// that is no pointer mean absent. A field of type any holds a string, a json.Number, a float64, a bool, a map or a slice.
type Hit struct {
	SiteID    string   `json:"siteId"`
	Type      string   `json:"type"`
	ID        *string  `json:"id"`
	Timestamp any      `json:"timestamp"`
	SentAt    any      `json:"sentAt"`
	Path      string   `json:"path"`
	URL       string   `json:"url"`
	SessionID *string  `json:"sessionId"`
	Context   *Context `json:"context"`

	Referrer string `json:"referrer"` // pageview
	UTM      UTM    `json:"utm"`
	ClickID  string `json:"clickId"`

	Action     string         `json:"action"` // event
	Category   string         `json:"category"`
	Label      string         `json:"label"`
	Value      any            `json:"value"`
	Properties map[string]any `json:"properties"`

	TimeOnPage *float64 `json:"timeOnPage"` // engagement, seconds
	Seq        *float64 `json:"seq"`
	IsBounce   *bool    `json:"isBounce"`

	X         *float64 `json:"x"` // click, CSS px
	Y         *float64 `json:"y"`
	Viewport  *Size    `json:"viewport"` // click, scroll, move
	Selector  string   `json:"selector"`
	Element   string   `json:"element"`
	Text      string   `json:"text"`
	SinceLoad *float64 `json:"sinceLoad"` // ms
	Dead      bool     `json:"dead"`
	Rage      *float64 `json:"rage"`

	Depth    *float64    `json:"depth"` // scroll, percent
	Document *Size       `json:"document"`
	Dwell    [][]float64 `json:"dwell"` // [top, ms]

	Points [][]float64 `json:"points"` // move, [x, y]

	// NoViewport lets scroll events come without viewport and document, which the trackers of other products do not send (compat.md).
	NoViewport bool `json:"-"`
	// KeepFragment makes every fragment of the path a route, as sites in the hash mode of another product's tracker have them.
	KeepFragment bool `json:"-"`
}

// Context replaces the request's own address and user agent, for servers that send on behalf of visitors. A nil field leaves the request's; an
// IP may be any text that tells visitors apart, like the host name of an old access log.
type Context struct {
	IP        *string `json:"ip"`
	UserAgent *string `json:"userAgent"`
}

// UTM holds the campaign parameters.
type UTM struct {
	Source   string `json:"source"`
	Medium   string `json:"medium"`
	Campaign string `json:"campaign"`
	Term     string `json:"term"`
	Content  string `json:"content"`
}

// Size is a width and a height in CSS px; wrong types in it make it an invalid size.
type Size struct {
	Width  any `json:"width"`
	Height any `json:"height"`
}

// Request is what all hits of an HTTP request have in common. Its strings may share memory with the request: what is kept is copied.
type Request struct {
	ReceivedAt int64  // UTC ms
	IP         string // canonical text form
	UserAgent  string

	Brands, Mobile, Platform string // Sec-CH-UA, Sec-CH-UA-Mobile, Sec-CH-UA-Platform
	GPC, DNT                 string // Sec-GPC, DNT
	SecPurpose, Purpose      string // Sec-Purpose, Purpose
	Country, Region          string // values of the trusted headers; "" when none is configured or sent

	Context bool // the hits' context is to be used
	Import  bool // import of events: no filters, timestamps taken as they are
}
