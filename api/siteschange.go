package api

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

var (
	errDomainFixed = invalid("Domain cannot be changed")
	errNotDeleted  = invalid("Site is not deleted")
	errNotOwner    = forbidden("Only the site owner can delete this site")
)

// update changes a site that is not deleted. A new time zone, or one whose way into the log is not known to have ended, is defined before update
// returns: every read that starts afterwards sees it. change gets a copy of the site and may refuse; it must not change what slices hold.
func (d *Directory) update(ctx context.Context, id analytics.SiteID, change func(*analytics.Site) error) (before, after *analytics.Site, err error) {
	old, e, err := d.put(id, change)
	if err != nil {
		return nil, nil, err
	}
	if e.Mark == redefined {
		if err := d.define(ctx, e); err != nil {
			return nil, nil, err
		}
	}
	return &old.Site, &e.Site, nil
}

// put writes a changed site, and what of it is to be defined.
func (d *Directory) put(id analytics.SiteID, change func(*analytics.Site) error) (before, after *entry, err error) {
	d.change.Lock()
	defer d.change.Unlock()
	old := d.entry(id)
	if old == nil || !old.visible() || !old.DeletedAt.IsZero() {
		return nil, nil, errSiteNotFound
	}
	e := &entry{old.siteRecord, old.members}
	if err := change(&e.Site); err != nil {
		return nil, nil, err
	}
	e.UpdatedAt = d.instant()
	if e.Timezone != old.Timezone {
		e.Mark = redefined
		e.Revision++
	}
	if err := d.store(e, ""); err != nil {
		return nil, nil, err
	}
	if e.Mark == redefined {
		d.defining[e.ID] = true
	}
	return old, e, nil
}

// rezoning tells whether a site's newest time zone is not known to be in the log: stored days may be those of another one.
func (d *Directory) rezoning(id analytics.SiteID) bool {
	e := d.entry(id)
	return e != nil && e.Mark == redefined
}

// remove soft-deletes a site: from now on it is for nobody, until it is restored or purged.
func (d *Directory) remove(id analytics.SiteID, purgeAfter time.Duration) (*analytics.Site, error) {
	d.change.Lock()
	defer d.change.Unlock()
	old := d.entry(id)
	if old == nil || !old.visible() || !old.DeletedAt.IsZero() {
		return nil, errSiteNotFound
	}
	e := &entry{old.siteRecord, old.members}
	e.DeletedAt = d.instant()
	e.PurgeAt = e.DeletedAt.Add(purgeAfter)
	return &e.Site, d.store(e, "")
}

// restore undoes a soft delete, if the owner has room for the site and no other one of its domain.
func (d *Directory) restore(ctx context.Context, id analytics.SiteID) (*analytics.Site, error) {
	e, err := d.unremove(id)
	if err != nil {
		return nil, err
	}
	if e.Mark == redefined { // its definition had not ended when it was deleted
		if err := d.define(ctx, e); err != nil {
			return nil, err
		}
	}
	return &e.Site, nil
}

func (d *Directory) unremove(id analytics.SiteID) (*entry, error) {
	d.change.Lock()
	defer d.change.Unlock()
	old := d.entry(id)
	switch {
	case old == nil || !old.visible():
		return nil, errSiteNotFound
	case old.DeletedAt.IsZero():
		return nil, errNotDeleted
	}
	if _, err := d.mayCreate(old.OwnerID, old.Domain); err != nil {
		return nil, err
	}
	e := &entry{old.siteRecord, old.members}
	e.DeletedAt, e.PurgeAt = time.Time{}, time.Time{}
	if err := d.store(e, ""); err != nil {
		return nil, err
	}
	if e.Mark == redefined {
		d.defining[e.ID] = true
	}
	return e, nil
}

// due lists the sites that were to be purged by now, in the order of their ids.
func (d *Directory) due(now time.Time) []analytics.SiteID {
	var list []analytics.SiteID
	d.entries.Range(func(_, v any) bool {
		if e := v.(*entry); !e.DeletedAt.IsZero() && !now.Before(e.PurgeAt) {
			list = append(list, e.ID)
		}
		return true
	})
	slices.Sort(list)
	return list
}

// bury takes a site away for good, in one transaction with the change that remembers what is left to be erased. remember makes it, or refuses.
func (d *Directory) bury(id analytics.SiteID, remember func(*analytics.Site) (MetaOp, error)) error {
	d.change.Lock()
	defer d.change.Unlock()
	e := d.entry(id)
	if e == nil {
		return errSiteNotFound
	}
	record, err := remember(&e.Site)
	if err != nil {
		return err
	}
	ops := []MetaOp{record, {Key: siteKey(id)}}
	for _, user := range slices.Sorted(maps.Keys(e.members)) {
		ops = append(ops, MetaOp{Key: membersKey(id) + user})
	}
	if err := d.meta.Txn(ops...); err != nil {
		return fmt.Errorf("purge site: %w", err)
	}
	d.entries.Delete(id)
	d.names.replace(e, nil)
	d.mu.Lock()
	defer d.mu.Unlock()
	for user := range e.members {
		delete(d.byUser[user], id)
	}
	return nil
}

func siteKey(id analytics.SiteID) string { return "site/" + string(id) }

func membersKey(id analytics.SiteID) string { return "member/" + string(id) + "/" }
