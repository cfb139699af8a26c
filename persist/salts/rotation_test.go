package salts

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestRotatesOnce is R7 for salts: whatever the clock does, a day has one salt as long as it has one, which no other day has; each is destroyed once, 48 hours
// after its day, and none of a day that is over is made anew.
func TestRotatesOnce(t *testing.T) {
	for name, steps := range map[string][]string{
		"24 h back":           {"2026-03-10 12:00:00", "2026-03-09 12:00:00", "2026-03-09 23:59:59", "2026-03-10 00:00:00", "2026-03-10 12:00:00"},
		"24 h ahead":          {"2026-03-10 12:00:00", "2026-03-11 12:00:00", "2026-03-10 12:01:00", "2026-03-11 00:00:00"},
		"two days go by":      {"2026-03-10 12:00:00", "2026-03-11 00:00:00", "2026-03-12 23:59:59", "2026-03-13 00:00:00", "2026-03-14 00:00:00"},
		"400 d ahead":         {"2026-03-10 12:00:00", "2027-04-14 12:00:00", "2027-04-14 23:59:59", "2027-04-15 00:00:00"},
		"clocks go forward":   {"2026-03-08 01:59:59", "2026-03-08 03:00:00", "2026-03-08 23:59:59", "2026-03-09 00:00:00"},
		"clocks go back":      {"2026-11-01 01:59:59", "2026-11-01 01:00:00", "2026-11-01 01:59:59", "2026-11-01 23:59:59", "2026-11-02 00:00:00"},
		"at the end of a day": {"2026-03-10 23:59:59.999", "2026-03-11 00:00:00", "2026-03-10 23:59:59.999", "2026-03-11 00:00:00.001"},
	} {
		t.Run(name, func(t *testing.T) {
			path, c := newPath(t), at(steps[0])
			s := open(t, path, c)
			seen, owner, gone := map[string][32]byte{}, map[[32]byte]string{}, map[string]bool{}
			for n, step := range steps {
				c.set(step)
				if n%2 == 1 { // a restart
					s = open(t, path, c)
				}
				require.NoError(t, s.Sweep())
				today := c.now().Format(time.DateOnly)
				v := salt(t, s, today)
				if before, ok := seen[today]; ok {
					require.Equal(t, before, v, "%s has another salt at %s", today, step)
				}
				if other, ok := owner[v]; ok {
					require.Equal(t, other, today, "two days with one salt")
				}
				seen[today], owner[v] = v, today
				for d := range seen {
					over := c.now().Sub(at(d+" 00:00:00").now()) >= 3*24*time.Hour
					got, err := s.Salt(day(d))
					switch {
					case over:
						require.True(t, errors.Is(err, ErrDestroyed), "%s at %s: %v", d, step, err)
						gone[d] = true
					case errors.Is(err, ErrFuture): // not used, but kept
						require.False(t, gone[d])
					default:
						require.NoError(t, err, fmt.Sprint(d, " at ", step))
						require.Equal(t, seen[d], got, "%s at %s", d, step)
					}
				}
			}
		})
	}
}
