package people

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"math"
	"time"
)

// MaxVisit is the longest visit; it is cut there.
const MaxVisit = 45 * time.Minute

const (
	maxPages  = 14
	heartbeat = time.Minute // as often as the browser script's
)

// visit is one visit while it is made up.
type visit struct {
	dice   *dice
	person person
	id     [24]byte // seed, minute, number: what the ids of its events are hashed from
	start  time.Time
	events []Event
}

// run walks the site and returns the visit's events in order of time.
func (v *visit) run(from *source) []Event {
	now := v.start
	at := pageAt[follow(v.dice, from.landing)]
	for n := 0; n < maxPages && now.Sub(v.start) < MaxVisit; n++ {
		e := v.event("pageview", at.path, now)
		if n == 0 {
			e.Referrer, e.UTM, e.ClickID = from.referrer, from.utm, from.clickID
		}
		v.events = append(v.events, e)
		stay := v.stay(at)
		v.fumble(at, now, stay)
		next := v.act(at, now, stay)
		goesOn := next != "" || v.dice.chance(from.interest)
		if goesOn && next == "" {
			next = follow(v.dice, at.links)
			to := linkSpot(at, next, v.person.viewport)
			v.move(at, to, now.Add(stay*4/5))
			v.click(at, to, now, now.Add(stay))
		}
		v.leave(at, now, stay)
		if !goesOn {
			break
		}
		now = now.Add(stay + time.Duration(150+v.dice.below(1200))*time.Millisecond)
		at = pageAt[next]
	}
	return v.cut()
}

// stay is how long the page is looked at; some leave at once.
func (v *visit) stay(at *page) time.Duration {
	seconds := v.dice.around(at.read*v.person.pace, 0.7)
	if v.dice.chance(0.12) {
		seconds = 1 + 4*v.dice.Float64()
	}
	return time.Duration(min(seconds, 900) * float64(time.Second))
}

// act causes the page's custom events and says where they lead.
func (v *visit) act(at *page, from time.Time, stay time.Duration) (next string) {
	for i := range at.act {
		a := &at.act[i]
		if !v.dice.chance(a.chance) {
			continue
		}
		now := from.Add(time.Duration((0.3 + 0.6*v.dice.Float64()) * float64(stay)))
		if a.chance < 1 { // what always happens is nobody's click
			v.click(at, actSpot(a, v.person.viewport), from, now)
		}
		e := v.event("event", at.path, now)
		e.Action, e.Category, e.Label, e.Value = a.name, a.category, a.label, a.value
		if a.properties != nil {
			e.Properties = a.properties(v.dice)
			if e.Action == "signup" {
				e.Value = planPrice[e.Properties["plan"].(string)]
			}
		}
		v.events = append(v.events, e)
		if a.then != "" {
			next = a.then
		}
	}
	return next
}

var planPrice = map[string]float64{"hobby": 9, "team": 29.5, "business": 99}

// leave sends what the browser script sends: heartbeats meanwhile, engagement and scroll depth at the end.
func (v *visit) leave(at *page, from time.Time, stay time.Duration) {
	for t := heartbeat; t < stay; t += heartbeat {
		v.events = append(v.events, v.event("heartbeat", at.path, from.Add(t)))
	}
	e := v.event("engagement", at.path, from.Add(stay))
	e.TimeOnPage = math.Round(stay.Seconds()*(0.7+0.3*v.dice.Float64())*10) / 10
	e.Seq = 1
	if e.TimeOnPage >= 0.1 {
		v.events = append(v.events, e)
	}
	s := v.event("scroll", at.path, from.Add(stay))
	size, height := v.person.viewport, at.height
	if size.onPhone() {
		height = height * 8 / 5 // narrow pages are longer
	}
	height = max(height, size.Height)
	s.Viewport, s.Document = &size, &Size{size.Width, height}
	seen := float64(size.Height) / float64(height)
	read := min(1, stay.Seconds()/(at.read*1.2)) * (0.6 + 0.4*v.dice.Float64())
	s.Depth = math.Round((seen+(1-seen)*read)*10000) / 100
	s.Dwell = v.dwell(size, int(s.Depth/100*float64(height))-size.Height, stay)
	v.events = append(v.events, s)
}

// cut orders the events and drops those after MaxVisit.
func (v *visit) cut() []Event {
	end := v.start.Add(MaxVisit).UnixMilli()
	kept := v.events[:0]
	for _, e := range v.events {
		if e.Timestamp < end {
			kept = append(kept, e)
		}
	}
	sortByTime(kept)
	return kept
}

func (v *visit) event(kind, path string, at time.Time) Event {
	hash := sha256.Sum256(binary.BigEndian.AppendUint32(v.id[:24:24], uint32(len(v.events))))
	return Event{
		Type: kind, ID: base64.RawURLEncoding.EncodeToString(hash[:9]), Timestamp: at.UnixMilli(), Path: path,
		Context: Context{v.person.ip, v.person.agent.text},
	}
}
