package report

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// GoalReport is the data of GET /api/goals/:id/stats.
type GoalReport struct {
	Goal       any                   `json:"goal"` // what it matches, by its type
	Range      analytics.RangeReport `json:"range"`
	Stats      GoalStats             `json:"stats"`
	Timeseries []GoalPoint           `json:"timeseries"`
	TopSources []GoalSource          `json:"topSources"`
	TopPages   []GoalPage            `json:"topPages"`
}

// GoalStats holds G1 to G5.
type GoalStats struct {
	Completions       int64       `json:"completions"`
	UniqueCompletions int64       `json:"uniqueCompletions"`
	ConversionRate    float64     `json:"conversionRate"` // percent
	TotalValue        json.Number `json:"totalValue"`     // exact, up to 4 decimals
	AvgValue          json.Number `json:"avgValue"`
}

// GoalPoint is one bucket of the time series (G6).
type GoalPoint struct {
	Date           string  `json:"date"`
	Completions    int64   `json:"completions"`
	ConversionRate float64 `json:"conversionRate"` // percent, within the bucket
}

// GoalSource is one row of topSources (G7).
type GoalSource struct {
	Source         string  `json:"source"`
	Completions    int64   `json:"completions"`
	ConversionRate float64 `json:"conversionRate"` // percent
}

// GoalPage is one row of topPages (G7).
type GoalPage struct {
	Path           string  `json:"path"` // an entry page
	Completions    int64   `json:"completions"`
	ConversionRate float64 `json:"conversionRate"` // percent
}

// goalName begins the description of a goal.
type goalName struct {
	ID   string             `json:"id"`
	Name string             `json:"name"`
	Type analytics.GoalType `json:"type"`
}

type pageviewGoal struct {
	goalName
	Path string `json:"path"`
}

type eventGoal struct {
	goalName
	EventAction   string  `json:"eventAction"`
	EventCategory *string `json:"eventCategory"`
	EventLabel    *string `json:"eventLabel"`
}

type durationGoal struct {
	goalName
	DurationSeconds int64 `json:"durationSeconds"`
}

// describeGoal is how a report names its goal.
func describeGoal(g *analytics.Goal) any {
	name := goalName{g.ID, g.Name, g.Type}
	switch g.Type {
	case analytics.PageviewGoal:
		return pageviewGoal{name, g.Path}
	case analytics.EventGoal:
		return eventGoal{name, g.EventAction, orNull(g.EventCategory), orNull(g.EventLabel)}
	default:
		return durationGoal{name, g.DurationSeconds}
	}
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// Report turns the sum into the answer about a range; limit is the most rows of each top list.
func (s *GoalDetailSum) Report(g *analytics.Goal, r analytics.Range, limit int) GoalReport {
	out := GoalReport{
		Goal: describeGoal(g), Range: r.Report(),
		Stats: GoalStats{
			Completions: s.Completions, UniqueCompletions: s.Visitors, ConversionRate: analytics.Percent(s.Visitors, s.AllVisitors),
			TotalValue: s.Value.Number(), AvgValue: s.Value.Mean(s.Completions),
		},
		Timeseries: []GoalPoint{}, TopSources: []GoalSource{}, TopPages: []GoalPage{},
	}
	for _, b := range Buckets(r) {
		c := s.Buckets[b.BucketKey]
		out.Timeseries = append(out.Timeseries, GoalPoint{b.Date, c.Completions, c.rate()})
	}
	for _, row := range topGroups(s.Sources, limit) {
		out.TopSources = append(out.TopSources, GoalSource{row.key, row.Completions, row.rate()})
	}
	for _, row := range topGroups(s.Pages, limit) {
		out.TopPages = append(out.TopPages, GoalPage{row.key, row.Completions, row.rate()})
	}
	return out
}

// topGroups are the groups with completions: most first, then by key bytewise.
func topGroups(m map[string]GroupCount, limit int) []visitGroup {
	var rows []visitGroup
	for key, c := range m {
		if c.Completions > 0 {
			rows = append(rows, visitGroup{key, c})
		}
	}
	slices.SortFunc(rows, func(a, b visitGroup) int {
		return cmp.Or(cmp.Compare(b.Completions, a.Completions), strings.Compare(a.key, b.key))
	})
	return rows[:min(len(rows), limit)]
}
