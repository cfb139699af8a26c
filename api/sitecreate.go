package api

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/sync/errgroup"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// Definer puts a definition into a site's history.
type Definer interface {
	// Define returns once the definition is synced and folded. A revision that is known already changes nothing. Errors:
	// *analytics.Unavailable.
	Define(ctx context.Context, site analytics.SiteID, d analytics.Definition) error
}

var (
	errDomainTaken = problem(http.StatusConflict, codeConflict, "A site with this domain already exists")
	errSiteLimit   = problem(http.StatusForbidden, codeLimit, "Site limit reached")
)

// create makes a site for its owner. draft has domain, name, time zone, visibility and settings, all checked.
//
// The site and the mark that its definition is pending are written in one transaction, then the definition goes into the log, then the mark
// is taken away and the site exists. When the log does not answer, the mark stays: the same request again, or the next start, finishes it.
func (d *Directory) create(ctx context.Context, owner string, draft analytics.Site) (*analytics.Site, error) {
	e, err := d.begin(owner, draft)
	if err != nil {
		return nil, err
	}
	if err := d.define(ctx, e); err != nil {
		return nil, err
	}
	return &e.Site, nil
}

// begin checks the owner's limits and writes the site as newborn.
func (d *Directory) begin(owner string, draft analytics.Site) (*entry, error) {
	d.change.Lock()
	defer d.change.Unlock()
	unfinished, err := d.mayCreate(owner, draft.Domain)
	if err != nil {
		return nil, err
	}
	now := d.instant()
	draft.OwnerID, draft.CreatedAt, draft.UpdatedAt = owner, now, now
	if unfinished != nil {
		draft.ID, draft.DedupKey, draft.Revision = unfinished.ID, unfinished.DedupKey, unfinished.Revision+1
	} else {
		draft.ID, draft.DedupKey, draft.Revision = analytics.SiteID(auth.NewID("site")), randomKey(), 1
	}
	e := &entry{siteRecord{draft, newborn}, map[string]Membership{owner: {auth.Owner, now}}}
	if err := d.store(e, owner); err != nil {
		return nil, err
	}
	d.defining[e.ID] = true
	return e, nil
}

// mayCreate looks for the owner's other sites. It returns a site of the domain that was begun and not finished, to be begun again. The
// caller holds change.
func (d *Directory) mayCreate(owner, domain string) (unfinished *entry, err error) {
	d.mu.RLock()
	defer d.mu.RUnlock()
	owned := 0
	for id := range d.byUser[owner] {
		e := d.entry(id)
		switch {
		case e.OwnerID != owner || !e.DeletedAt.IsZero():
			continue
		case e.Domain != domain:
			owned++
		case e.visible() || d.defining[id]:
			return nil, errDomainTaken
		default:
			unfinished = e
		}
	}
	if owned >= d.cfg.MaxSitesPerUser {
		return nil, errSiteLimit
	}
	return unfinished, nil
}

// define sends a site's definition and takes its mark away. The caller has put the site into defining.
func (d *Directory) define(ctx context.Context, e *entry) error {
	err := d.send(ctx, &e.Site)
	d.change.Lock()
	defer d.change.Unlock()
	delete(d.defining, e.ID)
	if err != nil {
		return err
	}
	now := d.entry(e.ID)
	if now == nil || now.Revision != e.Revision { // a newer one has its own mark
		return nil
	}
	return d.store(&entry{siteRecord{now.Site, defined}, now.members}, "")
}

func (d *Directory) send(ctx context.Context, site *analytics.Site) error {
	body, err := json.Marshal(analytics.SiteDefinition{
		Timezone: site.Timezone, MaxDimensionValues: d.cfg.MaxDimensionValues, DedupKey: site.DedupKey,
	})
	if err != nil {
		return fmt.Errorf("encode definition: %w", err)
	}
	err = d.definer.Define(ctx, site.ID, analytics.Definition{Kind: "site", ID: string(site.ID), Revision: site.Revision, Body: body})
	if err != nil {
		return fmt.Errorf("define site: %w", err)
	}
	return nil
}

// ResumePending sends the definitions again whose way into the log is not known to have ended. It is called at start, before requests are.
func (d *Directory) ResumePending(ctx context.Context) error {
	var pending []*entry
	d.change.Lock()
	d.entries.Range(func(_, v any) bool {
		if e := v.(*entry); e.Mark != defined && e.DeletedAt.IsZero() && !d.defining[e.ID] {
			d.defining[e.ID] = true
			pending = append(pending, e)
		}
		return true
	})
	d.change.Unlock()
	errs := make([]error, len(pending))
	var group errgroup.Group
	group.SetLimit(8)
	for i, e := range pending {
		group.Go(func() error { errs[i] = d.define(ctx, e); return nil })
	}
	_ = group.Wait() // the functions return no error
	return errors.Join(errs...)
}

// randomKey is a site's key for the hashes of event ids.
func randomKey() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:])
}
