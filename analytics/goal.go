package analytics

import (
	"regexp"
	"strings"
	"time"
)

// GoalType says what completes a goal.
type GoalType string

// The types of goals.
const (
	PageviewGoal GoalType = "pageview"
	EventGoal    GoalType = "event"
	DurationGoal GoalType = "duration"
)

// MatchType says how a path is compared. The zero value is MatchExact.
type MatchType string

// The ways to compare a path (metrics.md §3). All are case-sensitive.
const (
	MatchExact    MatchType = "exact"
	MatchContains MatchType = "contains"
	MatchRegex    MatchType = "regex" // RE2, found anywhere
)

// Goal is something that visitors are hoped to do (goals.md). It is immutable once shown: a change makes a new one.
type Goal struct {
	ID              string    `json:"id"`
	Site            SiteID    `json:"siteId"`
	Name            string    `json:"name"`
	Type            GoalType  `json:"type"`
	Value           Fixed     `json:"value"` // of a completion without a value of its own
	Path            string    `json:"path,omitempty"`
	MatchType       MatchType `json:"matchType,omitempty"`
	EventAction     string    `json:"eventAction,omitempty"`
	EventCategory   string    `json:"eventCategory,omitempty"` // "": any
	EventLabel      string    `json:"eventLabel,omitempty"`    // "": any
	DurationSeconds int64     `json:"durationSeconds,omitempty"`
	Backfill        bool      `json:"backfill"`
	TrackedSince    int64     `json:"trackedSince"` // UTC ms; matches before it do not count; 0: all count
	CreatedBy       string    `json:"createdBy,omitempty"`
	CreatedAt       time.Time `json:"createdAt"`
	UpdatedAt       time.Time `json:"updatedAt"`
	MatchedSince    time.Time `json:"matchedSince"` // when its matching last changed: events that arrived earlier tell nobody
}

// Matcher returns what the goal matches. A duration goal matches no row. It panics on a regular expression that does not compile: those are
// refused where goals are made.
func (g *Goal) Matcher() Matcher {
	switch g.Type {
	case PageviewGoal:
		return Matcher{Kind: Pageview, Path: PathPredicate(g.MatchType, g.Path)}
	case EventGoal:
		return Matcher{Kind: Custom, Action: g.EventAction, Category: g.EventCategory, Label: g.EventLabel}
	default:
		return Matcher{}
	}
}

// Matcher tells which core events a goal or a funnel's step matches. The zero value matches nothing.
type Matcher struct {
	Kind            Kind                   // Pageview or Custom
	Path            func(path string) bool // of pageviews
	Action          string                 // of custom events, like the next two
	Category, Label string                 // "": any
}

// Event tells whether the matcher matches an event.
func (m *Matcher) Event(e *Event) bool {
	switch {
	case m.Kind == 0 || e.Kind != m.Kind:
		return false
	case m.Kind == Pageview:
		return m.Path(e.Path)
	default:
		return e.Action == m.Action && (m.Category == "" || e.Category == m.Category) && (m.Label == "" || e.Label == m.Label)
	}
}

// PathPredicate compares paths.
func PathPredicate(how MatchType, pattern string) func(path string) bool {
	switch how {
	case MatchContains:
		return func(path string) bool { return strings.Contains(path, pattern) }
	case MatchRegex:
		return regexp.MustCompile(pattern).MatchString
	default:
		return func(path string) bool { return path == pattern }
	}
}
