package auth

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestLoginTimeTellsNothing compares the time of a login with an unknown address to that with a wrong password: Welch's t of 2 × 500, taken
// in turns. Without the dummy hash t was 17 on a busy machine; noise may spoil one series, not three.
func TestLoginTimeTellsNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	w := newWorld(t, func(c *Config) { c.Hashing.Memory = 512 })
	w.register(t, "known@example.com")
	var score float64
	for range 3 {
		var known, unknown sample
		for range 500 {
			known.add(w.loginTime(t, "known@example.com"))
			unknown.add(w.loginTime(t, "unknown@example.com"))
		}
		if score = welch(known, unknown); math.Abs(score) < 4.5 {
			t.Logf("t = %.2f; %.0f and %.0f µs", score, known.mean()*1e6, unknown.mean()*1e6)
			return
		}
	}
	t.Errorf("an unknown address is told from a wrong password: t = %.1f", score)
}

func (w world) loginTime(t *testing.T, email string) float64 {
	start := time.Now()
	_, err := w.Login(t.Context(), email, "wrong-secret", Client{})
	took := time.Since(start).Seconds()
	require.ErrorIs(t, err, ErrCredentials)
	return took
}

// sample holds a number's moments.
type sample struct{ n, sum, squares float64 }

func (s *sample) add(x float64) { s.n, s.sum, s.squares = s.n+1, s.sum+x, s.squares+x*x }

func (s *sample) mean() float64 { return s.sum / s.n }

func (s *sample) variance() float64 { return (s.squares - s.sum*s.sum/s.n) / (s.n - 1) }

// welch is (x̄ − ȳ) / √(s²x/n + s²y/m).
func welch(x, y sample) float64 {
	return (x.mean() - y.mean()) / math.Sqrt(x.variance()/x.n+y.variance()/y.n)
}
