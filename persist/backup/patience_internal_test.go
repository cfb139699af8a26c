package backup

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// TestSlowIsNotHung: a copy that gets on is not given up, however long it takes, and one that does not is.
func TestSlowIsNotHung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, ctx := range []context.Context{context.Background(), t.Context()} {
			p := &pace{limit: patience, grace: grace}
			left, err := p.beside(ctx, func() error {
				for range 10 {
					time.Sleep(patience / 2)
					p.step()
				}
				return p.ended(ctx)
			}, func() { t.Error("it is not left") })
			require.NoError(t, err)
			require.False(t, left)

			p = &pace{limit: patience, grace: grace}
			late := make(chan struct{})
			left, err = p.beside(ctx, func() error {
				time.Sleep(3 * patience)
				return p.ended(ctx)
			}, func() { close(late) })
			require.ErrorIs(t, err, errHangs)
			require.True(t, left)
			<-late
		}
	})
}
