package report_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/ulikunitz/xz"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
	"github.com/ztas-io/ztas/internal/testkit"
)

const shopSite = analytics.SiteID("site_shop123")

// shopItem is an item of the shop and how often it was looked at.
type shopItem struct {
	path  string
	count int64
}

// shopStream is what people looked at in a real shop, in order (testdata/load/NOTICE).
func shopStream(t *testing.T) (items []int) {
	t.Helper()
	f, err := os.Open(filepath.Join("..", "..", "testdata", "load", "shop_items.xz"))
	require.NoError(t, err)
	defer f.Close()
	z, err := xz.NewReader(f)
	require.NoError(t, err)
	data, err := io.ReadAll(z)
	require.NoError(t, err)
	for b := data; len(b) > 0; b = b[3:] {
		items = append(items, int(b[0])<<16|int(b[1])<<8|int(b[2]))
	}
	require.Len(t, items, 1_245_184)
	return items
}

func shopPath(item int) string { return fmt.Sprintf("/item/%d", item) }

// mostSeen counts the stream with a plain map; the list is in the order of topPages.
func mostSeen(items []int) []shopItem {
	counts := make(map[int]int64)
	for _, item := range items {
		counts[item]++
	}
	list := make([]shopItem, 0, len(counts))
	for item, n := range counts {
		list = append(list, shopItem{shopPath(item), n})
	}
	slices.SortFunc(list, func(a, b shopItem) int { return cmp.Or(cmp.Compare(b.count, a.count), cmp.Compare(a.path, b.path)) })
	return list
}

// TestShopStream folds a real stream of 1.2 million views of 258,368 items, most of them rare: the 100 items that were seen most are the 100 that
// the site names, also when it may keep no more than 500 values; with the usual 10,000 their counts are exact. So they are always by the events
// themselves. The counters stay small, the totals exact, and all rows sum to them (V5).
func TestShopStream(t *testing.T) {
	items := shopStream(t)
	want := mostSeen(items)
	require.Len(t, want, 258_368)
	if raced { // the fold has one goroutine; a part is enough
		items = items[:150_000]
		want = mostSeen(items)
	}
	for _, c := range []struct {
		limit    int   // MAX_DIMENSION_VALUES
		counters int64 // bytes at most
	}{{10_000, 8 << 20}, {500, 2 << 20}} {
		t.Run(fmt.Sprint(c.limit), func(t *testing.T) {
			if raced && c.limit < 10_000 {
				t.Skip("many items of a part are seen equally often: without the race detector")
			}
			r, now := foldShop(t, items, c.limit, c.counters)
			zone, err := analytics.LoadZone("UTC")
			require.NoError(t, err)
			q, err := analytics.StatsParams{Period: "day", Limit: "100"}.Resolve(zone, now)
			require.NoError(t, err)
			rest, err := r.Stats(t.Context(), shopSite, q)
			require.NoError(t, err)
			require.EqualValues(t, len(items), rest.Summary.Pageviews)
			require.Len(t, rest.TopPages, 100)

			q.Limit = c.limit + 1 // all rows
			whole, err := r.Stats(t.Context(), shopSite, q)
			require.NoError(t, err)
			require.Equal(t, whole.TopPages[:100], rest.TopPages)
			named, sum := whole.TopPages[:0:0], int64(0)
			for _, p := range whole.TopPages {
				sum += p.Pageviews
				if p.Path != analytics.OtherValue {
					named = append(named, p)
				}
			}
			require.Equal(t, whole.Summary.Pageviews, sum, "V5")
			require.Len(t, named, c.limit)
			shown, worst := map[string]int64{}, 0.0
			for _, p := range named[:100] {
				shown[p.Path] = p.Pageviews
			}
			for _, item := range want[:100] {
				require.Contains(t, shown, item.path, "seen %d times", item.count)
				require.LessOrEqual(t, shown[item.path], item.count)
				worst = max(worst, 1-float64(shown[item.path])/float64(item.count))
			}
			t.Logf("recall of the top 100: 100 %%, their counts are off by %.2f %% at most", 100*worst)
			if c.limit == 10_000 {
				require.Zero(t, worst, "the first 10,000 items are exact")
			}
			require.Equal(t, want[:100], shopByQuery(t, r, zone, now))
		})
	}
}

// foldShop is a site after the stream, with checkpoints on the way; the counters are never above the bound.
func foldShop(t *testing.T, items []int, limit int, bound int64) (r *testkit.Reader, now int64) {
	t.Helper()
	const start, block = 1_768_435_200_000, 4096 // a UTC midnight
	r = testkit.NewReader(shopSite, "UTC", limit)
	most := int64(0)
	for from := 0; from < len(items); from += block {
		var events []analytics.Event
		for i, item := range items[from:min(from+block, len(items))] {
			n := from + i
			now = start + int64(n)*60
			events = append(events, analytics.Event{
				TS: now, ReceivedAt: now, Kind: analytics.Pageview, Path: shopPath(item), Visitor: analytics.VisitorID{byte(n >> 3), byte(n >> 11), byte(n >> 19)},
				Country: "HU", Device: "desktop", Browser: "Chrome", OS: "Windows", Source: "(direct)", Channel: "direct",
			})
		}
		r.Events(events...)
		if from/block%16 == 15 {
			require.NoError(t, r.Checkpoint(from/block%64 == 63))
			r.State.Evict(1 << 30)
			most = max(most, r.State.Size().Counters)
		}
	}
	t.Logf("the counters took %d bytes at most", most)
	require.LessOrEqual(t, most, bound)
	return r, now
}

// shopByQuery asks the Query API for the 100 pages with most views, which it counts from the events.
func shopByQuery(t *testing.T, r *testkit.Reader, zone analytics.Zone, now int64) (list []shopItem) {
	t.Helper()
	q, err := report.QueryParams{
		SiteID: string(shopSite), Period: "day", Property: "page", Metrics: "pageviews", Order: "pageviews:desc", Limit: "100",
	}.Resolve(zone, now, nil)
	require.NoError(t, err)
	sums, err := r.Sums(t.Context(), shopSite, q.Asks()...)
	require.NoError(t, err)
	text, err := json.Marshal(q.Answer(sums))
	require.NoError(t, err)
	var got struct {
		Results []struct {
			Page      string
			Pageviews int64
		}
	}
	require.NoError(t, json.Unmarshal(text, &got))
	for _, p := range got.Results {
		list = append(list, shopItem{p.Page, p.Pageviews})
	}
	return list
}
