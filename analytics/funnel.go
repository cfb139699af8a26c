package analytics

import "time"

// StepType says what a funnel's step matches.
type StepType string

// The types of steps.
const (
	PageviewStep StepType = "pageview"
	EventStep    StepType = "event"
	GoalStep     StepType = "goal"
)

// Step is one step of a funnel.
type Step struct {
	Name          string    `json:"name"`
	Type          StepType  `json:"type"`
	Path          string    `json:"path,omitempty"`
	MatchType     MatchType `json:"matchType,omitempty"`
	EventAction   string    `json:"eventAction,omitempty"`
	EventCategory string    `json:"eventCategory,omitempty"` // "": any
	GoalID        string    `json:"goalId,omitempty"`
}

// Funnel is a way that visitors are hoped to go (funnels.md). It is immutable once shown.
type Funnel struct {
	ID           string    `json:"id"`
	Site         SiteID    `json:"siteId"`
	Name         string    `json:"name"`
	Steps        []Step    `json:"steps"`      // 2 to 10
	TimeWindow   int64     `json:"timeWindow"` // s, from the first step
	Backfill     bool      `json:"backfill"`
	TrackedSince int64     `json:"trackedSince"` // UTC ms; earlier events do not count; 0: all count
	CreatedBy    string    `json:"createdBy,omitempty"`
	CreatedAt    time.Time `json:"createdAt"`
	UpdatedAt    time.Time `json:"updatedAt"`
}

// Matchers returns what each step matches. goal finds the goal that a step names; a step whose goal is gone matches nothing.
func (f *Funnel) Matchers(goal func(id string) (*Goal, bool)) []Matcher {
	out := make([]Matcher, len(f.Steps))
	for i := range f.Steps {
		s := &f.Steps[i]
		switch s.Type {
		case PageviewStep:
			out[i] = Matcher{Kind: Pageview, Path: PathPredicate(s.MatchType, s.Path)}
		case EventStep:
			out[i] = Matcher{Kind: Custom, Action: s.EventAction, Category: s.EventCategory}
		case GoalStep:
			if g, ok := goal(s.GoalID); ok {
				out[i] = g.Matcher()
			}
		}
	}
	return out
}
