package api

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/api/auth"
)

func TestLimiterWindows(t *testing.T) {
	l := newLimiter(rate{3, time.Minute}, rate{5, time.Hour})
	start := time.Date(2026, 1, 15, 16, 30, 20, 0, time.UTC)
	f := func(after time.Duration, want verdict) {
		t.Helper()
		require.Equal(t, want, l.take("user", start.Add(after)))
	}
	f(0, verdict{true, 3, 2, time.Minute, 0})
	f(10*time.Second, verdict{true, 3, 1, 50 * time.Second, 0})
	f(20*time.Second, verdict{true, 3, 0, 40 * time.Second, 0})
	f(30*time.Second, verdict{false, 3, 0, 30 * time.Second, 30 * time.Second})
	f(59*time.Second, verdict{false, 3, 0, time.Second, time.Second})
	f(60*time.Second, verdict{true, 5, 1, 59 * time.Minute, 0}) // a new minute; the hour has fewer left, as the refused ones were not counted
	f(61*time.Second, verdict{true, 5, 0, 59*time.Minute - time.Second, 0})
	f(62*time.Second, verdict{false, 5, 0, 59*time.Minute - 2*time.Second, 59*time.Minute - 2*time.Second})
	f(time.Hour, verdict{true, 3, 2, time.Minute, 0})
	require.Equal(t, verdict{true, 3, 2, time.Minute, 0}, l.take("other", start))
}

func TestLimiterSwitchedOff(t *testing.T) {
	require.Nil(t, newLimiter(rate{0, time.Minute}, rate{0, time.Hour}))
	l := newLimiter(rate{0, time.Minute}, rate{2, time.Hour})
	require.Equal(t, "2;w=3600", l.policy)
	require.Len(t, l.rates, 1)
}

func TestLimiterIsExactUnderConcurrency(t *testing.T) {
	l := newLimiter(rate{100, time.Minute})
	now := time.Now()
	var wait sync.WaitGroup
	var mu sync.Mutex
	allowed := 0
	for range 8 {
		wait.Go(func() {
			for range 50 {
				if l.take("user", now).allowed {
					mu.Lock()
					allowed++
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
	require.Equal(t, 100, allowed)
}

func TestLimiterMemoryIsBounded(t *testing.T) {
	l := newLimiter(rate{1, time.Minute})
	now := time.Now()
	for i := range 2 * maxCounters {
		l.take(fmt.Sprint(i), now)
	}
	l.counters.CleanUp()
	require.LessOrEqual(t, l.counters.EstimatedSize(), maxCounters)
}

// JWTs and keys of a user share one limit; every answer tells where it stands; a refused request is not counted.
func TestUserLimit(t *testing.T) {
	w := newWorld(t)
	owner, token := w.user("owner@example.com")
	_, key := w.key(owner, auth.Read, "", 0)
	_, other := w.user("other@example.com")
	for i := range 100 {
		who := token
		if i%2 == 1 {
			who = key
		}
		a := w.call("GET", "/api/auth/me", who, nil)
		require.Equal(t, 200, a.code)
		require.Equal(t, []string{"100", fmt.Sprint(99 - i), "60", "100;w=60, 1000;w=3600"}, rateFields(a))
	}
	w.clock.Add(500 * time.Millisecond)
	for _, who := range []string{token, key} {
		a := w.call("GET", "/api/auth/me", who, nil)
		a.wantError(429, "Rate limit exceeded. Try again in 60 seconds.", "rate_limited")
		require.Equal(t, "60", a.head.Get("Retry-After"))
		require.Equal(t, []string{"100", "0", "60", "100;w=60, 1000;w=3600"}, rateFields(a))
	}
	// 429 goes before scope, syntax and existence, and after authentication
	w.call("POST", "/api/sites", key, nil).wantError(429, "Rate limit exceeded. Try again in 60 seconds.", "rate_limited")
	require.Equal(t, 401, w.call("GET", "/api/auth/me", "nonsense", nil).code)
	require.Equal(t, 200, w.call("GET", "/api/auth/me", other, nil).code)
	require.NotNil(t, w.srv.CountRequest(owner))
	w.clock.Add(60 * time.Second)
	require.Nil(t, w.srv.CountRequest(owner))
	require.Equal(t, "98", w.call("GET", "/api/auth/me", token, nil).head.Get("RateLimit-Remaining"))
}

func rateFields(a answer) (fields []string) {
	for _, name := range []string{"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "RateLimit-Policy"} {
		fields = append(fields, a.head.Get(name))
	}
	return fields
}

func TestLimitsByIP(t *testing.T) {
	for target, n := range map[string]int{"/api/auth/login": 10, "/api/auth/register": 5, "/api/auth/refresh": 30} {
		w := newWorld(t)
		for i := range n {
			a := w.call("POST", target, "", `{}`)
			require.Equal(t, 400, a.code)
			require.Equal(t, []string{fmt.Sprint(n), fmt.Sprint(n - 1 - i), "60", fmt.Sprintf("%d;w=60", n)}, rateFields(a))
		}
		spoofed := func(r *http.Request) {
			r.Header.Set("X-Forwarded-For", "198.51.100.1")
			r.Header.Set("X-Real-Ip", "198.51.100.2")
		}
		w.call("POST", target, "", `{}`, spoofed).wantError(429, "Rate limit exceeded. Try again in 60 seconds.", "rate_limited")
		require.Equal(t, 400, w.call("POST", target, "", `{}`, func(r *http.Request) { r.RemoteAddr = "203.0.113.8:1" }).code)
		w.clock.Add(time.Minute)
		require.Equal(t, 400, w.call("POST", target, "", `{}`).code)
	}
}

func TestLimitsSwitchedOff(t *testing.T) {
	w := newWorld(t, unlimited)
	_, token := w.user("owner@example.com")
	for range 150 {
		a := w.call("GET", "/api/auth/me", token, nil)
		require.Equal(t, 200, a.code)
		require.Empty(t, a.head.Get("RateLimit-Limit"))
		require.Equal(t, 400, w.call("POST", "/api/auth/login", "", `{}`).code)
	}
	require.Nil(t, w.srv.CountRequest("anybody"))
}
