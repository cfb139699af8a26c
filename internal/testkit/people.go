package testkit

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Stream makes random but people-like events of every kind: late, repeated, out of order, imported, over midnight and both changes of the
// clock, with equal times that the ids decide. Equal seeds make equal streams.
type Stream struct {
	*rand.Rand
	Zone analytics.Zone
	Now  int64 // UTC ms; no event is later
	sent []analytics.Event
	made int

	values     map[string][]string // what filters compare each property with; "page" are the paths
	actions    []string            // of goals and steps
	properties []string            // of filters
}

var (
	streamStarts = []string{"2026-03-07T12:00:00Z", "2026-10-31T12:00:00Z", "2026-03-28T12:00:00Z", "2026-10-24T12:00:00Z", "2026-06-30T10:00:00Z",
		"2026-04-04T06:00:00Z", "2026-10-03T06:00:00Z",
		"2026-04-23T12:00:00Z", "2026-10-28T12:00:00Z", "2026-02-14T12:00:00Z", "2026-03-21T12:00:00Z", "2026-09-26T00:00:00Z"}
	streamZones = []string{"America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "America/Santiago", "Asia/Beirut",
		"America/Nuuk", "Africa/Cairo", "America/Havana", "Atlantic/Azores", "Antarctica/Troll", "Africa/Casablanca", "Pacific/Chatham"}
)

// The alphabets of streams are small, so that events meet; some texts need escapes in filters, some are what empty values are shown as.
var (
	streamPaths   = []string{"/", "/", "/pricing", "/pricing", "/signup", "/thank-you", "/blog/a", "/blog/b", "/blog/a/b", "/ü;b|c*d\\e", "/(none)"}
	streamActions = []string{"buy", "buy", "signup", "play", "(none)", ""}
	streamValues  = []analytics.Fixed{0, 10_000, 10_000, 25_000, 15, -33_333, 999_999, 1, -1, 10_000_000_000_000_000}
	streamProps   = map[string][]analytics.Property{
		"plan": {{Text: "pro"}, {Text: "free"}, {Text: ""}, {Text: "(none)"}, {Text: "a;b|c*"}, {Text: "true"}},
		"size": {
			{Type: analytics.NumberProperty, Text: "1.5"}, {Type: analytics.NumberProperty, Text: "-3.25005"},
			{Type: analytics.NumberProperty, Text: "2"}, {Text: "2"},
		},
		"deep.x": {
			{Type: analytics.BoolProperty, Text: "true"}, {Type: analytics.BoolProperty, Text: "false"},
			{Type: analytics.NumberProperty, Text: "1e3"}, {Type: analytics.NumberProperty, Text: "0.00005"},
		},
	}
	streamPropKeys  = []string{"deep.x", "plan", "size"} // ascending
	streamSelectors = []string{"a", "a", "b.c", "#d", ""}
	streamWidths    = []int32{320, 640, 1280, 1000, 333, 1920}
)

// RandomStream begins a stream.
func RandomStream(seed uint64) *Stream {
	s := &Stream{
		Rand: rand.New(rand.NewPCG(seed, 9)), values: filterValues, properties: filterProperties, actions: []string{"buy", "buy", "signup", "play"},
	}
	var err error
	if s.Zone, err = analytics.LoadZone(streamZones[seed%uint64(len(streamZones))]); err != nil {
		panic(err)
	}
	start, err := time.Parse(time.RFC3339, Pick(s.Rand, streamStarts...))
	if err != nil {
		panic(err)
	}
	s.Now = start.UnixMilli()
	return s
}

// Pick picks one.
func Pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func (s *Stream) oneIn(n int) bool { return s.IntN(n) == 0 }

// Batch makes the events of one block, in the order in which they are folded.
func (s *Stream) Batch() []analytics.Event {
	batch := make([]analytics.Event, 1+s.IntN(30))
	imported := s.oneIn(12)
	for i := range batch {
		batch[i] = s.event(imported)
	}
	return batch
}

func (s *Stream) event(imported bool) analytics.Event {
	if len(s.sent) > 0 && s.oneIn(14) { // a retry
		if e := Pick(s.Rand, s.sent...); e.ID != "" {
			return e
		}
	}
	s.Now += int64(s.ExpFloat64() * Pick(s.Rand, 10.0, 8_000, 8_000, 60_000))
	if s.oneIn(60) {
		s.Now += s.Int64N(14) * 3_600_000
	}
	s.made++
	e := analytics.Event{TS: s.Now, ReceivedAt: s.Now, Imported: imported, SessionKey: Pick(s.Rand, "", "", "", "a", "b")}
	switch {
	case imported:
		e.TS -= s.Int64N(12 * 86_400_000)
	case s.oneIn(5): // late
		e.TS -= s.Int64N(Pick[int64](s.Rand, 3_000, 900_000, 2_400_000, 86_400_000))
	case s.oneIn(5): // the same millisecond as another
		e.TS -= e.TS % 60_000
	}
	if imported || s.IntN(5) > 0 {
		e.ID = s.id()
	}
	who := s.IntN(7)
	if len(s.sent) > 0 && !imported && s.oneIn(8) { // at the edge of another's session or funnel
		last := &s.sent[len(s.sent)-1]
		edge := Pick[int64](s.Rand, -1_800_000, -1_799_999, 1_799_999, 1_800_000, 0, 0, 1, 60_000, 60_001, 300_000, 300_001)
		if ts := last.TS + edge; ts <= s.Now && ts > s.Now-86_400_000 {
			e.TS, e.SessionKey, who = ts, last.SessionKey, int(last.Visitor[0])
		}
	}
	day := s.Zone.DayAt(e.TS)
	e.Visitor = analytics.VisitorID{byte(who), byte(day), byte(day >> 8)}
	s.person(&e, who)
	s.kind(&e)
	s.sent = append(s.sent, e)
	return e
}

