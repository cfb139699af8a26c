package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// Activities is the activity log: one chain of entries for the whole server. Safe for concurrent use. Entries get their places in the order in
// which they are handed over; one goroutine at a time writes them, all that wait in one transaction.
type Activities struct {
	meta  Meta
	users UserNames
	now   func() time.Time
	log   *slog.Logger

	erasing sync.Mutex // held over "read, change, write" of entries that are stored

	mu      sync.Mutex
	waiting []*waitingEntry
	isBusy  bool                      // a goroutine writes
	fresh   []freshRow                // oldest first
	purged  map[analytics.SiteID]bool // nothing more is logged there: what was done before the purge comes too late

	used sync.Map // id of an API key → *atomic.Int64: when its use was logged last, UTC ms

	heard []func(Logged)

	head headRow // of who writes
	torn *group  // a group of which nobody knows whether it is stored; of who writes
}

// UserNames finds the accounts that entries speak of. Safe for concurrent use.
type UserNames interface {
	User(id string) (*auth.User, bool)
}

// waitingEntry is an activity on its way to the disk; without an action it only waits for its turn.
type waitingEntry struct {
	Activity
	id   string
	done chan error // buffered; nil: nobody waits
}

// OpenActivities reads where the chain ends.
func OpenActivities(meta Meta, users UserNames, now func() time.Time, log *slog.Logger) (*Activities, error) {
	l := &Activities{meta: meta, users: users, now: now, log: log.With("component", "activity"), purged: make(map[analytics.SiteID]bool)}
	var err error
	if l.head, err = readHead(meta); err != nil {
		return nil, err
	}
	err = meta.Scan(usedPrefix, func(key string, val []byte) error {
		var u usedRow
		if err := json.Unmarshal(val, &u); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		l.useOf(strings.TrimPrefix(key, usedPrefix)).Store(u.At)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the use of keys: %w", err)
	}
	return l, nil
}

// Logged is an entry that is durable.
type Logged struct {
	Site   analytics.SiteID // "": of no site
	Action string
	ID     string
	At     int64           // UTC ms
	Entry  json.RawMessage // the object of activity-log.md
}

// Hear makes f hear of every entry once it is durable, in the order of the chain. f must not block, nor wait for the log. Hear comes before the
// first entry.
func (l *Activities) Hear(f func(Logged)) { l.heard = append(l.heard, f) }

// Append hands an activity over and does not wait for the disk.
func (l *Activities) Append(a Activity) { l.hand(a, nil) }

// Store hands an activity over and returns once it is durable. After an error, of the store or ctx, the entry still waits to be stored.
func (l *Activities) Store(ctx context.Context, a Activity) error {
	done := make(chan error, 1)
	l.hand(a, done)
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("store an activity: %w", ctx.Err())
	}
}

func (l *Activities) hand(a Activity, done chan error) {
	if actionType(a.Action) == "" {
		panic("activity log: no such action: " + a.Action)
	}
	w := &waitingEntry{Activity: a, done: done}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.purged[a.Site] {
		w.answer(nil)
		return
	}
	if len(l.waiting) >= maxWaiting {
		l.log.Error("an activity is lost: the store does not take any", "action", a.Action)
		if done != nil {
			done <- errTooManyWait
		}
		return
	}
	if w.At == 0 {
		w.At = l.now().UnixMilli() // under the lock: the order of times is that of positions
	}
	w.id = activityID(&a)
	l.waiting = append(l.waiting, w)
	l.work()
}

// maxWaiting bounds what a store that does not write costs.
const maxWaiting = 10_000

var errTooManyWait = errors.New("activity log: too many entries wait for the store")

// activityID is random, or a hash of what made the activity.
func activityID(a *Activity) string {
	if a.Cause == "" {
		return auth.NewID("activity")
	}
	sum := hashOf([]byte("activity\n" + string(a.Site) + "\n" + a.Action + "\n" + a.Cause))
	return "activity_" + base32Text(sum)
}

// base32Text writes 20 characters of a hash, each of [a-z0-9].
func base32Text(d digest) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz012345"
	var b [20]byte
	for i := range b {
		b[i] = alphabet[d[i]&31]
	}
	return string(b[:])
}

// work starts writing if nobody does; mu is held.
func (l *Activities) work() {
	if l.isBusy || len(l.waiting) == 0 {
		return
	}
	l.isBusy = true
	go l.write()
}

// write stores what waits until nothing does, or the store fails.
func (l *Activities) write() {
	for {
		l.mu.Lock()
		if len(l.waiting) == 0 {
			l.isBusy = false
			l.mu.Unlock()
			return
		}
		waiting := slices.Clone(l.waiting[:min(len(l.waiting), maxGroup)])
		l.mu.Unlock()
		n, logged, err := l.commit(waiting)
		if err != nil {
			l.log.Error("activities could not be stored; it is tried again", "error", err)
			l.mu.Lock()
			for _, w := range l.waiting { // also who came meanwhile: nobody tries again before the next one comes, or Run does
				w.answer(err)
			}
			l.isBusy = false // before anyone who heard of it can come again
			l.mu.Unlock()
			return
		}
		l.mu.Lock()
		l.waiting = slices.Delete(l.waiting, 0, n)
		for _, e := range logged {
			if e.fields.Site != "" {
				l.fresh = append(l.fresh, freshRow{untoldKey(e.fields.Position), l.now()})
			}
		}
		l.mu.Unlock()
		l.tell(logged, l.heard...)
		for _, w := range waiting[:n] {
			w.answer(nil)
		}
	}
}

func (w *waitingEntry) answer(err error) {
	if w.done != nil {
		w.done <- err
		w.done = nil // it may be tried again
	}
}

// tell lets others hear of entries.
func (l *Activities) tell(logged []*logEntry, others ...func(Logged)) {
	if len(others) == 0 {
		return
	}
	for _, e := range logged {
		val, err := json.Marshal(l.view(e))
		if err != nil {
			l.log.Error("an activity cannot be told", "id", e.fields.ID, "error", err)
			continue
		}
		for _, f := range others {
			f(Logged{e.fields.Site, e.fields.Action, e.fields.ID, e.fields.At, val})
		}
	}
}

// Run keeps house until ctx ends: it tries again what the store did not take, and forgets what was new.
func (l *Activities) Run(ctx context.Context) {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			l.mu.Lock()
			l.work()
			l.mu.Unlock()
			if err := l.settle(); err != nil {
				l.log.Warn("activities may be told again after a restart", "error", err)
			}
		}
	}
}

// Flush returns once everything that was handed over before is durable. Errors: those of Store.
func (l *Activities) Flush(ctx context.Context) error {
	w := &waitingEntry{done: make(chan error, 1)}
	l.mu.Lock()
	done := w.done
	l.waiting = append(l.waiting, w)
	l.work()
	l.mu.Unlock()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("store activities: %w", ctx.Err())
	}
}
