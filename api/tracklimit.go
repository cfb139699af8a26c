package api

import (
	"fmt"
	"hash/maphash"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/ztas-io/ztas/analytics"
)

// trackLimits are the two limits of POST /api/track: requests by (site, IP) and events by site, a minute each. An IP is kept only as part of a
// hash with a key of this process. Safe for concurrent use; its memory is bounded, the rarest keys are forgotten first.
type trackLimits struct {
	requests, events int // a minute; 0: no limit
	policy           string
	seed             maphash.Seed
	senders          *otter.Cache[uint64, *trackWindow]
	sites            *otter.Cache[analytics.SiteID, *trackWindow]
}

// trackWindow is a fixed window of a minute that began with its first request.
type trackWindow struct {
	mu    sync.Mutex
	start int64 // UTC ms
	used  int
}

// trackState is a window as one request saw it.
type trackState struct {
	limit, remaining int
	reset            time.Duration
	refused          bool
}

const trackWindowLength = 60_000 // ms

func newTrackLimits(requests, events int) *trackLimits {
	l := &trackLimits{requests: requests, events: events, seed: maphash.MakeSeed()}
	var policy []string
	for _, n := range []int{requests, events} {
		if n > 0 {
			policy = append(policy, fmt.Sprintf("%d;w=60", n))
		}
	}
	l.policy = strings.Join(policy, ", ")
	inline := func(task func()) { task() }
	l.senders = otter.Must(&otter.Options[uint64, *trackWindow]{MaximumSize: maxCounters, Executor: inline})
	l.sites = otter.Must(&otter.Options[analytics.SiteID, *trackWindow]{MaximumSize: maxCounters, Executor: inline})
	return l
}

// take counts a request with its events, or refuses it and counts nothing. On a refusal it writes the headers of README §7.
func (l *trackLimits) take(site analytics.SiteID, ip string, events int, now int64, header http.Header) *Problem {
	var sender, hot trackState
	var w *trackWindow
	if l.requests > 0 {
		key := maphash.Comparable(l.seed, struct {
			site analytics.SiteID
			ip   string
		}{site, ip})
		w = windowOf(l.senders, key)
		sender = w.take(1, l.requests, now)
	}
	if l.events > 0 && !sender.refused {
		if hot = windowOf(l.sites, site).take(events, l.events, now); hot.refused && w != nil {
			w.giveBack(1)
			sender.remaining++
		}
	}
	if !sender.refused && !hot.refused {
		return nil
	}
	refusing, least := sender, sender
	if hot.refused {
		refusing, least = hot, hot
		if l.requests > 0 && sender.remaining < hot.remaining {
			least = sender
		}
	}
	header["Ratelimit-Limit"] = []string{strconv.Itoa(least.limit)}
	header["Ratelimit-Remaining"] = []string{strconv.Itoa(least.remaining)}
	header["Ratelimit-Reset"] = []string{strconv.Itoa(seconds(least.reset))}
	header["Ratelimit-Policy"] = []string{l.policy}
	return tooMany(refusing.reset)
}

func windowOf[K comparable](cache *otter.Cache[K, *trackWindow], key K) *trackWindow {
	if w, ok := cache.GetIfPresent(key); ok {
		return w
	}
	w, _ := cache.ComputeIfAbsent(key, func() (*trackWindow, bool) { return new(trackWindow), false })
	return w
}

// take counts n, unless that is more than the window has left.
func (w *trackWindow) take(n, limit int, now int64) trackState {
	w.mu.Lock()
	defer w.mu.Unlock()
	if age := now - w.start; age >= trackWindowLength || age < 0 {
		w.start, w.used = now, 0
	}
	s := trackState{limit: limit, reset: time.Duration(w.start+trackWindowLength-now) * time.Millisecond}
	if s.refused = w.used+n > limit; !s.refused {
		w.used += n
	}
	s.remaining = max(limit-w.used, 0)
	return s
}

func (w *trackWindow) giveBack(n int) {
	w.mu.Lock()
	w.used = max(w.used-n, 0)
	w.mu.Unlock()
}
