package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// What is erased leaves its place in the chain: position, digest and link. Every transaction erases whole entries, so that a program that ends
// in the middle leaves a log that fits, and doing it again does the rest.

// Forget erases what tells of people from every entry that names a deleted account: as actor, as the account that is concerned, or by the
// address that it had until then. What is handed over later does not name the account (entryOf).
func (l *Activities) Forget(ctx context.Context, gone auth.Departure) error {
	return l.eraseWhere(ctx, entryPrefix, func(e *logEntry) bool {
		p := &e.personal
		named := p.Actor != nil && p.Actor.ID == gone.UserID || p.Account == gone.UserID
		return !e.isAnonymous() && (named || p.Email == gone.Email && e.fields.At <= gone.At.UnixMilli())
	}, true)
}

// ForgetSite erases the content of all entries of a site, as a SiteKeeper does, and takes no more.
func (l *Activities) ForgetSite(ctx context.Context, site analytics.SiteID, _ []string) (prefixes []string, err error) {
	l.mu.Lock()
	l.purged[site] = true
	l.mu.Unlock()
	prefix := entryPrefix + scopeOf(site) + "/"
	return []string{prefix}, l.eraseWhere(ctx, prefix, func(*logEntry) bool { return true }, false)
}

// Expire erases the content of entries that are older than a number of days.
func (l *Activities) Expire(ctx context.Context, days int) error {
	before := l.now().Add(-time.Duration(days) * 24 * time.Hour).UnixMilli()
	if err := l.expireUse(); err != nil {
		return err
	}
	return l.eraseWhere(ctx, entryPrefix, func(e *logEntry) bool { return e.fields.At < before }, false)
}

// eraseEntries is how many entries one transaction erases: each costs up to five of its operations.
const eraseEntries = 100

// eraseWhere erases the entries under a prefix that match: all of them, or only what tells of people.
func (l *Activities) eraseWhere(ctx context.Context, prefix string, match func(e *logEntry) bool, onlyPersonal bool) error {
	if err := l.Flush(ctx); err != nil { // what was done before is erased, too
		return err
	}
	l.erasing.Lock()
	defer l.erasing.Unlock()
	var keys []string
	err := l.meta.Scan(prefix, func(key string, val []byte) error {
		e, err := readEntry(key, val)
		if err == nil && match(e) {
			keys = append(keys, e.key)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("read the activity log: %w", err)
	}
	for part := range slices.Chunk(keys, eraseEntries) {
		if err := l.erasePart(part, onlyPersonal); err != nil {
			return fmt.Errorf("erase activities: %w", err)
		}
		if ctx.Err() != nil {
			return fmt.Errorf("erase activities: %w", ctx.Err())
		}
	}
	return nil
}

// erasePart erases entries in one transaction.
func (l *Activities) erasePart(keys []string, onlyPersonal bool) error {
	var ops []MetaOp
	for _, key := range keys {
		val, err := getMeta(l.meta, key)
		if err != nil {
			return err
		}
		e, err := readEntry(key, val)
		if err != nil {
			return err
		}
		more, err := l.eraseOps(e, onlyPersonal)
		if err != nil {
			return err
		}
		ops = append(ops, more...)
	}
	return l.meta.Txn(ops...)
}

// eraseOps are the changes that erase an entry.
func (l *Activities) eraseOps(e *logEntry, onlyPersonal bool) ([]MetaOp, error) {
	key := chainKey(e.fields.Position)
	val, err := getMeta(l.meta, key)
	if err != nil {
		return nil, err
	}
	var chain chainRow
	if err := json.Unmarshal(val, &chain); err != nil { // no row is no JSON either
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	var g group
	for _, user := range e.personal.users() {
		g.ops = append(g.ops, MetaOp{Key: indexKey(user, e.fields.At, e.fields.ID)})
	}
	if onlyPersonal {
		chain.Content = contentAnonymous
		row := contentRow{Fields: e.row.Fields, P: e.row.P}
		err = errors.Join(g.put(key, &chain), g.put(e.key, &row))
		return g.ops, err
	}
	chain.Content = contentErased
	g.ops = append(g.ops, MetaOp{Key: e.key}, MetaOp{Key: untoldKey(e.fields.Position)})
	err = g.put(key, &chain)
	return g.ops, err
}

// expireUse forgets when keys were used that may be logged again.
func (l *Activities) expireUse() error {
	var ops []MetaOp
	before := l.now().Add(-useEvery).UnixMilli()
	err := l.meta.Scan(usedPrefix, func(key string, val []byte) error {
		var u usedRow
		if err := json.Unmarshal(val, &u); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		if u.At < before && len(ops) < eraseBatch {
			ops = append(ops, MetaOp{Key: key})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the use of keys: %w", err)
	}
	if len(ops) == 0 {
		return nil
	}
	if err := l.meta.Txn(ops...); err != nil {
		return fmt.Errorf("forget the use of keys: %w", err)
	}
	return nil
}
