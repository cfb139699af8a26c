package api

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"
)

// maxCounters bounds the memory of one limiter: about 20 MB of counters.
const maxCounters = 100_000

// rate allows n requests in a window.
type rate struct {
	n      int
	window time.Duration
}

// limiter counts requests by key in fixed windows, each of which begins with its first request. It holds at most maxCounters keys; the
// rarest are forgotten first. Safe for concurrent use.
type limiter struct {
	rates    []rate
	policy   string // header RateLimit-Policy
	counters *otter.Cache[string, *counter]
}

// counter is the state of one key: a window for each rate.
type counter struct {
	mu      sync.Mutex
	windows []window
}

type window struct {
	start time.Time // zero: none was begun
	used  int
}

// verdict is what a limiter says of one request.
type verdict struct {
	allowed   bool
	limit     int           // of the window with the least remaining
	remaining int           // after this request
	reset     time.Duration // until that window ends
	retry     time.Duration // refused: until the request would pass
}

// newLimiter leaves out rates of 0; with none left it is nil, which allows everything.
func newLimiter(rates ...rate) *limiter {
	l := &limiter{}
	longest := time.Duration(0)
	var policy []string
	for _, r := range rates {
		if r.n > 0 {
			l.rates = append(l.rates, r)
			policy = append(policy, fmt.Sprintf("%d;w=%d", r.n, int(r.window.Seconds())))
			longest = max(longest, r.window)
		}
	}
	if len(l.rates) == 0 {
		return nil
	}
	l.policy = strings.Join(policy, ", ")
	l.counters = otter.Must(&otter.Options[string, *counter]{
		MaximumSize:      maxCounters,
		ExpiryCalculator: otter.ExpiryAccessing[string, *counter](longest),
	})
	return l
}

// take counts a request of the key, unless it is refused.
func (l *limiter) take(key string, now time.Time) verdict {
	c, _ := l.counters.ComputeIfAbsent(key, func() (*counter, bool) {
		return &counter{windows: make([]window, len(l.rates))}, false
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	v := verdict{allowed: true}
	for i, r := range l.rates {
		w := &c.windows[i]
		if w.start.IsZero() || now.Sub(w.start) >= r.window || now.Before(w.start) {
			*w = window{start: now}
		}
		if w.used >= r.n {
			v.allowed = false
			v.retry = max(v.retry, r.window-now.Sub(w.start))
		}
	}
	for i, r := range l.rates {
		w := &c.windows[i]
		if v.allowed {
			w.used++
		}
		if left := r.n - w.used; i == 0 || left < v.remaining {
			v.limit, v.remaining, v.reset = r.n, left, r.window-now.Sub(w.start)
		}
	}
	return v
}

// giveBack takes one request of the key back.
func (l *limiter) giveBack(key string) {
	c, ok := l.counters.GetIfPresent(key)
	if !ok {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.windows {
		c.windows[i].used = max(0, c.windows[i].used-1)
	}
}

// header writes the fields RateLimit-*.
func (l *limiter) header(h http.Header, v verdict) {
	h["Ratelimit-Limit"] = []string{strconv.Itoa(v.limit)}
	h["Ratelimit-Remaining"] = []string{strconv.Itoa(v.remaining)}
	h["Ratelimit-Reset"] = []string{strconv.Itoa(seconds(v.reset))}
	h["Ratelimit-Policy"] = []string{l.policy}
}

// seconds rounds up, to at least 1.
func seconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }

func tooMany(retry time.Duration) *Problem {
	n := seconds(retry)
	p := problem(http.StatusTooManyRequests, codeRateLimited, fmt.Sprintf("Rate limit exceeded. Try again in %d seconds.", n))
	p.RetryAfter = time.Duration(n) * time.Second
	return p
}

// blinder hides IPs and e-mails behind hashes with a key of this process, so that no counter holds one.
type blinder [sha256.Size]byte

func newBlinder() (b blinder) {
	rand.Read(b[:]) // never fails
	return b
}

func (b blinder) hide(s string) string {
	mac := hmac.New(sha256.New, b[:])
	mac.Write([]byte(s))
	return string(mac.Sum(nil)[:16])
}

// limit names the limiter of a route, and with it by what it counts.
type limit uint8

const (
	noLimit    limit = iota // the endpoint limits itself, or is free
	perUser                 // by user
	perInviter              // perUser, and refused to those whose invitations are spent
	loginPerIP              // by IP, like those that follow
	registerPerIP
	forgotPerIP
	verifyResetPerIP
	resetPerIP
	refreshPerIP
	invitePreviewPerIP
	publicPerIP
	limitCount
)

// limits are the limiters of the API (README §7). A nil one is switched off.
type limits struct {
	blinder
	failures *limiter // of logins, by e-mail
	invites  inviteLimits
	routes   [limitCount]*limiter
}

func newLimits(c *Config) *limits {
	user := newLimiter(rate{c.RateMinute, time.Minute}, rate{c.RateHour, time.Hour})
	return &limits{
		blinder:  newBlinder(),
		failures: newLimiter(rate{c.RateLoginFailures, 15 * time.Minute}),
		invites:  newInviteLimits(c),
		routes: [limitCount]*limiter{
			perUser:            user,
			perInviter:         user,
			loginPerIP:         newLimiter(rate{c.RateLogin, time.Minute}),
			registerPerIP:      newLimiter(rate{c.RateRegister, time.Minute}),
			forgotPerIP:        newLimiter(rate{c.RateForgot, time.Minute}),
			verifyResetPerIP:   newLimiter(rate{c.RateVerifyReset, time.Minute}),
			resetPerIP:         newLimiter(rate{c.RateReset, time.Minute}),
			refreshPerIP:       newLimiter(rate{c.RateRefresh, time.Minute}),
			invitePreviewPerIP: newLimiter(rate{c.RateInvitePreview, time.Minute}),
			publicPerIP:        newLimiter(rate{c.RatePublicStats, time.Minute}),
		},
	}
}
