package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ztas-io/ztas/actors/effects"
	"github.com/ztas-io/ztas/actors/outbox"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api"
	"github.com/ztas-io/ztas/api/auth"
)

// What the socket's topics show besides numbers, and who tells the hub of it.

// wsRecent gives the latest events as the socket sends them.
type wsRecent struct{ effects *effects.Effects }

// Completions lists completions of goals, newest first.
func (r wsRecent) Completions(ctx context.Context, site analytics.SiteID) ([]json.RawMessage, error) {
	items, err := r.effects.Completions(ctx, site)
	if err != nil {
		return nil, err
	}
	return encoded(items)
}

// Feed lists core events, newest first, and how many were seen since they are collected.
func (r wsRecent) Feed(ctx context.Context, site analytics.SiteID) ([]json.RawMessage, uint64, error) {
	items, seen, err := r.effects.Feed(ctx, site)
	if err != nil {
		return nil, 0, err
	}
	list, err := encoded(items)
	return list, seen, err
}

func encoded[T any](items []T) ([]json.RawMessage, error) {
	list := make([]json.RawMessage, len(items))
	for i := range items {
		var err error
		if list[i], err = json.Marshal(items[i]); err != nil {
			return nil, fmt.Errorf("encode an item: %w", err)
		}
	}
	return list, nil
}

// wsTriggers gives what alerts fired.
type wsTriggers struct{ catalog *api.Catalog }

// Latest lists triggers, newest first.
func (t wsTriggers) Latest(site analytics.SiteID, limit int) ([]json.RawMessage, error) {
	return t.catalog.LatestTriggers(site, limit)
}

// stored tells the hub of a change of the metadata, once it can be read, that a topic shows.
func (l *liveHub) stored(key string) {
	hub := l.hub.Load()
	if site, ok := api.TriggersChangedBy(key); ok && hub != nil {
		hub.ChangedTopic(site, "alerts")
	}
}

// shownMeta is the store of the API, whose changes topics may show.
type shownMeta struct {
	metaStore
	live *liveHub
}

// Txn makes the changes and tells of them.
func (m shownMeta) Txn(ops ...auth.MetaOp) error {
	if err := m.metaStore.Txn(ops...); err != nil {
		return err
	}
	for _, op := range ops {
		m.live.stored(op.Key)
	}
	return nil
}

// shownOutboxMeta is the store of the outbox, whose changes topics may show.
type shownOutboxMeta struct {
	outboxMeta
	live *liveHub
}

// Txn makes the changes and tells of them.
func (m shownOutboxMeta) Txn(ops ...outbox.Op) error {
	if err := m.outboxMeta.Txn(ops...); err != nil {
		return err
	}
	for _, op := range ops {
		m.live.stored(op.Key)
	}
	return nil
}
