package testkit

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

// AskAbout makes a stream that only asks: about what is in the oracle, as of a time (UTC ms) that no row is later than. Its goals and filters name
// the most frequent values of each property. It makes no events.
func AskAbout(o *Oracle, seed uint64, zone analytics.Zone, now int64) *Stream {
	s := &Stream{Rand: rand.New(rand.NewPCG(seed, 9)), Zone: zone, Now: now, values: o.frequent()}
	s.values["goal"] = filterValues["goal"]
	s.properties = slices.Sorted(maps.Keys(s.values))
	for range 3 { // those that choose rows come more often
		for _, p := range []string{"page", "event"} {
			if len(s.values[p]) > 0 {
				s.properties = append(s.properties, p)
			}
		}
	}
	s.actions = s.values["event"]
	if len(s.actions) == 0 {
		s.actions = []string{"buy"} // which nobody does
	}
	return s
}

// frequent lists, by property of filters, the values that are met most often.
func (o *Oracle) frequent() map[string][]string {
	o.t.Helper()
	o.refresh()
	out := make(map[string][]string)
	add := func(property, expr, from string) {
		values := ask(o, func(s *string) []any { return []any{s} },
			fmt.Sprintf("SELECT %s v FROM %s GROUP BY v ORDER BY COUNT(*) DESC, v LIMIT 8", expr, from))
		if len(values) > 0 {
			out[property] = values
		}
	}
	for _, property := range filterProperties {
		if expr, ok := sessionValue(property); ok {
			add(property, expr, "sess s")
		}
	}
	add("page", named("e.path", "(none)"), "events e WHERE type='pageview'")
	add("event", named("e.action", "(none)"), "events e WHERE type='event'")
	for _, key := range ask(o, func(s *string) []any { return []any{s} }, "SELECT DISTINCT key FROM props ORDER BY key") {
		add("prop:"+key, named("p.shown", "(none)"), "props p WHERE key="+quote(key))
	}
	return out
}
