package testkit

import (
	"fmt"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// Goals makes random goals that the stream's events reach.
func (s *Stream) Goals() []*analytics.Goal {
	goals := make([]*analytics.Goal, 1+s.IntN(4))
	for i := range goals {
		g := &analytics.Goal{ID: fmt.Sprintf("goal_%d", i), Name: fmt.Sprintf("Goal %d", i), Value: Pick[analytics.Fixed](s.Rand, 0, 50_000, 12_345)}
		switch s.IntN(3) {
		case 0:
			g.Type = analytics.PageviewGoal
			g.MatchType, g.Path = s.pathMatch()
		case 1:
			g.Type, g.EventAction = analytics.EventGoal, Pick(s.Rand, s.actions...)
			g.EventCategory, g.EventLabel = Pick(s.Rand, "", "", "shop"), Pick(s.Rand, "", "", "l")
		default:
			g.Type, g.DurationSeconds = analytics.DurationGoal, Pick[int64](s.Rand, 1, 60, 600)
		}
		if s.oneIn(4) {
			g.TrackedSince = s.Now - s.Int64N(3*86_400_000)
		}
		goals[i] = g
	}
	return goals
}

func (s *Stream) pathMatch() (analytics.MatchType, string) {
	switch s.IntN(4) {
	case 0:
		return analytics.MatchContains, Pick(s.Rand, "/blog", "i", ";b|")
	case 1:
		return analytics.MatchRegex, Pick(s.Rand, "^/(pricing|signup)$", "b$", "(?i)THANK", ".")
	}
	return Pick[analytics.MatchType](s.Rand, analytics.MatchExact, ""), Pick(s.Rand, s.values["page"]...)
}

// Funnel makes a random funnel; some steps name goals.
func (s *Stream) Funnel(goals []*analytics.Goal) *analytics.Funnel {
	f := &analytics.Funnel{ID: "funnel_1", Name: "Funnel", TimeWindow: Pick[int64](s.Rand, 60, 300, 3_600, 86_400)}
	for i := range 2 + s.IntN(4) {
		step := analytics.Step{Name: fmt.Sprintf("Step %d", i+1), Type: analytics.PageviewStep}
		step.MatchType, step.Path = s.pathMatch()
		if s.oneIn(4) {
			action, category := Pick(s.Rand, s.actions...), Pick(s.Rand, "", "shop")
			step = analytics.Step{Name: step.Name, Type: analytics.EventStep, EventAction: action, EventCategory: category}
		}
		if g := Pick(s.Rand, goals...); g.Type != analytics.DurationGoal && s.oneIn(4) {
			step = analytics.Step{Name: step.Name, Type: analytics.GoalStep, GoalID: g.ID}
		}
		f.Steps = append(f.Steps, step)
	}
	if s.oneIn(5) {
		f.TrackedSince = s.Now - s.Int64N(3*86_400_000)
	}
	return f
}

// filterValues are what filters compare the properties with.
var filterValues = map[string][]string{
	"source": {"(direct)", "bing.com", "news"}, "channel": {"direct", "email", "organic"}, "referrer": {"(direct)", "bing.com"},
	"utm_source": {"(none)", "news"}, "utm_medium": {"cpc", "(none)"}, "utm_campaign": {"summer", "a;b"}, "utm_term": {"x"}, "utm_content": {"(none)"},
	"country": {"US", "ZZ"}, "region": {"BY", "(none)"}, "device": {"desktop", "mobile"}, "browser": {"Chrome", "Samsung Internet"},
	"browser_version": {"Chrome 142", "Chrome", "Safari 18"}, "os": {"iOS"}, "os_version": {"iOS 12", "Linux"},
	"entry_page": streamPaths, "exit_page": streamPaths, "page": streamPaths, "event": {"buy", "signup", "play", "(none)"},
	"goal": {"goal_0", "goal_1", "goal_2", "goal_x"}, "prop:plan": {"pro", "free", "(none)", "a;b|c*"}, "prop:size": {"1.5", "2"},
	"prop:deep.x": {"true", "1e3"},
}

// filterProperties are their names; those that choose rows come more often.
var filterProperties = []string{
	"source", "channel", "referrer", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "country", "region", "device", "browser",
	"browser_version", "os", "os_version", "entry_page", "exit_page", "page", "page", "page", "event", "event", "goal", "goal", "prop:plan", "prop:plan",
	"prop:size", "prop:deep.x",
}

// Filters makes a random filter text of the Query API, often "".
func (s *Stream) Filters() string {
	var out []string
	for range Pick(s.Rand, 0, 0, 1, 1, 1, 2, 2, 3) {
		property := Pick(s.Rand, s.properties...)
		out = append(out, property+s.filterOn(s.values[property]))
	}
	return strings.Join(out, ";")
}

func (s *Stream) filterOn(values []string) string {
	not := s.oneIn(3)
	operator := func(plain, negated string) string {
		if not {
			return negated
		}
		return plain
	}
	escaped := strings.NewReplacer(`\`, `\\`, `;`, `\;`, `|`, `\|`, `*`, `\*`)
	value := Pick(s.Rand, values...)
	switch s.IntN(6) {
	case 0:
		return operator("=~", "!~") + Pick(s.Rand, "b", "^/", "(?i)O.", `a\;b`, "^.{2,6}$", "1")
	case 1:
		return operator("==", "!=") + escaped.Replace(value) + "|" + escaped.Replace(Pick(s.Rand, values...))
	case 2:
		return operator("==", "!=") + escaped.Replace(value[:1]) + "*"
	case 3:
		return operator("==", "!=") + "*" + escaped.Replace(value[len(value)-1:])
	}
	return operator("==", "!=") + escaped.Replace(value)
}
