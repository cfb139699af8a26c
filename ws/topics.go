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
	load(ctx context.Context, r Reader, site analytics.SiteID, zone analytics.Zone, now time.Time) (state any, next time.Time, err error)
}

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
