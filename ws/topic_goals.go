package ws

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// askAgain is how often the latest events of a watched site are asked for though nothing changes, so that they go on being collected.
const askAgain = time.Minute

// goals is the source of topic goals.
type goals struct{}

type goalsState struct {
	Items    []json.RawMessage  `json:"items"`
	Backfill map[string]float64 `json:"backfill"` // progress by id of the goal or funnel
}

func openGoals(*Config, params) (source, error) { return goals{}, nil }

func (goals) key() string { return "" }

func (goals) check(analytics.Zone, int64) error { return nil }

func (goals) load(ctx context.Context, d *Deps, site analytics.SiteID, _ analytics.Zone, now time.Time) (any, time.Time, error) {
	s := goalsState{Items: []json.RawMessage{}, Backfill: map[string]float64{}}
	if d.Backfills != nil {
		s.Backfill = d.Backfills.Pending(site)
	}
	if d.Recent == nil {
		return s, time.Time{}, nil
	}
	items, err := d.Recent.Completions(ctx, site)
	if err != nil {
		return nil, time.Time{}, err
	}
	s.Items = append(s.Items, items...)
	return s, now.Add(askAgain), nil
}
