package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// question is asked of every product that can answer it.
type question string

const (
	askReport  question = "a dashboard's whole report"
	askTotals  question = "pageviews and visitors"
	askPage    question = "the same of one page, by day; always the same page"
	askNewPage question = "the same of one page, by day; another page each time"
	askBrowser question = "top pages of the visits with one browser"
)

var questionsAsked = []question{askReport, askTotals, askPage, askNewPage, askBrowser}

// answerer is who answers, and how.
type answerer struct {
	name    string
	timings map[question]timing
}

// timing is what a question took when asked again and again.
type timing struct {
	times    []time.Duration // ascending
	requests int             // HTTP requests of one question; 0: asked in the process
}

const (
	mostAsked  = 300
	leastAsked = 3
	askingTime = 5 * time.Second // of one question and one answerer, more if leastAsked is not reached
	oftenPage  = 7               // the page of askPage
	askedAbout = "Firefox"       // the browser of askBrowser
)

// repeat asks a question again and again.
func repeat(ctx context.Context, requests int, f func(i int) error) (t timing, err error) {
	t.requests = requests
	started := time.Now()
	for i := 0; i < mostAsked && (i < leastAsked || time.Since(started) < askingTime); i++ {
		asked := time.Now()
		if err := f(i); err != nil {
			return t, err
		}
		t.times = append(t.times, time.Since(asked))
		if err := ctx.Err(); err != nil {
			return t, err
		}
	}
	slices.Sort(t.times)
	return t, nil
}

// numbers are what all products must agree on.
type numbers struct {
	pageviews, visitors         int64
	pageViewsOfPage, pageVisits int64
}

// loaded is what storing the history took.
type loaded struct {
	name    string
	seconds float64
	cpu     time.Duration
	bytes   int64 // on the disk afterwards
	log     int64 // of them a log that shrinks again
	after   int64 // memory after a restart and all questions, bytes
}

// fill stores the history in a product and starts it again: questions find what a start finds.
func fill(ctx context.Context, p product, h *history) (l loaded, err error) {
	if err := p.start(ctx); err != nil {
		return l, err
	}
	defer func() {
		if err != nil {
			err = joinStop(err, p.server())
		}
	}()
	before, err := p.server().cpu()
	if err != nil {
		return l, err
	}
	started := time.Now()
	if err := p.load(ctx, h); err != nil {
		return l, err
	}
	if err := settle(ctx, p, int64(h.events)); err != nil {
		return l, err
	}
	after, err := p.server().cpu()
	if err != nil {
		return l, err
	}
	l = loaded{name: p.server().name, seconds: (time.Since(started) - restTime).Seconds(), cpu: after - before}
	say("%s has %d pageviews after %.0f s", l.name, h.events, l.seconds)
	if l.bytes, l.log, err = p.atRest(ctx); err != nil {
		return l, err
	}
	return l, p.start(ctx)
}

// measureQuestions asks every product about the same history and holds the answers against each other.
func (r *report) measureQuestions(ctx context.Context, s stage) (err error) {
	h := newHistory(r.options.events, r.started)
	r.history = h
	for _, p := range s.products() {
		l, err := fill(ctx, p, h)
		if err != nil {
			return err
		}
		defer func() { err = joinStop(err, p.server()) }()
		r.loads = append(r.loads, l)
	}
	if err := r.askZtas(ctx, s.ztas, h); err != nil {
		return err
	}
	if s.goat != nil {
		if err := r.askGoatCounter(ctx, s.goat, h); err != nil {
			return err
		}
	}
	for i, p := range s.products() {
		if r.loads[i].after, _, err = p.server().memory(); err != nil {
			return err
		}
	}
	if r.duck.built() {
		return r.askDuckDB(ctx, s, h)
	}
	return nil
}

// export writes what the stopped ztas has into a Parquet file.
func (z *ztas) export(ctx context.Context) (file string, size int64, err error) {
	if err := z.process.stop(); err != nil {
		return "", 0, err
	}
	file = filepath.Join(z.dir, "events.parquet")
	if text, err := z.at.command(z.bin, "export", "events", "--site", z.site, "--data", z.data(), "--format", "parquet", "-o", file).CombinedOutput(); err != nil {
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

func (a *answerer) add(q question, t timing) {
	a.timings[q] = t
	say("%-28s %-54s p50 %9s  p99 %9s  (%d)", a.name, q, shortWait(quantile(t.times, 0.5)), shortWait(quantile(t.times, 0.99)), len(t.times))
}

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
