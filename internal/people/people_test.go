package people

import (
	"encoding/json"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/phuslu/iploc"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

var zone = func() *time.Location {
	z, err := time.LoadLocation("America/New_York")
	if err != nil {
		panic(err)
	}
	return z
}()

var monday = time.Date(2026, 1, 12, 5, 0, 0, 0, time.UTC) // midnight in New York

func take(t require.TestingT, cfg Config, from, to time.Time) []Event {
	require.NoError(t, cfg.Validate())
	var all []Event
	s := NewStream(cfg, from)
	for {
		events, more := s.Until(to, 1000)
		all = append(all, events...)
		if !more {
			return all
		}
	}
}

// TestDeterministic: any part of time gives the same events as the whole, in order, without gap or repetition.
func TestDeterministic(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cfg := Config{Seed: rapid.Uint64().Draw(t, "seed"), Zone: zone, Rate: rapid.Float64Range(0.05, 2).Draw(t, "rate")}
		from := monday.Add(time.Duration(rapid.Int64Range(0, 7*24*3600*1000).Draw(t, "from")) * time.Millisecond)
		cut := from.Add(time.Duration(rapid.Int64Range(0, 2*3600*1000).Draw(t, "cut")) * time.Millisecond)
		end := cut.Add(time.Duration(rapid.Int64Range(0, 2*3600*1000).Draw(t, "end")) * time.Millisecond)
		whole := take(t, cfg, from, end)
		parts := append(take(t, cfg, from, cut), take(t, cfg, cut, end)...)
		require.Equal(t, len(whole), len(parts))
		ids := map[string]bool{}
		for i, e := range whole {
			require.Equal(t, e, parts[i])
			require.False(t, ids[e.ID], "id twice")
			ids[e.ID] = true
			require.GreaterOrEqual(t, e.Timestamp, from.UnixMilli())
			require.Less(t, e.Timestamp, end.UnixMilli())
			require.True(t, i == 0 || whole[i-1].Timestamp <= e.Timestamp)
		}
		next := NewStream(cfg, from)
		for i := range min(len(whole), 50) {
			require.Equal(t, whole[i], next.Next())
		}
	})
}

// TestBelievable checks a week against what people do.
func TestBelievable(t *testing.T) {
	cfg := Config{Seed: 1, Zone: zone, Rate: 0.5}
	events := take(t, cfg, monday, monday.AddDate(0, 0, 7))
	require.InEpsilon(t, 0.5*7*86400, len(events), 0.06, "the rate is kept")

	type session struct {
		pages, events int
		last          int64
	}
	open, sessions := map[Context]*session{}, []*session(nil)
	byHour, kinds, types := [24]int{}, map[string]bool{}, map[string]int{}
	visitors, days := map[Context]map[string]bool{}, 0
	for _, e := range events {
		s := open[e.Context]
		if s == nil || e.Timestamp-s.last >= 1_800_000 {
			s = &session{}
			open[e.Context], sessions = s, append(sessions, s)
		}
		s.events, s.last = s.events+1, e.Timestamp
		at := time.UnixMilli(e.Timestamp).In(zone)
		byHour[at.Hour()]++
		types[e.Type]++
		if e.Type == "pageview" {
			s.pages++
		}
		if e.Action != "" {
			kinds[e.Action] = true
		}
		if visitors[e.Context] == nil {
			visitors[e.Context] = map[string]bool{}
		}
		visitors[e.Context][at.Format(time.DateOnly)] = true
	}
	bounces, pages := 0, 0
	for _, s := range sessions {
		pages += s.pages
		if s.pages == 1 {
			bounces++
		}
	}
	for _, seen := range visitors {
		if len(seen) > 1 {
			days++
		}
	}
	t.Logf("%d events, %d sessions, %.1f events and %.2f pages a session, %.0f %% of one page, %d of %d visitors on several days", len(events), len(sessions),
		float64(len(events))/float64(len(sessions)), float64(pages)/float64(len(sessions)), 100*float64(bounces)/float64(len(sessions)), days, len(visitors))
	require.InDelta(t, 0.42, float64(bounces)/float64(len(sessions)), 0.1)
	require.InDelta(t, 2.7, float64(pages)/float64(len(sessions)), 0.7)
	require.Greater(t, byHour[14], 3*byHour[3], "the afternoon is livelier than the night")
	require.Greater(t, byHour[3], 1000, "somebody is there at night")
	require.Greater(t, float64(days)/float64(len(visitors)), 0.05, "some come back")
	for _, action := range []string{"signup", "plan_select", "form_submit", "copy_snippet", "newsletter_subscribe", "outbound_click", "file_download", "404"} {
		require.True(t, kinds[action], action)
	}
	for _, kind := range []string{"pageview", "event", "engagement", "scroll", "heartbeat", "click", "move"} {
		require.NotZero(t, types[kind], kind)
	}
}

