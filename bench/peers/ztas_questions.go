package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
)

// export writes what the stopped ztas has into a Parquet file.
func (z *ztas) export(ctx context.Context) (file string, size int64, err error) {
	if err := z.process.stop(); err != nil {
		return "", 0, err
	}
	file = filepath.Join(z.dir, "events.parquet")
	cmd := z.at.command(z.bin, "export", "events", "--site", z.site, "--data", z.data(), "--format", "parquet", "-o", file)
	if text, err := cmd.CombinedOutput(); err != nil {
		return "", 0, fmt.Errorf("export events: %w: %.300s", err, text)
	}
	info, err := os.Stat(file)
	if err != nil {
		return "", 0, fmt.Errorf("measure export: %w", err)
	}
	return file, info.Size(), ctx.Err()
}

// query returns the path of a request to the Query API over the whole history.
func (z *ztas) query(h *history, more url.Values) string {
	first, last := days(h.from, h.to)
	more.Set("site_id", z.site)
	more.Set("period", "custom")
	more.Set("date_from", first)
	more.Set("date_to", last)
	return "/api/stats-api?" + more.Encode()
}

// askZtas asks over HTTP; its answers are what the others' are held against.
func (r *report) askZtas(ctx context.Context, z *ztas, h *history) error {
	first, last := days(h.from, h.to)
	page := func(n int) string {
		return z.query(h, url.Values{"metrics": {"visitors,pageviews"}, "filters": {"page==" + pagePath(n)}})
	}
	requests := map[question]func(i int) string{
		askReport: func(int) string { return "/api/stats?siteId=" + z.site + "&startDate=" + first + "&endDate=" + last },
		askTotals: func(int) string {
			return z.query(h, url.Values{"metrics": {"visitors,pageviews"}, "interval": {"none"}})
		},
		askPage:    func(int) string { return page(oftenPage) },
		askNewPage: func(i int) string { return page(i) },
		askBrowser: func(int) string {
			return z.query(h, url.Values{"metrics": {"pageviews,visitors"}, "property": {"page"}, "limit": {"10"}, "filters": {"browser==" + askedAbout}})
		},
	}
	a := answerer{"ztas, HTTP", map[question]timing{}}
	for _, q := range questionsAsked {
		t, err := repeat(ctx, 1, func(i int) error {
			_, err := call(ctx, http.MethodGet, z.url(requests[q](i)), z.key, nil)
			return err
		})
		if err != nil {
			return err
		}
		a.add(q, t)
	}
	r.answerers = append(r.answerers, a)
	type totals struct {
		Data struct {
			Totals struct{ Pageviews, Visitors int64 }
		}
	}
	var all, one totals
	if err := ask(ctx, http.MethodGet, z.url(requests[askTotals](0)), z.key, nil, &all); err != nil {
		return err
	}
	if err := ask(ctx, http.MethodGet, z.url(requests[askPage](0)), z.key, nil, &one); err != nil {
		return err
	}
	r.numbers = numbers{all.Data.Totals.Pageviews, all.Data.Totals.Visitors, one.Data.Totals.Pageviews, one.Data.Totals.Visitors}
	if r.numbers.pageviews != int64(h.events) {
		return fmt.Errorf("ztas counts %d of %d pageviews", r.numbers.pageviews, h.events)
	}
	return nil
}
