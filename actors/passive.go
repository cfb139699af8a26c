package actors

import (
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/ztas-io/ztas/analytics"
)

// errRetry says that a site woke and stored a newer root while its old one was read.
var errRetry = errors.New("the state changed while it was read")

// passiveViews is how many bytes of sleeping sites' counters are kept for the next reader.
const passiveViews = 4 << 20

// passiveSites answers for sites that sleep, from their newest root, without waking them. Safe for concurrent use.
type passiveSites struct {
	store StateStore
	views *cache
}

type viewKey struct{ site analytics.SiteID }

func (k viewKey) owner() analytics.SiteID { return k.site }

type passiveView struct {
	root  uint64 // hash of the root it was made of
	view  *analytics.View
	bytes int
}

// Size is about the view's bytes.
func (p *passiveView) Size() int { return p.bytes }

func newPassiveSites(store StateStore) *passiveSites {
	return &passiveSites{store, newCache(passiveViews)}
}

// view gives the site's counters. A site without root is new: it has none.
func (p *passiveSites) view(site analytics.SiteID) (*analytics.View, error) {
	root, ok, err := p.store.Root(site)
	if err != nil {
		return nil, fmt.Errorf("read root: %w", err)
	}
	if !ok {
		return analytics.NewState(site).View(), nil
	}
	hash := xxhash.Sum64(root)
	if known, ok := cached[*passiveView](p.views, viewKey{site}); ok && known.root == hash {
		return known.view, nil
	}
	view, err := analytics.LoadView(root, BlobsOf(p.store, site))
	if errors.Is(err, ErrNoBlob) {
		return nil, errRetry
	}
	if err != nil {
		return nil, err
	}
	p.views.set(viewKey{site}, &passiveView{hash, view, int(view.Size())})
	return view, nil
}

// realtime answers for the time now, UTC ms, from the root and the live window.
func (p *passiveSites) realtime(site analytics.SiteID, now int64, detail bool) (*analytics.RealtimeReport, error) {
	root, ok, err := p.store.Root(site)
	if err != nil {
		return nil, fmt.Errorf("read root: %w", err)
	}
	if !ok {
		r, _, err := analytics.NewState(site).Realtime(now, detail, nil)
		return r, err
	}
	r, err := analytics.RootRealtime(root, BlobsOf(p.store, site), now, detail)
	if errors.Is(err, ErrNoBlob) {
		return nil, errRetry
	}
	return r, err
}
