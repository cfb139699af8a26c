package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// askGoatCounter leaves out askBrowser: its statistics are counters by page, by browser and so on, not by two of them.
func (r *report) askGoatCounter(ctx context.Context, g *goatcounter, h *history) error {
	whole := url.Values{"start": {h.from.Format(time.RFC3339)}, "end": {h.to.Add(-time.Second).Format(time.RFC3339)}}.Encode()
	top := "?limit=10&" + whole
	total := "/api/v0/stats/total?" + whole
	page := func(n int) string {
		return total + "&path_by_name=true&include_paths=" + url.QueryEscape(pagePath(n))
	}
	requests := map[question]func(i int) []string{
		askReport: func(int) []string {
			return []string{total, "/api/v0/stats/hits" + top + "&daily=true", "/api/v0/stats/toprefs" + top, "/api/v0/stats/browsers" + top,
				"/api/v0/stats/systems" + top, "/api/v0/stats/locations" + top}
		},
		askTotals:  func(int) []string { return []string{total} },
		askPage:    func(int) []string { return []string{page(oftenPage)} },
		askNewPage: func(i int) []string { return []string{page(i)} },
	}
	a := answerer{"GoatCounter, HTTP", map[question]timing{}}
	for _, q := range questionsAsked {
		paths, ok := requests[q]
		if !ok {
			continue
		}
		t, err := repeat(ctx, len(paths(0)), func(i int) error {
			for _, path := range paths(i) {
				if _, err := call(ctx, http.MethodGet, g.url(path), g.token, nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		a.add(q, t)
	}
	r.answerers = append(r.answerers, a)
	var one struct{ Total int64 }
	if err := ask(ctx, http.MethodGet, g.url(page(oftenPage)), g.token, nil, &one); err != nil {
		return err
	}
	if one.Total != r.numbers.pageVisits {
		return fmt.Errorf("visitors of %s: ztas counts %d, GoatCounter %d", pagePath(oftenPage), r.numbers.pageVisits, one.Total)
	}
	return nil
}
