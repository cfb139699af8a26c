package api

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// Membership is a user's place in a site's team, the owner's included.
type Membership struct {
	Role     auth.Role `json:"role"`
	JoinedAt time.Time `json:"joinedAt"`
}

// mark says what of a site's definition is not in the log yet.
type mark string

const (
	defined   mark = ""        // nothing
	newborn   mark = "new"     // all of it: the site has never been seen by anybody
	redefined mark = "changed" // the latest revision
)

// siteRecord is a site as it is stored.
type siteRecord struct {
	analytics.Site
	Mark mark `json:"mark,omitempty"`
}

// entry is a site in memory. It is never changed, only replaced.
type entry struct {
	siteRecord
	members map[string]Membership // by user
}

// visible tells whether the site exists for callers, deleted or not.
func (e *entry) visible() bool { return e.Mark != newborn }

// Directory knows all sites and who has which role on them. Questions are answered from memory, that of a single site without a lock;
// changes are written first, one at a time, and seen afterwards. Safe for concurrent use.
type Directory struct {
	cfg     Config
	meta    Meta
	definer Definer
	now     func() time.Time

	entries sync.Map // analytics.SiteID → *entry; reading takes no lock
	names   siteNames

	invites *invitations // into the teams

	change   sync.Mutex                // held over "check, write, show" of every change
	defining map[analytics.SiteID]bool // sites whose definition is on its way now; guarded by change

	mu     sync.RWMutex // guards byUser
	byUser map[string]map[analytics.SiteID]bool
}

// OpenDirectory reads everything that is stored. now is the clock.
func OpenDirectory(cfg Config, meta Meta, definer Definer, now func() time.Time) (*Directory, error) {
	d := &Directory{
		cfg: cfg, meta: meta, definer: definer, now: now,
		defining: make(map[analytics.SiteID]bool), byUser: make(map[string]map[analytics.SiteID]bool),
	}
	var err error
	if d.invites, err = openInvitations(meta); err != nil {
		return nil, err
	}
	err = meta.Scan("site/", func(key string, val []byte) error {
		e := &entry{members: make(map[string]Membership)}
		if err := json.Unmarshal(val, &e.siteRecord); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		d.show(e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read sites: %w", err)
	}
	err = meta.Scan("member/", func(key string, val []byte) error {
		site, user, ok := strings.Cut(strings.TrimPrefix(key, "member/"), "/")
		e := d.entry(analytics.SiteID(site))
		var m Membership
		if err := json.Unmarshal(val, &m); err != nil || !ok || e == nil {
			return fmt.Errorf("read %s: no site or no membership (%w)", key, err)
		}
		e.members[user] = m // nobody else sees the entry yet
		d.show(e)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read members: %w", err)
	}
	return d, nil
}

// Site finds a site that is not deleted. It takes no lock.
func (d *Directory) Site(id analytics.SiteID) (*analytics.Site, bool) {
	e := d.entry(id)
	if e == nil || !e.visible() || !e.DeletedAt.IsZero() {
		return nil, false
	}
	return &e.Site, true
}

// Role is the user's role on a site, NoRole without membership.
func (d *Directory) Role(id analytics.SiteID, user string) auth.Role {
	if e := d.entry(id); e != nil {
		return e.members[user].Role
	}
	return auth.NoRole
}

// All lists every site that is not deleted, in no order.
func (d *Directory) All() []*analytics.Site {
	var list []*analytics.Site
	d.entries.Range(func(_, v any) bool {
		if e := v.(*entry); e.visible() && e.DeletedAt.IsZero() {
			list = append(list, &e.Site)
		}
		return true
	})
	return list
}

// teamMember is one line of a site's team.
type teamMember struct {
	UserID string
	Membership
}

// team lists the members of a site in the order in which they joined.
func (d *Directory) team(id analytics.SiteID) []teamMember {
	var list []teamMember
	if e := d.entry(id); e != nil {
		for user, m := range e.members {
			list = append(list, teamMember{user, m})
		}
	}
	slices.SortFunc(list, func(x, y teamMember) int {
		return cmp.Or(x.JoinedAt.Compare(y.JoinedAt), cmp.Compare(x.UserID, y.UserID))
	})
	return list
}

// ofUser lists the sites on which the user has a role, deleted ones too: oldest first, then by id.
func (d *Directory) ofUser(user string) []*entry {
	var list []*entry
	d.mu.RLock()
	for id := range d.byUser[user] {
		if e := d.entry(id); e != nil && e.visible() {
			list = append(list, e)
		}
	}
	d.mu.RUnlock()
	slices.SortFunc(list, func(x, y *entry) int {
		return cmp.Or(x.CreatedAt.Compare(y.CreatedAt), cmp.Compare(x.ID, y.ID))
	})
	return list
}

func (d *Directory) entry(id analytics.SiteID) *entry {
	v, _ := d.entries.Load(id)
	e, _ := v.(*entry)
	return e
}

// show makes an entry the present one.
func (d *Directory) show(e *entry) {
	before := d.entry(e.ID)
	d.entries.Store(e.ID, e)
	d.names.replace(before, e)
	d.mu.Lock()
	defer d.mu.Unlock()
	for user := range e.members {
		if d.byUser[user] == nil {
			d.byUser[user] = make(map[analytics.SiteID]bool)
		}
		d.byUser[user][e.ID] = true
	}
}

// store makes an entry durable, together with one member's place in it ("" = none), and shows it. The caller holds change.
func (d *Directory) store(e *entry, user string) error {
	site, err := json.Marshal(e.siteRecord)
	if err != nil {
		return fmt.Errorf("encode site: %w", err)
	}
	ops := []MetaOp{{Key: "site/" + string(e.ID), Value: site}}
	if user != "" {
		member, err := json.Marshal(e.members[user])
		if err != nil {
			return fmt.Errorf("encode member: %w", err)
		}
		ops = append(ops, MetaOp{Key: "member/" + string(e.ID) + "/" + user, Value: member})
	}
	if err := d.meta.Txn(ops...); err != nil {
		return fmt.Errorf("store site: %w", err)
	}
	d.show(e)
	return nil
}
