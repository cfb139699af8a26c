package actors

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestKeptQuestions: of what is kept for a site that does not wake, questions go once nobody waits for them any more; the blocks stay, in order.
func TestKeptQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const patience = 10 * time.Second
		var c child
		for round := range 50 {
			for range 50 {
				c.keep(&askView{until: time.Now().Add(patience)})
				c.keep(&askRealtime{until: time.Now().Add(patience)})
			}
			c.keep(&foldSection{pos: analytics.Pos(round)})
			time.Sleep(patience + 1)
		}
		require.Less(t, cap(c.kept), 500)
		next := 0
		for _, m := range c.kept {
			if s, ok := m.(*foldSection); ok {
				require.EqualValues(t, next, s.pos)
				next++
			}
		}
		require.Equal(t, 50, next)
	})
}
