package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// activityQuery asks for entries of a time.
type activityQuery struct {
	from, to int64              // UTC ms, [from, to)
	sites    []analytics.SiteID // whose entries are all meant
	user     string             // whose own entries are meant, too; "": nobody's
	only     analytics.SiteID   // entries of no other site; "": any

	kind, action, actor string // filters; "": any
}

func (q *activityQuery) wants(e *logEntry) bool {
	f := &e.fields
	return f.At >= q.from && f.At < q.to && (q.only == "" || f.Site == q.only) && (q.kind == "" || actionType(f.Action) == q.kind) &&
		(q.action == "" || f.Action == q.action) && (q.actor == "" || e.personal.Actor != nil && e.personal.Actor.ID == q.actor)
}

// Entries are read a stretch of keys at a time, the newest first, so that no more than one is in memory, and what is older or newer than the
// query is not looked at. A stretch is what has 9 of the 16 digits of a time in common: 2^28 ms, about three days.
const stretchBits = 28

func stretchKey(n uint64) string { return fmt.Sprintf("%09x", n) }

// each calls f for the entries that a query asks for: newest first, then by id. Errors: f's, the store's, ctx's.
func (l *Activities) each(ctx context.Context, q *activityQuery, f func(e *logEntry) error) error {
	if q.from >= q.to {
		return nil
	}
	backwards := func(at int64) uint64 { return uint64(1<<63-1-at) >> stretchBits }
	for n := backwards(q.to - 1); n <= backwards(q.from); n++ {
		list, err := l.stretch(q, stretchKey(n))
		if err != nil {
			return fmt.Errorf("read the activity log: %w", err)
		}
		for _, e := range list {
			if err := f(e); err != nil {
				return err
			}
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("the caller went away: %w", err)
		}
	}
	return nil
}

// stretch reads the entries of a query whose times begin with these digits.
func (l *Activities) stretch(q *activityQuery, digits string) ([]*logEntry, error) {
	var list []*logEntry
	whole := make(map[string]bool, len(q.sites))
	for _, site := range q.sites {
		scope := scopeOf(site)
		whole[scope] = true
		err := l.meta.Scan(entryPrefix+scope+"/"+digits, func(key string, val []byte) error {
			e, err := readEntry(key, val)
			if err == nil && q.wants(e) {
				list = append(list, e)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if q.user != "" {
		own, err := l.ownStretch(q, digits, whole)
		if err != nil {
			return nil, err
		}
		list = append(list, own...)
	}
	slices.SortFunc(list, func(a, b *logEntry) int {
		return cmp.Or(cmp.Compare(b.fields.At, a.fields.At), strings.Compare(a.fields.ID, b.fields.ID))
	})
	return list, nil
}

// ownStretch reads what is in the user's index and not in the scopes that are read as a whole.
func (l *Activities) ownStretch(q *activityQuery, digits string, whole map[string]bool) ([]*logEntry, error) {
	var keys []string
	err := l.meta.Scan(indexPrefix+q.user+"/"+digits, func(key string, val []byte) error {
		at, err := keyTime(key)
		if err != nil || at < q.from || at >= q.to {
			return err
		}
		var row indexRow
		if err := json.Unmarshal(val, &row); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		if !whole[row.Scope] {
			keys = append(keys, entryPrefix+row.Scope+"/"+strings.TrimPrefix(key, indexPrefix+q.user+"/"))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var list []*logEntry
	for _, key := range keys {
		val, err := getMeta(l.meta, key)
		if err != nil {
			return nil, err
		}
		if val == nil { // purged meanwhile
			continue
		}
		e, err := readEntry(key, val)
		if err != nil {
			return nil, err
		}
		if q.wants(e) {
			list = append(list, e)
		}
	}
	return list, nil
}

// page reads part of a list, and how long it is.
func (l *Activities) page(ctx context.Context, q *activityQuery, p page) (views []activityView, total int, err error) {
	views = []activityView{}
	err = l.each(ctx, q, func(e *logEntry) error {
		if total >= p.offset && len(views) < p.limit {
			views = append(views, l.view(e))
		}
		total++
		return nil
	})
	return views, total, err
}

// Latest lists the latest entries of a site, at most limit, newest first, as the topic activity shows them.
func (l *Activities) Latest(site analytics.SiteID, limit int) ([]json.RawMessage, error) {
	var items []json.RawMessage
	err := l.meta.Scan(entryPrefix+scopeOf(site)+"/", func(key string, val []byte) error {
		if len(items) == limit {
			return errEnough
		}
		e, err := readEntry(key, val)
		if err != nil {
			return err
		}
		item, err := json.Marshal(l.view(e))
		items = append(items, item)
		return err
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("read the latest activities: %w", err)
	}
	return items, nil
}

// Of calls f for every entry that a user's log has by itself, newest first: what the user did, and what concerns the account.
func (l *Activities) Of(ctx context.Context, user string, f func(entry any) error) error {
	q := activityQuery{from: 0, to: l.now().UnixMilli() + 1, user: user}
	list := []string{}
	err := l.meta.Scan(indexPrefix+user+"/", func(key string, _ []byte) error {
		part := strings.Split(key, "/")
		if len(part) == 5 && len(part[3]) == 16 {
			if digits := part[3][:9]; len(list) == 0 || list[len(list)-1] != digits {
				list = append(list, digits)
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the activity log: %w", err)
	}
	for _, digits := range list {
		entries, err := l.stretch(&q, digits)
		if err != nil {
			return fmt.Errorf("read the activity log: %w", err)
		}
		for _, e := range entries {
			if err := f(l.view(e)); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}