// TestVisits checks what every visit keeps to.
func TestVisits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Stream{cfg: Config{Seed: rapid.Uint64().Draw(t, "seed"), Zone: zone, Rate: 1}}
		events := s.makeVisit(rapid.Uint64Range(0, 1<<30).Draw(t, "minute"), rapid.IntRange(0, 1000).Draw(t, "number"), monday, 5)
		require.NotEmpty(t, events)
		require.Equal(t, "pageview", events[0].Type, "a visit opens with a pageview")
		require.Less(t, events[len(events)-1].Timestamp-events[0].Timestamp, MaxVisit.Milliseconds())
		path := ""
		for i, e := range events {
			require.Regexp(t, regexp.MustCompile(`^[A-Za-z0-9_-]{12}$`), e.ID)
			require.Equal(t, events[0].Context, e.Context)
			require.NotNil(t, pageAt[e.Path])
			require.True(t, i == 0 || e.Referrer == "" && e.UTM == nil, "only the first page has a source")
			switch e.Type {
			case "pageview":
				path = e.Path
			case "scroll":
				require.True(t, e.Depth > 0 && e.Depth <= 100 && e.Document.Height >= e.Viewport.Height)
				require.NotEmpty(t, e.Dwell)
				for _, part := range e.Dwell {
					require.True(t, part[0] >= 0 && part[0] < e.Document.Height && part[1] >= 0 && part[1] <= 3_600_000, "%v", part)
				}
			case "click":
				require.True(t, *e.X >= 0 && *e.X < e.Viewport.Width && *e.Y >= 0 && e.Element != "" && (e.Rage == 0 || e.Dead && e.Rage >= 5))
				require.True(t, e.SinceLoad >= 0 && e.SinceLoad < MaxVisit.Milliseconds())
			case "move":
				require.Len(t, e.Points, movePoints)
				for _, p := range e.Points {
					require.True(t, p[0] >= 0 && p[0] < e.Viewport.Width && p[1] >= 0, "%v", p)
				}
			case "engagement":
				require.True(t, e.TimeOnPage > 0 && e.TimeOnPage <= 3600)
			}
			require.Equal(t, path, e.Path, "events happen on the page that is open")
			_, err := json.Marshal(e)
			require.NoError(t, err)
		}
	})
}

func TestNetworksBelongToTheirCountries(t *testing.T) {
	for _, c := range countries {
		for _, n := range c.networks {
			for i := range 256 {
				ip := netip.AddrFrom4([4]byte{n[0], n[1], byte(i), byte(1 + i%254)})
				require.Equal(t, c.code, iploc.IPCountry(ip), "%v", n)
			}
		}
	}
}

func TestSiteIsWhole(t *testing.T) {
	reached := map[string]bool{}
	check := func(links []link) {
		require.NotEmpty(t, links)
		for _, l := range links {
			require.NotNil(t, pageAt[l.to], l.to)
			require.Positive(t, l.weight)
			reached[l.to] = true
		}
	}
	for _, p := range pages {
		check(p.links)
		for _, a := range p.act {
			require.True(t, a.then == "" || pageAt[a.then] != nil)
			reached[a.then] = true
		}
	}
	for _, s := range sources {
		check(s.landing)
	}
	for path := range pageAt {
		require.True(t, reached[path], path)
	}
	for _, a := range agents {
		require.False(t, strings.Contains(strings.ToLower(a.text), "bot"))
	}
}

func TestCurveIsOneOnAverage(t *testing.T) {
	sum, n := 0.0, 0
	for at := monday; at.Before(monday.AddDate(0, 0, 7)); at = at.Add(time.Minute) {
		sum += busy(at.In(zone))
		n++
	}
	require.InDelta(t, 1, sum/float64(n), 0.001)
}

func TestValidate(t *testing.T) {
	for _, c := range []Config{{}, {Zone: zone}, {Zone: zone, Rate: -1}, {Rate: 1}, {Zone: zone, Rate: 1e6}} {
		require.Error(t, c.Validate())
	}
}

func BenchmarkStream(b *testing.B) {
	s := NewStream(Config{Seed: 1, Zone: zone, Rate: 2}, monday)
	for b.Loop() {
		s.Next()
	}
}
