package ws

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// history is the source of the topics that show what was kept: alerts and activity.
type history struct {
	of func(d *Deps) History
}

type historyState struct {
	Items []json.RawMessage `json:"items"`
}

func openHistory(of func(d *Deps) History) func(*Config, params) (source, error) {
	return func(*Config, params) (source, error) { return history{of}, nil }
}

func (history) key() string { return "" }

func (history) check(analytics.Zone, int64) error { return nil }

func (h history) load(_ context.Context, d *Deps, site analytics.SiteID, _ analytics.Zone, _ time.Time) (any, time.Time, error) {
	s := historyState{Items: []json.RawMessage{}}
	if from := h.of(d); from != nil {
		items, err := from.Latest(site, maxItems)
		if err != nil {
			return nil, time.Time{}, err
		}
		s.Items = append(s.Items, items...)
	}
	return s, time.Time{}, nil
}
