package api

import (
	"context"
	"sync"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// fakeFold remembers which sites it was told to erase; fail, when set, is what it answers.
type fakeFold struct {
	mu     sync.Mutex
	fail   error
	erased []analytics.SiteID
}

func (f *fakeFold) Erase(_ context.Context, site analytics.SiteID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return f.fail
	}
	f.erased = append(f.erased, site)
	return nil
}

// setDeleted makes a site a soft-deleted one, or one that is not.
func (w *world) setDeleted(site analytics.SiteID, deleted bool) {
	w.t.Helper()
	w.sites.change.Lock()
	defer w.sites.change.Unlock()
	e := *w.sites.entry(site)
	e.DeletedAt, e.PurgeAt = time.Time{}, time.Time{}
	if deleted {
		e.DeletedAt, e.PurgeAt = w.clock.Now(), w.clock.Now().AddDate(0, 0, 30)
	}
	w.sites.show(&e)
}

// share makes a share of a site, deleted or not, and returns its id and token.
func (w *world) share(site analytics.SiteID, periods ...string) (id, token string) {
	w.t.Helper()
	token = newShareToken()
	item := &Share{ID: auth.NewID("share"), Site: site, Hash: hashShareToken(token), AllowedPeriods: periods, CreatedAt: w.clock.Now()}
	require.NoError(w.t, w.catalog.shares.add(item, 1<<20, w.clock.Now()))
	return item.ID, token
}
