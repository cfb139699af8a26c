package api

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// Goals, funnels and alerts name each other: a goal that a funnel uses stays, and an alert on what is gone is switched off. Here is what changes
// several of them in one transaction.

// changing holds goals, funnels and alerts still until release is called, for whoever checks before it changes. Always in this order.
func (c *Catalog) changing() (release func()) {
	c.goals.change.Lock()
	c.funnels.change.Lock()
	c.alerts.change.Lock()
	return func() {
		c.alerts.change.Unlock()
		c.funnels.change.Unlock()
		c.goals.change.Unlock()
	}
}

// sameMatching tells whether two states of a goal match the same (goals.md, trackedSince).
func sameMatching(a, b *analytics.Goal) bool {
	return a.Type == b.Type && a.Path == b.Path && a.MatchType == b.MatchType && a.EventAction == b.EventAction &&
		a.EventCategory == b.EventCategory && a.EventLabel == b.EventLabel && a.DurationSeconds == b.DurationSeconds
}

// sameWay tells whether two states of a funnel ask for the same way.
func sameWay(a, b *analytics.Funnel) bool {
	return a.TimeWindow == b.TimeWindow && slices.Equal(a.Steps, b.Steps)
}

// usesGoal tells whether a step of the funnel is the goal.
func usesGoal(f *analytics.Funnel, goal string) bool {
	return slices.ContainsFunc(f.Steps, func(s analytics.Step) bool { return s.Type == analytics.GoalStep && s.GoalID == goal })
}

// changeGoal puts a goal in the place of the one before; funnels that use it start anew when it matches something else now. The caller holds
// changing.
func (c *Catalog) changeGoal(before, g *analytics.Goal) error {
	var restarted []*analytics.Funnel
	var ops []MetaOp
	if !sameMatching(before, g) {
		for _, f := range c.funnels.of(g.Site) {
			if !usesGoal(f, g.ID) {
				continue
			}
			again := *f
			again.TrackedSince = g.TrackedSince
			op, err := c.funnels.op(&again)
			if err != nil {
				return err
			}
			restarted, ops = append(restarted, &again), append(ops, op)
		}
	}
	if err := c.goals.put(g, ops...); err != nil {
		return err
	}
	for _, f := range restarted {
		c.funnels.show(f)
	}
	return nil
}

// removeGoal forgets a goal and switches the alerts off that watch it. The caller holds changing and has looked for funnels that use it.
func (c *Catalog) removeGoal(g *analytics.Goal, now time.Time) error {
	return c.disabling(g.Site, "goal."+g.ID+".", now, func(ops []MetaOp) error { return c.goals.remove(g, ops...) })
}

// removeFunnel forgets a funnel and switches the alerts off that watch it. The caller holds changing.
func (c *Catalog) removeFunnel(f *analytics.Funnel, now time.Time) error {
	return c.disabling(f.Site, "funnel."+f.ID+".", now, func(ops []MetaOp) error { return c.funnels.remove(f, ops...) })
}

// disabling switches a site's alerts off whose metrics have the prefix, in one transaction with the change.
func (c *Catalog) disabling(site analytics.SiteID, metrics string, now time.Time, change func(ops []MetaOp) error) error {
	var disabled []*analytics.Alert
	var ops []MetaOp
	for _, a := range c.alerts.of(site) {
		if !a.Enabled || !strings.HasPrefix(a.Metric, metrics) {
			continue
		}
		off := *a
		off.Enabled, off.UpdatedAt = false, now
		op, err := c.alerts.op(&off)
		if err != nil {
			return fmt.Errorf("disable alert: %w", err)
		}
		disabled, ops = append(disabled, &off), append(ops, op)
	}
	if err := change(ops); err != nil {
		return err
	}
	for _, a := range disabled {
		c.alerts.show(a)
	}
	return nil
}
