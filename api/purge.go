package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// PurgeMeta is the store of metadata as a purge needs it.
type PurgeMeta interface {
	Meta
	// Erase deletes every key with one of the prefixes for good: no byte of them, or of their older values, stays on the disk.
	Erase(prefixes ...string) error
}

// Eraser removes all that the fold keeps of a site: its history, its states and what is in memory.
type Eraser interface {
	// Erase is irreversible and may be repeated. After it no byte of the site's events is found in the data directory.
	Erase(ctx context.Context, site analytics.SiteID) error
}

// SiteKeeper keeps something of sites that a purge has to end.
type SiteKeeper interface {
	// ForgetSite drops what is known of a site, in memory too, and returns the prefixes of the metadata that hold the rest: they are erased
	// next. left says what the site had and has no more, as auth.LeftKey remembers it. It may be repeated, also after it had done all.
	ForgetSite(ctx context.Context, site analytics.SiteID, left []string) (prefixes []string, err error)
}

// PurgeDeps is what a Purger works with. All are required but Steady.
type PurgeDeps struct {
	Sites    *Directory
	Activity *Activities
	Meta     PurgeMeta
	Fold     Eraser
	Keepers  []SiteKeeper // besides Sites and Activity, which come first; in this order
	Steady   func() bool  // tells whether the clock can be trusted: a leap must not purge what has 30 days left; nil: always
	Now      func() time.Time
	Log      *slog.Logger
}

// Purger erases sites for good: those that were soft-deleted long enough ago, and those that somebody asks it to. Safe for concurrent use.
//
// What it does is written down first, in the transaction that takes the site away: so from the first moment on nobody finds the site any more,
// and a purge that a crash or an error interrupts is finished later, at the latest after the next start. Every step may be repeated.
type Purger struct {
	deps PurgeDeps
	wake chan struct{} // full: there may be work
	turn sync.Mutex    // one purge at a time: each rewrites tables of the store
}

// purgePrefix begins the keys of purges under way: purge/<site> holds a purgeRecord.
const purgePrefix = "purge/"

// purgeRecord is a purge under way.
type purgeRecord struct {
	Site  analytics.SiteID `json:"site"`
	Owner string           `json:"owner,omitempty"` // a user; in that one's log it is, too, when the program ends it by itself
	Since time.Time        `json:"since"`
}

// Times of the look for sites that are to be purged.
const (
	purgeEvery = time.Hour
	purgeRetry = time.Minute
)

// NewPurger makes one; Run makes it look for work.
func NewPurger(d PurgeDeps) *Purger {
	if d.Steady == nil {
		d.Steady = func() bool { return true }
	}
	d.Log = d.Log.With("component", "purge")
	d.Keepers = append([]SiteKeeper{d.Sites, d.Activity}, d.Keepers...)
	return &Purger{deps: d, wake: make(chan struct{}, 1)}
}

// Run finishes purges that were interrupted and purges what is due, until ctx ends.
func (p *Purger) Run(ctx context.Context) {
	for {
		pause := purgeEvery
		if err := p.Round(ctx); err != nil && ctx.Err() == nil {
			p.deps.Log.Error("a purge has to be tried again", "error", err)
			pause = purgeRetry
		}
		t := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-p.wake:
			t.Stop()
		case <-t.C:
		}
	}
}

