package main

import (
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestVisible is P6: a read that starts after the answer sees the event. Each writer has a visitor and two pages of its own, so that it knows
// exactly what the reads must say, whatever the others do meanwhile.
func TestVisible(t *testing.T) {
	const writers, posts = 8, 40
	r := newRig(t)
	r.start()
	site, token := r.site(calmZone(t))
	var wg sync.WaitGroup
	failures := make(chan error, writers)
	for w := range writers {
		wg.Go(func() {
			for n := range posts {
				if err := writeAndRead(r, token, site, w, n); err != nil {
					failures <- fmt.Errorf("writer %d, post %d: %w", w, n, err)
					return
				}
			}
		})
	}
	wg.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
	s := r.stats(token, site)
	require.EqualValues(t, writers*posts, s.Summary.Pageviews)
	require.EqualValues(t, writers, s.Summary.UniqueVisitors)
	s.requireSums(t)
}

// writeAndRead posts the writer's n-th pageview, now on one page, now on the other, and reads.
func writeAndRead(r *rig, token, site string, writer, n int) error {
	page := func(n int) string { return fmt.Sprintf("/writer/%d/%c", writer, 'a'+n%2) }
	body := encode(map[string]any{"siteId": site, "id": fmt.Sprintf("visible-%d-%05d", writer, n), "type": "pageview", "path": page(n)})
	answer, err := r.track(body, fmt.Sprintf("%s writer/%d", agent, writer))
	if err != nil {
		return err
	}
	if answer.Status != http.StatusOK || answer.Count != 1 || answer.Duplicates != 0 {
		return fmt.Errorf("answered %+v", answer)
	}
	var s statsReport
	if err := r.get(token, "/api/stats?period=7d&limit=100&siteId="+site, &s); err != nil {
		return err
	}
	if got, want := s.pages()[page(n)], int64(n/2+1); got != want {
		return fmt.Errorf("stats count %d pageviews of %s, not %d", got, page(n), want)
	}
	var live struct{ PageBreakdown map[string]int }
	if err := r.get(token, "/api/realtime?siteId="+site, &live); err != nil {
		return err
	}
	if live.PageBreakdown[page(n)] != 1 || live.PageBreakdown[page(n+1)] != 0 {
		return fmt.Errorf("realtime does not have the visitor on %s alone: %v", page(n), live.PageBreakdown)
	}
	return nil
}
