package api

import (
	"encoding/json"
	"math"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTimeTellsNothingOfAccounts compares how long answers take for an address with an account and for one without: Welch's t of 2 × 500 requests,
// in turns. Noise may spoil one series, not three in a row.
func TestTimeTellsNothingOfAccounts(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	w := newWorld(t, unlimited, func(c *Config) {
		c.Auth.OpenRegistration = false // when it is open, the answer itself tells that an address is taken
		c.Auth.Hashing.Memory = 512     // KiB: 40 times less than in earnest, so that the rest of a request weighs more
	})
	w.user("known@example.com")
	for _, r := range []struct {
		path, secret string
		code         int
	}{
		{"/api/auth/login", "not the password", 401},
		{"/api/auth/register", password, 403},
		{"/api/auth/forgot", "", 200},
	} {
		t.Run(path.Base(r.path), func(t *testing.T) {
			body := func(email string) string {
				text, err := json.Marshal(object{"email": email, "password": r.secret})
				require.NoError(t, err)
				return string(text)
			}
			known, unknown := body("known@example.com"), body("other@example.com")
			var score float64
			for range 3 {
				var x, y sample
				for i := range 500 {
					if i%2 == 0 { // who comes second finds what the first has left in the caches
						x = append(x, w.timeOf(t, r.path, known, r.code))
						y = append(y, w.timeOf(t, r.path, unknown, r.code))
					} else {
						y = append(y, w.timeOf(t, r.path, unknown, r.code))
						x = append(x, w.timeOf(t, r.path, known, r.code))
					}
				}
				var meanX, meanY float64
				score, meanX, meanY = welch(x, y)
				t.Logf("t = %.2f; %.1f and %.1f µs", score, meanX*1e6, meanY*1e6)
				if math.Abs(score) < 4.5 {
					return
				}
			}
			t.Errorf("an address with an account is told from one without: t = %.1f", score)
		})
	}
}

// timeOf is how long an answer takes, in seconds. What goes on beside the request is waited for, but not measured.
func (w *world) timeOf(t *testing.T, target, body string, code int) float64 {
	rec, r := httptest.NewRecorder(), httptest.NewRequest("POST", target, strings.NewReader(body))
	start := time.Now()
	w.srv.ServeHTTP(rec, r)
	took := time.Since(start).Seconds()
	require.Equal(t, code, rec.Code, rec.Body)
	w.letters()
	require.NoError(t, w.activity.Flush(t.Context()))
	return took
}

// sample is a list of measured times.
type sample []float64

// moments are the number, the mean and the variance of the times up to a limit.
func (s sample) moments(limit float64) (n, mean, variance float64) {
	var sum, squares float64
	for _, x := range s {
		if x <= limit {
			n, sum, squares = n+1, sum+x, squares+x*x
		}
	}
	mean = sum / n
	return n, mean, (squares - sum*mean) / (n - 1)
}

// welch is (x̄ − ȳ) / √(s²x/n + s²y/m) of the faster nine tenths of both together: what a busy machine does to the others would hide a
// difference.
func welch(x, y sample) (score, meanX, meanY float64) {
	all := slices.Sorted(slices.Values(slices.Concat(x, y)))
	limit := all[len(all)*9/10]
	n, meanX, varX := x.moments(limit)
	m, meanY, varY := y.moments(limit)
	return (meanX - meanY) / math.Sqrt(varX/n+varY/m), meanX, meanY
}
