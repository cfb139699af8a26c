package storetest

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
)

// model is the store as maps.
type model struct {
	roots map[analytics.SiteID][]byte
	blobs map[analytics.SiteID]map[uint64][]byte
	meta  map[string]string
	next  uint64
}

// testModel compares random histories with the model, across reopening.
func testModel(t *testing.T, h Harness) {
	rapid.Check(t, func(rt *rapid.T) {
		s := h.Open(t)
		defer func() { require.NoError(t, s.Close()) }()
		m := &model{roots: map[analytics.SiteID][]byte{}, blobs: map[analytics.SiteID]map[uint64][]byte{}, meta: map[string]string{}}
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			switch rapid.SampledFrom([]string{"commit", "commit", "commit", "txn", "drop", "erase", "reopen"}).Draw(rt, "step") {
			case "commit":
				m.commit(rt, s)
			case "txn":
				m.txn(rt, s)
			case "drop":
				site := m.site(rt)
				require.NoError(rt, s.Drop(site))
				delete(m.roots, site)
				delete(m.blobs, site)
			case "erase":
				key := m.key(rt)
				require.NoError(rt, s.Erase(key))
				maps.DeleteFunc(m.meta, func(k, _ string) bool { return len(k) >= len(key) && k[:len(key)] == key })
			case "reopen":
				s = h.Reopen(t, s)
			}
			m.check(rt, s)
		}
	})
}

func (m *model) site(t *rapid.T) analytics.SiteID {
	return rapid.SampledFrom([]analytics.SiteID{"a", "aa", "b"}).Draw(t, "site")
}

func (m *model) key(t *rapid.T) string {
	return rapid.SampledFrom([]string{"k", "kk", "l", "m/1", "m/2"}).Draw(t, "key")
}

// size is small, near the border to files, or large.
func (m *model) size(t *rapid.T) int {
	return rapid.OneOf(rapid.IntRange(0, 100), rapid.IntRange(64<<10-2, 64<<10+2), rapid.IntRange(400<<10, 500<<10)).Draw(t, "size")
}

func (m *model) commit(t *rapid.T, s Subject) {
	var cs []actors.Checkpoint
	for range rapid.IntRange(1, 3).Draw(t, "checkpoints") {
		c := actors.Checkpoint{Site: m.site(t), Root: Bytes(m.next, m.size(t)), Put: map[uint64][]byte{}}
		known := slices.Sorted(maps.Keys(m.blobs[c.Site]))
		for _, id := range known {
			if rapid.IntRange(0, 2).Draw(t, "free") == 0 {
				c.Free = append(c.Free, id)
			}
		}
		for range rapid.IntRange(0, 4).Draw(t, "puts") {
			m.next++
			c.Put[m.next] = Bytes(m.next, m.size(t))
		}
		m.next++
		if m.blobs[c.Site] == nil {
			m.blobs[c.Site] = map[uint64][]byte{}
		}
		m.roots[c.Site] = c.Root
		maps.Copy(m.blobs[c.Site], c.Put)
		for _, id := range c.Free {
			delete(m.blobs[c.Site], id)
		}
		cs = append(cs, c)
	}
	require.NoError(t, s.Commit(cs))
}

func (m *model) txn(t *rapid.T, s Subject) {
	ops := map[string]persist.Op{}
	for range rapid.IntRange(1, 3).Draw(t, "ops") {
		key := m.key(t)
		if rapid.Bool().Draw(t, "delete") {
			ops[key] = persist.Delete(key)
		} else {
			m.next++
			ops[key] = persist.Put(key, []byte(fmt.Sprint(m.next)))
		}
	}
	require.NoError(t, s.Txn(slices.Collect(maps.Values(ops))...))
	for key, op := range ops {
		if m.meta[key] = string(op.Value); op.Delete {
			delete(m.meta, key)
		}
	}
}

func (m *model) check(t *rapid.T, s Subject) {
	for _, site := range []analytics.SiteID{"a", "aa", "b"} {
		root, ok, err := s.Root(site)
		require.NoError(t, err)
		want, has := m.roots[site]
		require.Equal(t, has, ok)
		require.Equal(t, string(want), string(root))
		for id := range m.next + 1 {
			b, err := s.Blob(site, id)
			if want, has := m.blobs[site][id]; has {
				require.NoError(t, err)
				require.True(t, string(want) == string(b), "blob %d", id)
			} else {
				require.ErrorIs(t, err, actors.ErrNoBlob)
			}
		}
	}
	got := map[string]string{}
	require.NoError(t, s.Scan("", func(key string, val []byte) error { got[key] = string(val); return nil }))
	require.Equal(t, m.meta, got)
}
