package alerting_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/actors/alerting"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// crowd is many sites with one alert each and no traffic.
type crowd struct {
	*world
	sites  []analytics.SiteID
	judged map[analytics.SiteID][]time.Time // guarded by world.mu
}

func (c *crowd) AlertSites() []analytics.SiteID { return c.sites }

func (c *crowd) Alerts(id analytics.SiteID) []*analytics.Alert {
	return []*analytics.Alert{{ID: "alert_" + string(id), Site: id, Type: analytics.ThresholdAlert, Metric: "pageviews", Operator: ">", Threshold: 1,
		Period: "1h", Enabled: true}}
}

func (c *crowd) Sums(ctx context.Context, id analytics.SiteID, asks ...report.Ask) ([]report.Sum, error) {
	c.mu.Lock()
	c.judged[id] = append(c.judged[id], time.Now())
	c.mu.Unlock()
	return c.world.Sums(ctx, site, asks...)
}

// TestIdleSitesTakeTurns: sites to which nothing happens are each judged every minute, but not all of them at the same time.
func TestIdleSitesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &crowd{world: newWorld(), judged: make(map[analytics.SiteID][]time.Time)}
		for i := range 600 {
			c.sites = append(c.sites, analytics.SiteID(fmt.Sprintf("site_%06d", i)))
		}
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute+5*time.Second)
		defer cancel()
		alerting.New(alerting.DefaultConfig(), alerting.Deps{Definitions: c, System: c, Zones: c, Logger: slog.New(slog.DiscardHandler), Now: time.Now}).Run(ctx)
		second := make(map[int]int)
		for _, id := range c.sites {
			last := began
			for _, at := range c.judged[id] {
				require.LessOrEqual(t, at.Sub(last), 62*time.Second, id)
				second[int(at.Sub(began)/time.Second)]++
				last = at
			}
			require.WithinDuration(t, began.Add(10*time.Minute), last, 62*time.Second, id)
		}
		for at, n := range second {
			require.Less(t, n, 40, "in second %d", at)
		}
	})
}