// Wake tells that there may be work now.
func (p *Purger) Wake() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// Round finishes what was interrupted, then purges what is due. One site that fails does not keep the others.
func (p *Purger) Round(ctx context.Context) error {
	begun, err := p.begun()
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range begun {
		errs = append(errs, p.finishAlone(ctx, r))
	}
	if !p.deps.Steady() {
		return errors.Join(errs...)
	}
	for _, site := range p.deps.Sites.due(p.deps.Now()) {
		r, err := p.begin(site, func(s *analytics.Site) error {
			if s.DeletedAt.IsZero() || p.deps.Now().Before(s.PurgeAt) {
				return errNotDeleted // restored a moment ago
			}
			return nil
		})
		switch {
		case err == nil:
			errs = append(errs, p.finishAlone(ctx, r))
		case !errors.Is(err, errNotDeleted) && !errors.Is(err, errSiteNotFound): // or purged a moment ago
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// finishAlone is finish without anybody who asked for it: the log says so to who owned the site.
func (p *Purger) finishAlone(ctx context.Context, r purgeRecord) error {
	if err := p.finish(ctx, r.Site); err != nil {
		return err
	}
	a := purgeActivity()
	if _, ok := p.deps.Activity.users.User(r.Owner); ok { // an account that is gone has no log
		a.Account = r.Owner
	}
	p.deps.Activity.Append(a)
	return nil
}

// purgeActivity is that a site was purged; nothing is left to tell which one it was.
func purgeActivity() Activity {
	return Activity{Action: "site.purged", Target: ActivityTarget{Type: "site"}}
}

// Purge erases a site, whether it was deleted before or not. After an error the site is gone all the same, unless the error is that there is no
// such site or that the first write failed; what was not erased yet is tried again.
func (p *Purger) Purge(ctx context.Context, site analytics.SiteID) error {
	return p.purge(ctx, site, nil)
}

// PurgeDeleted is Purge for a site that is soft-deleted; it refuses one that was restored a moment ago.
func (p *Purger) PurgeDeleted(ctx context.Context, site analytics.SiteID) error {
	return p.purge(ctx, site, func(s *analytics.Site) error {
		if s.DeletedAt.IsZero() {
			return errNotDeleted
		}
		return nil
	})
}

func (p *Purger) purge(ctx context.Context, site analytics.SiteID, check func(*analytics.Site) error) error {
	if _, err := p.begin(site, check); err != nil {
		return err
	}
	if err := p.finish(ctx, site); err != nil {
		p.Wake()
		return err
	}
	return nil
}

// begin takes a site away, and writes down that the rest of it is to be erased. check looks whether it may go; nil: it may.
func (p *Purger) begin(site analytics.SiteID, check func(*analytics.Site) error) (r purgeRecord, err error) {
	err = p.deps.Sites.bury(site, func(s *analytics.Site) (MetaOp, error) {
		if check != nil {
			if err := check(s); err != nil {
				return MetaOp{}, err
			}
		}
		r = purgeRecord{site, s.OwnerID, p.deps.Now().UTC()}
		val, err := json.Marshal(r)
		return MetaOp{Key: purgePrefix + string(site), Value: val}, err
	})
	return r, err
}

// begun lists the purges under way.
func (p *Purger) begun() (list []purgeRecord, err error) {
	err = p.deps.Meta.Scan(purgePrefix, func(key string, val []byte) error {
		var r purgeRecord
		if err := json.Unmarshal(val, &r); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		list = append(list, r)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read purges: %w", err)
	}
	return list, nil
}

// finish erases all of a site that was buried: first its events, so that nothing new comes of them, then what others keep, then the metadata, and
// the record of the purge last.
func (p *Purger) finish(ctx context.Context, site analytics.SiteID) error {
	p.turn.Lock()
	defer p.turn.Unlock()
	if err := p.deps.Fold.Erase(ctx, site); err != nil {
		return fmt.Errorf("erase events of %s: %w", site, err)
	}
	var prefixes []string
	for _, keeper := range p.deps.Keepers {
		left, err := p.left(site)
		if err != nil {
			return err
		}
		more, err := keeper.ForgetSite(ctx, site, left)
		if err != nil {
			return fmt.Errorf("forget site %s: %w", site, err)
		}
		prefixes = append(prefixes, more...)
	}
	left, err := p.left(site)
	if err != nil {
		return err
	}
	// Ids have one length, so that none is the beginning of another's.
	if err := p.deps.Meta.Erase(append(prefixes, left...)...); err != nil {
		return fmt.Errorf("erase metadata of %s: %w", site, err)
	}
	if err := p.deps.Meta.Erase(auth.LeftPrefix+string(site)+"/", purgePrefix+string(site)); err != nil {
		return fmt.Errorf("end the purge of %s: %w", site, err)
	}
	p.deps.Log.Info("a site was purged")
	return nil
}

// left reads what the site had and has no more.
func (p *Purger) left(site analytics.SiteID) (list []string, err error) {
	prefix := auth.LeftPrefix + string(site) + "/"
	err = p.deps.Meta.Scan(prefix, func(key string, _ []byte) error {
		list = append(list, strings.TrimPrefix(key, prefix))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read what %s left: %w", site, err)
	}
	return list, nil
}
