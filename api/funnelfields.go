package api

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ztas-io/ztas/analytics"
)

// Bounds of funnels (funnels.md).
const (
	minSteps, maxSteps       = 2, 10
	minWindow, defaultWindow = 60, 3600 // s
	maxWindow                = 2_592_000
)

// funnelBody is what POST and PATCH send of a funnel.
type funnelBody struct {
	ID         optional[string]            `json:"id"`
	SiteID     optional[string]            `json:"siteId"`
	Name       optional[string]            `json:"name"`
	Steps      optional[[]json.RawMessage] `json:"steps"`
	TimeWindow optional[numeral]           `json:"timeWindow"`
	Backfill   optional[bool]              `json:"backfill"`
}

// stepBody is one step of them.
type stepBody struct {
	Name          optional[string] `json:"name"`
	Type          optional[string] `json:"type"`
	Path          optional[string] `json:"path"`
	MatchType     optional[string] `json:"matchType"`
	EventAction   optional[string] `json:"eventAction"`
	EventCategory optional[string] `json:"eventCategory"`
	GoalID        optional[string] `json:"goalId"`
}

// put puts what was sent over a funnel: null clears, absent stays. It does not look for the goals of steps.
func (b *funnelBody) put(f *analytics.Funnel) error {
	if b.Name.sent {
		f.Name = textOf(&b.Name)
	}
	if err := checkName("Funnel", f.Name); err != nil {
		return err
	}
	if b.Steps.sent {
		steps, err := readSteps(b.Steps.or(nil))
		if err != nil {
			return err
		}
		f.Steps = steps
	}
	if b.TimeWindow.sent {
		f.TimeWindow = defaultWindow
		if sent := b.TimeWindow.value; sent != nil {
			var ok bool
			if f.TimeWindow, ok = sent.integer(minWindow, maxWindow); !ok {
				return invalid("Invalid time window")
			}
		}
	}
	if b.Backfill.sent {
		f.Backfill = b.Backfill.or(true)
	}
	return nil
}

func readSteps(sent []json.RawMessage) ([]analytics.Step, error) {
	switch {
	case len(sent) < minSteps:
		return nil, invalid(fmt.Sprintf("Funnel must have at least %d steps", minSteps))
	case len(sent) > maxSteps:
		return nil, invalid(fmt.Sprintf("Funnel cannot have more than %d steps", maxSteps))
	}
	steps := make([]analytics.Step, len(sent))
	for i, raw := range sent {
		var b stepBody
		if err := decodeStep(raw, i, &b); err != nil {
			return nil, err
		}
		if err := b.put(&steps[i]); err != nil {
			return nil, err
		}
	}
	return steps, nil
}

// decodeStep reads a step that is JSON already; what is wrong about its types is said with the place in the body.
func decodeStep(raw json.RawMessage, i int, into *stepBody) error {
	err := decodeJSON(raw, into)
	var p *Problem
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errJSON):
		return invalid(fmt.Sprintf("steps[%d] must be a object", i))
	case errors.As(err, &p):
		return invalid(fmt.Sprintf("steps[%d].%s", i, p.Message))
	}
	return err
}

func (b *stepBody) put(s *analytics.Step) error {
	s.Name, s.Type = textOf(&b.Name), analytics.StepType(textOf(&b.Type))
	switch {
	case s.Name == "":
		return invalid("Step name is required")
	case tooLong(s.Name, maxName):
		return invalid(fmt.Sprintf("Step name must not exceed %d characters", maxName))
	}
	switch s.Type {
	case analytics.PageviewStep:
		return readPathMatch(&b.Path, &b.MatchType, &s.Path, &s.MatchType, "steps")
	case analytics.EventStep:
		return readEventMatch(&b.EventAction, &b.EventCategory, &s.EventAction, &s.EventCategory, "steps")
	case analytics.GoalStep:
		if s.GoalID = textOf(&b.GoalID); s.GoalID == "" {
			return invalid("Goal is required for goal steps")
		}
		return nil
	default:
		return invalid("Invalid step type. Must be: pageview, event, or goal")
	}
}

// goalsExist tells of the first step whose goal is not one of the site.
func (c *Catalog) goalsExist(site analytics.SiteID, steps []analytics.Step) error {
	for _, s := range steps {
		if s.Type != analytics.GoalStep {
			continue
		}
		if g, ok := c.Goal(s.GoalID); !ok || g.Site != site {
			return notFound("Goal not found: " + s.GoalID)
		}
	}
	return nil
}

// goalsFit tells of steps whose goals cannot be one, now that the caller may know. The caller holds changing.
func (c *Catalog) goalsFit(f *analytics.Funnel) error {
	if err := c.goalsExist(f.Site, f.Steps); err != nil {
		return err
	}
	for _, s := range f.Steps {
		if g, ok := c.Goal(s.GoalID); ok && s.Type == analytics.GoalStep && g.Type == analytics.DurationGoal {
			return invalid("Duration goals cannot be used as funnel steps")
		}
	}
	return nil
}
