package main

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// visits is a row of a list of sessions.
type visits struct{ Visits int64 }

// statsReport is the data of GET /api/stats that tests look at.
type statsReport struct {
	Summary struct{ Pageviews, UniqueVisitors, Sessions int64 }
	Series  []struct{ Pageviews, UniqueVisitors, Sessions int64 } `json:"timeseries"`
	Pages   []struct {
		Path      string
		Pageviews int64
	} `json:"topPages"`
	Referrers []visits `json:"topReferrers"`
	Browsers  []visits
	Systems   []visits `json:"operatingSystems"`
	Countries []visits
	Devices   map[string]float64
	Sources   map[string]float64 `json:"trafficSources"`
	Filtered  struct {
		Bot struct{ Total, Search, AI, Other int64 }
	}
}

// calmZone is a zone in which it is not near midnight: there a visitor becomes another one.
func calmZone(t *testing.T) string {
	t.Helper()
	for _, zone := range []string{"America/New_York", "Asia/Tokyo"} {
		at, err := time.LoadLocation(zone)
		require.NoError(t, err)
		if hour := time.Now().In(at).Hour(); hour >= 1 && hour < 23 {
			return zone
		}
	}
	t.Fatal("midnight in New York and in Tokyo")
	return ""
}

// get gets path as the owner of token and decodes its data. Safe for concurrent use.
func (r *rig) get(token, path string, out any) error {
	c := &client{base: r.base(), token: token, http: r.http}
	return c.call(context.Background(), http.MethodGet, path, nil, out)
}

// read is get that must succeed.
func (r *rig) read(token, path string, out any) {
	r.t.Helper()
	require.NoError(r.t, r.get(token, path, out), path)
}

// stats reads the last seven days, with lists as long as they get.
func (r *rig) stats(token, site string) statsReport {
	r.t.Helper()
	var s statsReport
	r.read(token, "/api/stats?period=7d&limit=100&siteId="+site, &s)
	return s
}

func (s statsReport) pages() map[string]int64 {
	out := make(map[string]int64, len(s.Pages))
	for _, p := range s.Pages {
		out[p.Path] = p.Pageviews
	}
	return out
}

// requireSums is invariant V5: every breakdown sums to its total. The lists must be complete, below 100 rows.
func (s statsReport) requireSums(t *testing.T) {
	t.Helper()
	var pages, perDay, sessionsPerDay int64
	for _, p := range s.Pages {
		pages += p.Pageviews
	}
	for _, row := range s.Series {
		perDay, sessionsPerDay = perDay+row.Pageviews, sessionsPerDay+row.Sessions
	}
	require.Less(t, len(s.Pages), 100, "list of pages is complete")
	require.Equal(t, s.Summary.Pageviews, pages, "V5: pages")
	require.Equal(t, s.Summary.Pageviews, perDay, "V5: timeseries")
	require.Equal(t, s.Summary.Sessions, sessionsPerDay, "V5: sessions of the timeseries")
	for name, list := range map[string][]visits{"referrers": s.Referrers, "browsers": s.Browsers, "systems": s.Systems, "countries": s.Countries} {
		var sum int64
		for _, row := range list {
			sum += row.Visits
		}
		require.Equal(t, s.Summary.Sessions, sum, "V5: %s", name)
	}
	for name, shares := range map[string]map[string]float64{"devices": s.Devices, "traffic sources": s.Sources} {
		var sum float64
		for _, share := range shares {
			sum += share
		}
		require.InDelta(t, 100, sum, 0.005*float64(len(shares))+1e-9, "V5: %s, rounded to two decimals each", name)
	}
	require.Equal(t, s.Filtered.Bot.Total, s.Filtered.Bot.Search+s.Filtered.Bot.AI+s.Filtered.Bot.Other, "V5: bots")
}
