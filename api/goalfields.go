package api

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// Bounds of goals and of the steps of funnels (goals.md, funnels.md), texts in code points.
const (
	maxGoalValue    = 1_000_000_000
	maxGoalDuration = 86_400 // s
	maxRegex        = 512
)

// goalBody is what POST and PATCH send of a goal.
type goalBody struct {
	ID              optional[string]  `json:"id"`
	SiteID          optional[string]  `json:"siteId"`
	Name            optional[string]  `json:"name"`
	Type            optional[string]  `json:"type"`
	Value           optional[numeral] `json:"value"`
	Path            optional[string]  `json:"path"`
	MatchType       optional[string]  `json:"matchType"`
	EventAction     optional[string]  `json:"eventAction"`
	EventCategory   optional[string]  `json:"eventCategory"`
	EventLabel      optional[string]  `json:"eventLabel"`
	DurationSeconds optional[numeral] `json:"durationSeconds"`
	Backfill        optional[bool]    `json:"backfill"`
}

// common puts what every type of goal has over a goal: null clears, absent stays. It needs nothing else of the goal, so that it can be told
// what is wrong before there is one.
func (b *goalBody) common(g *analytics.Goal) error {
	if b.Name.sent {
		g.Name = textOf(&b.Name)
	}
	if b.Name.sent || g.Name == "" {
		if err := checkName("Goal", g.Name); err != nil {
			return err
		}
	}
	if b.Type.sent && !isGoalType(textOf(&b.Type)) {
		return invalid("Invalid goal type. Must be: pageview, event, or duration")
	}
	if b.Value.sent {
		var ok bool
		if g.Value, ok = b.Value.or("0").decimal(maxGoalValue); !ok {
			return invalid("Invalid goal value")
		}
	}
	if b.Backfill.sent {
		g.Backfill = b.Backfill.or(true)
	}
	return nil
}

// matching puts what the goal's type matches over a goal. Fields of other types are ignored.
func (b *goalBody) matching(g *analytics.Goal) error {
	switch g.Type {
	case analytics.PageviewGoal:
		return readPathMatch(&b.Path, &b.MatchType, &g.Path, &g.MatchType, "goals")
	case analytics.EventGoal:
		return b.event(g)
	default:
		return b.duration(g)
	}
}

func (b *goalBody) event(g *analytics.Goal) error {
	if err := readEventMatch(&b.EventAction, &b.EventCategory, &g.EventAction, &g.EventCategory, "goals"); err != nil {
		return err
	}
	return readText(&b.EventLabel, &g.EventLabel, "Event label", analytics.MaxLabel)
}

func (b *goalBody) duration(g *analytics.Goal) error {
	if b.DurationSeconds.sent {
		g.DurationSeconds = 0
		if sent := b.DurationSeconds.value; sent != nil {
			var ok bool
			if g.DurationSeconds, ok = sent.integer(1, maxGoalDuration); !ok {
				return invalid("Invalid duration")
			}
		}
	}
	if g.DurationSeconds == 0 {
		return invalid("Duration is required for duration goals")
	}
	return nil
}

func isGoalType(s string) bool {
	switch analytics.GoalType(s) {
	case analytics.PageviewGoal, analytics.EventGoal, analytics.DurationGoal:
		return true
	}
	return false
}

// checkName checks the name of a thing that must have one.
func checkName(thing, name string) error {
	switch {
	case name == "":
		return invalid(thing + " name is required")
	case tooLong(name, maxName):
		return invalid(fmt.Sprintf("%s name must not exceed %d characters", thing, maxName))
	}
	return nil
}

// readText puts a text over the one before; null clears it.
func readText(sent *optional[string], into *string, field string, limit int) error {
	if sent.sent {
		*into = textOf(sent)
	}
	if tooLong(*into, limit) {
		return invalid(fmt.Sprintf("%s must not exceed %d characters", field, limit))
	}
	return nil
}

// readPathMatch puts path and matchType over those before, of what the error messages call goals or steps.
func readPathMatch(path, matchType *optional[string], intoPath *string, intoType *analytics.MatchType, of string) error {
	if matchType.sent {
		*intoType = analytics.MatchType(textOf(matchType))
	}
	if matchType.value == nil && *intoType == "" {
		*intoType = analytics.MatchExact
	}
	switch *intoType {
	case analytics.MatchExact, analytics.MatchContains, analytics.MatchRegex:
	default:
		return invalid("Invalid match type. Must be: exact, contains, or regex")
	}
	if path.sent {
		*intoPath = textOf(path)
	}
	if *intoPath == "" {
		return invalid("Path is required for pageview " + of)
	}
	return checkPath(*intoType, *intoPath)
}

func checkPath(how analytics.MatchType, path string) error {
	switch {
	case how == analytics.MatchRegex:
		if tooLong(path, maxRegex) {
			return invalid("Invalid regular expression")
		}
		if _, err := regexp.Compile(path); err != nil {
			return invalid("Invalid regular expression")
		}
	case tooLong(path, analytics.MaxPath):
		return invalid(fmt.Sprintf("Path must not exceed %d characters", analytics.MaxPath))
	case how == analytics.MatchExact && !strings.HasPrefix(path, "/"):
		return invalid("Path must start with /")
	}
	return nil
}

// readEventMatch puts action and category over those before, of what the error messages call goals or steps.
func readEventMatch(action, category *optional[string], intoAction, intoCategory *string, of string) error {
	if action.sent {
		*intoAction = textOf(action)
	}
	if *intoAction == "" {
		return invalid("Event action is required for event " + of)
	}
	if tooLong(*intoAction, analytics.MaxAction) {
		return invalid(fmt.Sprintf("Event action must not exceed %d characters", analytics.MaxAction))
	}
	return readText(category, intoCategory, "Event category", analytics.MaxCategory)
}
