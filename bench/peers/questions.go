package main

import (
	"context"
	"fmt"
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
	first    time.Duration   // the question's first time after a start
	times    []time.Duration // all, ascending
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
	return t.sorted(), nil
}

// sorted takes times in the order in which they were measured.
func (t timing) sorted() timing {
	if len(t.times) > 0 {
		t.first = t.times[0]
	}
	slices.Sort(t.times)
	return t
}

// at writes a quantile.
func (t timing) at(q float64) string { return shortWait(quantile(t.times, q)) }

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
	stored, err := settle(ctx, p, int64(h.events))
	if err != nil {
		return l, err
	}
	if stored != int64(h.events) {
		return l, fmt.Errorf("%s has %d of %d pageviews of the history", p.server().name, stored, h.events)
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

// add takes what a question took.
func (a *answerer) add(q question, t timing) {
	a.timings[q] = t
	say("%-28s %-54s first %9s  p50 %9s  p99 %9s  (%d)", a.name, q, shortWait(t.first), t.at(0.5), t.at(0.99), len(t.times))
}
