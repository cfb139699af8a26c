package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Who hears of entries may need a moment until what follows from them is durable. So every entry of a site has a row more for a minute,
// activity/untold/<position>, and after a crash it is told again.
const (
	untoldPrefix = activityPrefix + "untold/"
	untoldTime   = time.Minute
)

// untoldRow leads to an entry that was stored just now.
type untoldRow struct {
	Entry string `json:"entry"` // its key
}

// freshRow is an untoldRow in memory.
type freshRow struct {
	key   string
	since time.Time
}

func untoldKey(position uint64) string { return fmt.Sprintf("%s%016x", untoldPrefix, position) }

// Repeat calls f for the entries that may not have been told when the program ended, oldest first. It comes before the first new entry.
func (l *Activities) Repeat(f func(Logged)) error {
	var keys []string
	err := l.meta.Scan(untoldPrefix, func(key string, val []byte) error {
		var row untoldRow
		if err := json.Unmarshal(val, &row); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		keys = append(keys, row.Entry)
		l.fresh = append(l.fresh, freshRow{strings.Clone(key), l.now()})
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the latest activities: %w", err)
	}
	for _, key := range keys {
		val, err := getMeta(l.meta, key)
		if err != nil {
			return err
		}
		if val == nil { // erased
			continue
		}
		e, err := readEntry(key, val)
		if err != nil {
			return err
		}
		l.tell([]*logEntry{e}, f)
	}
	return nil
}

// settle forgets which entries were new a minute ago.
func (l *Activities) settle() error {
	l.mu.Lock()
	n := 0
	for n < len(l.fresh) && n < eraseBatch && l.now().Sub(l.fresh[n].since) >= untoldTime {
		n++
	}
	old := slices.Clone(l.fresh[:n])
	l.fresh = slices.Delete(l.fresh, 0, n)
	l.mu.Unlock()
	if n == 0 {
		return nil
	}
	ops := make([]MetaOp, n)
	for i, row := range old {
		ops[i] = MetaOp{Key: row.key}
	}
	if err := l.meta.Txn(ops...); err != nil {
		l.mu.Lock()
		l.fresh = append(old, l.fresh...)
		l.mu.Unlock()
		return fmt.Errorf("forget which activities are new: %w", err)
	}
	return nil
}
