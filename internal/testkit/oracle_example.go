package testkit

import (
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// ExampleZone is the time zone of the worked example.
const ExampleZone = "America/New_York"

// ExampleEvents are the rows of metrics.md §7, in the order of arrival: e08 and e05 last, e03 twice.
func ExampleEvents() []analytics.Event {
	zone, err := time.LoadLocation(ExampleZone)
	if err != nil {
		panic(err)
	}
	people := map[string]analytics.Event{
		"A": {Device: "desktop", Country: "US"}, "B": {Device: "mobile", Country: "GB"}, "C": {Device: "desktop", Country: "DE"},
		"D": {Device: "desktop", Country: "ZZ"}, "E": {Device: "tablet", Country: "CA"}, "F": {Device: "tablet", Country: "CA"},
	}
	row := func(id, clock, who string, kind analytics.Kind, path string, more ...func(*analytics.Event)) analytics.Event {
		at, err := time.ParseInLocation(time.DateTime, "2026-01-14 "+clock, zone)
		if err != nil {
			panic(err)
		}
		e := people[who]
		e.ID, e.Kind, e.Path, e.TS = analytics.PackEventID("example-"+id), kind, path, at.UnixMilli()
		e.Visitor, e.Browser, e.OS = analytics.VisitorID{who[0]}, "Chrome", "Linux"
		if kind == analytics.Pageview {
			e.Channel, e.Source = "direct", "(direct)"
		}
		for _, f := range more {
			f(&e)
		}
		e.ReceivedAt = e.TS
		return e
	}
	from := func(channel, source, referrer string) func(*analytics.Event) {
		return func(e *analytics.Event) { e.Channel, e.Source, e.ReferrerDomain = channel, source, referrer }
	}
	engaged := func(seconds, seq int32) func(*analytics.Event) {
		return func(e *analytics.Event) { e.TimeOnPage, e.Seq = seconds*1000, seq }
	}
	did := func(action, category string, value analytics.Fixed) func(*analytics.Event) {
		return func(e *analytics.Event) {
			e.Action, e.Category, e.Value, e.HasValue = action, category, value*10_000, true
		}
	}
	newsletter := func(e *analytics.Event) {
		e.Channel, e.Source, e.UTM.Source, e.UTM.Medium = "email", "newsletter", "newsletter", "newsletter"
	}
	pv, ev, en := analytics.Pageview, analytics.Custom, analytics.Engagement
	e03 := row("e03", "09:00:41", "A", pv, "/pricing")
	return []analytics.Event{
		row("e01", "09:00:00", "A", pv, "/", from("organic", "google.com", "google.com")),
		row("e02", "09:00:40", "A", en, "/", engaged(40, 1)),
		e03, e03,
		row("e04", "09:01:00", "A", ev, "/pricing", did("signup_click", "", 1)),
		row("e06", "09:01:50", "A", en, "/pricing", engaged(20, 2)),
		row("e07", "09:01:51", "A", pv, "/signup"),
		row("e09", "09:02:22", "A", pv, "/thank-you"),
		row("e10", "09:32:22", "A", pv, "/"),
		row("e11", "10:00:00", "B", pv, "/pricing", newsletter),
		row("e12", "10:00:20", "B", pv, "/"),
		row("e13", "10:00:30", "B", pv, "/pricing"),
		row("e14", "10:20:00", "B", pv, "/"),
		row("e15", "10:21:00", "B", pv, "/pricing"),
		row("e16", "10:22:00", "B", pv, "/signup"),
		row("e17", "11:00:00", "C", pv, "/blog/getting-started", from("referral", "partner.example.com", "partner.example.com")),
		row("e18", "11:00:12", "C", en, "/blog/getting-started", engaged(12, 1), func(e *analytics.Event) { e.IsBounce = analytics.False }),
		row("e19", "12:00:00", "D", ev, "/checkout", did("purchase", "ecommerce", 99)),
		row("e20", "23:59:30", "E", pv, "/"),
		row("e21", "23:59:59", "F", pv, "/pricing", func(e *analytics.Event) { e.TS += 11_000 }),
		row("e08", "09:02:21", "A", en, "/signup", engaged(30, 1)),
		row("e05", "09:01:30", "A", en, "/pricing", engaged(30, 1)),
	}
}

// ExampleGoals are the goals of the worked example.
func ExampleGoals() []*analytics.Goal {
	return []*analytics.Goal{
		{ID: "goal_thanks", Name: "Thanks", Type: analytics.PageviewGoal, Path: "/thank-you", Value: 50_000},
		{ID: "goal_purchase", Name: "Purchase", Type: analytics.EventGoal, EventAction: "purchase", EventCategory: "ecommerce", Value: 500_000},
		{ID: "goal_engaged", Name: "Engaged", Type: analytics.DurationGoal, DurationSeconds: 120},
	}
}

// ExampleFunnel is the funnel of the worked example.
func ExampleFunnel() *analytics.Funnel {
	f := &analytics.Funnel{ID: "funnel_signup", Name: "Signup", TimeWindow: 600}
	for _, path := range []string{"/", "/pricing", "/signup", "/thank-you"} {
		f.Steps = append(f.Steps, analytics.Step{Name: path, Type: analytics.PageviewStep, Path: path})
	}
	return f
}
