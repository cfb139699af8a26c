package report

import "github.com/ztas-io/ztas/analytics"

// Completion is one completion of a goal, told when it is first known (metrics.md §3). Its texts may share memory with the event's block.
type Completion struct {
	Goal            *analytics.Goal
	ID              string // of the event; of the session for a duration goal. Unique together with the goal's
	Session         analytics.SessionID
	Visitor         analytics.VisitorID
	Path            string // of the event; of the session's entry for a duration goal
	Value           analytics.Fixed
	Source, Country string // of the session's entry
	At              int64  // UTC ms, where the match is placed: the event's time, or the session's start
}

// LiveGoals tells what events complete at the moment when they are folded. It is immutable and safe for concurrent use.
type LiveGoals struct {
	goals    []*analytics.Goal
	matchers []analytics.Matcher
}

// NewLiveGoals prepares goals of one site.
func NewLiveGoals(goals []*analytics.Goal) *LiveGoals {
	l := &LiveGoals{goals, make([]analytics.Matcher, len(goals))}
	for i, g := range goals {
		l.matchers[i] = g.Matcher()
	}
	return l
}

// None tells that there are no goals.
func (g *LiveGoals) None() bool { return len(g.goals) == 0 }

// Completions tells which goals an event completes, in the order of the goals: those that it matches, and those whose duration its session
// reaches with it, which happens once, because a session only gets longer. Imported events tell nobody, nor do those that arrived before the
// goal matched as it does now, nor matches before TrackedSince.
func (g *LiveGoals) Completions(l *analytics.Landed) []Completion {
	if l.Event.Imported {
		return nil
	}
	var out []Completion
	for i, goal := range g.goals {
		if l.Event.ReceivedAt < goal.MatchedSince.UnixMilli() {
			continue
		}
		c, ok := g.completion(i, l)
		if ok && c.At >= goal.TrackedSince {
			c.Goal, c.Session, c.Visitor, c.Source, c.Country = goal, l.Session, l.Event.Visitor, l.Source, l.Country
			out = append(out, c)
		}
	}
	return out
}

func (g *LiveGoals) completion(i int, l *analytics.Landed) (Completion, bool) {
	goal, e := g.goals[i], l.Event
	if goal.Type == analytics.DurationGoal {
		threshold := 1000 * goal.DurationSeconds
		start := max(e.TS, l.LastBefore) - l.DurationAfter
		return Completion{ID: l.Session.String(), Path: l.EntryPath, Value: goal.Value, At: start},
			l.DurationBefore < threshold && l.DurationAfter >= threshold
	}
	value := goal.Value
	if e.Kind == analytics.Custom && e.HasValue {
		value = e.Value
	}
	return Completion{ID: l.ID.Text(), Path: e.Path, Value: value, At: e.TS}, g.matchers[i].Event(e)
}