// id makes an id of one of the shapes that are packed.
func (s *Stream) id() analytics.EventID {
	n := s.IntN(100)*10_000 + s.made
	return analytics.PackEventID(Pick(s.Rand,
		fmt.Sprintf("event-%06d", n), fmt.Sprintf("%08x%04x", s.Uint32(), s.made), fmt.Sprintf("Zz_%05d-%04d", s.IntN(100_000), s.made),
		fmt.Sprintf("%08x-0000-4000-8000-%012x", s.Uint32(), s.made)))
}

// person gives the event its machine and place, mostly the visitor's own.
func (s *Stream) person(e *analytics.Event, who int) {
	h := fnv.New32a()
	h.Write([]byte(strconv.Itoa(who)))
	own := rand.New(rand.NewPCG(uint64(h.Sum32()), 0))
	if s.oneIn(6) {
		own = s.Rand
	}
	e.Country, e.Region = Pick(own, "US", "DE", "ZZ", "GB"), Pick(own, "", "BY", "CA")
	e.Device = Pick(own, "desktop", "desktop", "mobile", "tablet")
	e.Browser, e.BrowserVersion = Pick(own, "Chrome", "Safari", "Samsung Internet"), Pick(own, "", "142", "18")
	e.OS, e.OSVersion = Pick(own, "iOS", "Linux", "Other"), Pick(own, "", "12")
}

func (s *Stream) kind(e *analytics.Event) {
	e.Path = Pick(s.Rand, streamPaths...)
	switch n := s.IntN(20); {
	case n < 8:
		e.Kind = analytics.Pageview
		s.origin(e)
	case n < 11:
		e.Kind = analytics.Custom
		s.custom(e)
	case n < 14:
		e.Kind, e.TimeOnPage, e.Seq = analytics.Engagement, s.Int32N(90_000), 1+s.Int32N(3)
		e.IsBounce = Pick(s.Rand, analytics.Absent, analytics.True, analytics.False)
	case n < 15:
		e.Kind = analytics.Heartbeat
	case n < 17:
		e.Kind = analytics.Click
		s.click(e)
	case n < 19:
		e.Kind = analytics.Scroll
		s.scroll(e)
	default:
		e.Kind = analytics.Move
		e.ViewportW, e.ViewportH = Pick(s.Rand, streamWidths...), 300+s.Int32N(900)
		for range 1 + s.IntN(8) {
			e.Points = append(e.Points, analytics.Pair{s.Int32N(120), s.Int32N(120)})
		}
	}
}

func (s *Stream) origin(e *analytics.Event) {
	e.Channel, e.Source = "direct", "(direct)"
	switch s.IntN(5) {
	case 0:
		e.Channel, e.Source, e.ReferrerDomain = "organic", "bing.com", "bing.com"
	case 1:
		e.Channel, e.Source, e.ReferrerDomain = "referral", "partner.example.com", "partner.example.com"
	case 2:
		e.UTM = analytics.UTM{Source: Pick(s.Rand, "news", "(none)"), Medium: Pick(s.Rand, "", "email", "cpc"), Campaign: Pick(s.Rand, "", "summer", "a;b"),
			Term: Pick(s.Rand, "", "x"), Content: Pick(s.Rand, "", "y")}
		e.Channel, e.Source = Pick(s.Rand, "email", "paid", "social", "ai"), e.UTM.Source
	}
}

func (s *Stream) custom(e *analytics.Event) {
	e.Action, e.Category, e.Label = Pick(s.Rand, streamActions...), Pick(s.Rand, "", "shop"), Pick(s.Rand, "", "", "l")
	if e.HasValue = s.IntN(3) > 0; e.HasValue {
		e.Value = Pick(s.Rand, streamValues...)
	}
	for _, key := range streamPropKeys {
		if s.oneIn(2) {
			p := Pick(s.Rand, streamProps[key]...)
			p.Key = key
			e.Properties = append(e.Properties, p)
		}
	}
}

func (s *Stream) click(e *analytics.Event) {
	e.X, e.Y = Pick(s.Rand, s.Int32N(60), s.Int32N(3_000)), Pick(s.Rand, s.Int32N(60), s.Int32N(9_000))
	e.ViewportW, e.ViewportH = Pick(s.Rand, streamWidths...), 300+s.Int32N(900)
	e.Selector, e.Element, e.Text = Pick(s.Rand, streamSelectors...), Pick(s.Rand, "button", "a", ""), Pick(s.Rand, "Go", "Buy", "")
	e.Dead = s.oneIn(4)
	if s.oneIn(3) {
		e.Rage = 5 + s.Int32N(Pick[int32](s.Rand, 2, 12))
	}
	if e.HasSinceLoad = s.oneIn(2); e.HasSinceLoad {
		e.SinceLoad = s.Int32N(90_000)
	}
}

func (s *Stream) scroll(e *analytics.Event) {
	e.Depth = Pick(s.Rand, 0, 2_500, 10_000, s.Int32N(10_001))
	if s.oneIn(8) { // from another product's tracker
		return
	}
	e.ViewportW, e.ViewportH, e.DocumentH = Pick(s.Rand, streamWidths...), 100+s.Int32N(1_500), 100+s.Int32N(8_000)
	for range s.IntN(4) {
		e.Dwell = append(e.Dwell, analytics.Pair{s.Int32N(5_000), Pick(s.Rand, 0, s.Int32N(5_000))})
	}
}
