package people

// Event is one event as POST /api/track and POST /api/import/events take it, in their JSON. It needs a key, because of its context.
type Event struct {
	Type      string `json:"type"`
	ID        string `json:"id"`
	Timestamp int64  `json:"timestamp"` // UTC ms
	Path      string `json:"path"`

	Referrer string `json:"referrer,omitempty"` // pageview
	UTM      *UTM   `json:"utm,omitempty"`      // pageview
	ClickID  string `json:"clickId,omitempty"`  // pageview

	Action     string         `json:"action,omitempty"` // event
	Category   string         `json:"category,omitempty"`
	Label      string         `json:"label,omitempty"`
	Value      float64        `json:"value,omitempty"`
	Properties map[string]any `json:"properties,omitempty"`

	TimeOnPage float64 `json:"timeOnPage,omitempty"` // engagement, seconds
	Seq        int     `json:"seq,omitempty"`        // engagement, from 1

	Depth    float64  `json:"depth,omitempty"` // scroll, percent
	Document *Size    `json:"document,omitempty"`
	Dwell    [][2]int `json:"dwell,omitempty"` // scroll: top in px, ms

	X         *int   `json:"x,omitempty"` // click
	Y         *int   `json:"y,omitempty"`
	Selector  string `json:"selector,omitempty"`
	Element   string `json:"element,omitempty"`
	Text      string `json:"text,omitempty"`
	SinceLoad int64  `json:"sinceLoad,omitempty"` // ms
	Dead      bool   `json:"dead,omitempty"`
	Rage      int    `json:"rage,omitempty"`

	Points [][2]int `json:"points,omitempty"` // move

	Viewport *Size `json:"viewport,omitempty"` // scroll, click, move

	Context Context `json:"context"`
}

// UTM are the campaign parameters.
type UTM struct {
	Source   string `json:"source,omitempty"`
	Medium   string `json:"medium,omitempty"`
	Campaign string `json:"campaign,omitempty"`
	Content  string `json:"content,omitempty"`
}

// Size is in CSS px.
type Size struct {
	Width  int `json:"width"`
	Height int `json:"height"`
}

// Context says who the visitor is.
type Context struct {
	IP        string `json:"ip"`
	UserAgent string `json:"userAgent"`
}
