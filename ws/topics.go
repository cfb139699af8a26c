package ws

import (
	"context"
	"encoding/json"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// topic is a row of the table: everything that the rest of the package needs to know of a topic.
type topic struct {
	name     string
	right    Right
	interval func(*Config) time.Duration // between two deltas
	volatile []string                    // dotted paths of members whose change alone is not worth a delta
	list     *listRule                   // set when the state has items; append and update then tell of them
	quiet    bool                        // events of the site change nothing in it: only ChangedTopic tells of it
	// open reads the params; nil are none, unknown ones are ignored. Errors: analytics.Invalid.
	open func(cfg *Config, p params) (source, error)
}

// source gives the states of one stream: a topic with its params.
type source interface {
	// key is the canonical form of the params: sources that give the same states have the same key.
	key() string
	// check tells whether the params can be answered at the time now (UTC ms). Errors: analytics.Invalid.
	check(zone analytics.Zone, now int64) error
	// load gives the state at the time now, as REST would answer it, and when passing time alone may change it; zero: never.
	// A stream calls it once at a time, so a source may remember what it gave.
	load(ctx context.Context, d *Deps, site analytics.SiteID, zone analytics.Zone, now time.Time) (state any, next time.Time, err error)
}

// restarting is a state that may not go on from the one before, though a delta between them could be found.
type restarting interface{ restarts() bool }

// topics is the table. A new topic is a row here and a file with its source.
var topics = []topic{
	{
		name: "realtime", right: RightViewer, volatile: []string{"timestamp"}, open: openRealtime,
		interval: func(c *Config) time.Duration { return c.RealtimeInterval },
	},
	{
		name: "stats", right: RightViewer, volatile: []string{"range.end"}, open: openStats,
		interval: func(c *Config) time.Duration { return c.StatsInterval },
	},
	{
		name: "query", right: RightViewer, open: openQuery,
		interval: func(c *Config) time.Duration { return c.QueryInterval },
	},
	{
		name: "goals", right: RightViewer, list: &listRule{key: []string{"id", "goalId"}, fixed: true}, open: openGoals,
		interval: func(c *Config) time.Duration { return c.ListInterval },
	},
	{
		name: "feed", right: RightViewer, list: &listRule{key: []string{"id"}, fixed: true}, open: openFeed,
		interval: func(c *Config) time.Duration { return c.FeedInterval },
	},
	{
		name: "alerts", right: RightViewer, list: &listRule{key: []string{"id"}}, quiet: true,
		open:     openHistory(func(d *Deps) History { return d.Triggers }),
		interval: func(c *Config) time.Duration { return c.ListInterval },
	},
	{
		name: "activity", right: RightOwner, list: &listRule{key: []string{"id"}, fixed: true}, quiet: true,
		open:     openHistory(func(d *Deps) History { return d.Activity }),
		interval: func(c *Config) time.Duration { return c.ListInterval },
	},
}

// params are a subscription's params, as sent.
type params map[string]json.RawMessage

// text reads a scalar param as REST would see it in a query; absent and null are "". Errors: analytics.Invalid.
func (p params) text(name string) (string, error) {
	raw := p[name]
	if len(raw) == 0 {
		return "", nil
	}
	switch raw[0] {
	case '"':
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", analytics.Invalid(name + " must be a string")
		}
		return s, nil
	case '{', '[':
		return "", analytics.Invalid(name + " must be a string")
	case 'n':
		return "", nil
	default:
		return string(raw), nil
	}
}
