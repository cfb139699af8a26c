package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

// history is what alerts fired. The rows, analytics.Trigger, are written where the alert's messages are; an acknowledgement has a row of its
// own, as a trigger's is written again whenever another channel took its message, and one writer would undo the other. In memory are only
// the number and the latest time of each alert. Safe for concurrent use.
type history struct {
	meta Meta

	mu      sync.Mutex
	tallies map[string]tally // by alert
}

// tally is an alert's history in short.
type tally struct {
	count int
	last  int64 // UTC ms; 0: never
}

// acknowledgement is stored under "acknowledged/site/alert/trigger".
type acknowledgement struct {
	By string    `json:"by"` // user; "" when the account is gone
	At time.Time `json:"at"`
}

const (
	triggerPrefix = "trigger/"
	ackPrefix     = "acknowledged/"
	eraseBatch    = 500 // changes of one transaction
)

func acksKey(site analytics.SiteID, alert string) string {
	return ackPrefix + string(site) + "/" + alert + "/"
}

// errEnough ends a scan that found what it looked for.
var errEnough = errors.New("enough")

// openHistory counts what is stored, and erases what a deletion left behind when the program ended in its middle.
func openHistory(meta Meta, alerts *shelf[analytics.Alert]) (*history, error) {
	h := &history{meta: meta, tallies: make(map[string]tally)}
	var orphans []string
	for _, prefix := range []string{triggerPrefix, ackPrefix} {
		err := meta.Scan(prefix, func(key string, _ []byte) error {
			part := strings.Split(key, "/") // prefix, site, alert, ...
			if len(part) < 4 {
				return fmt.Errorf("read %s: not a key of an alert's history", key)
			}
			if _, ok := alerts.get(part[2]); !ok {
				orphans = append(orphans, key)
				return nil
			}
			if prefix != triggerPrefix {
				return nil
			}
			at, err := triggerTime(key)
			if err != nil {
				return err
			}
			t := h.tallies[part[2]]
			h.tallies[part[2]] = tally{t.count + 1, max(t.last, at)}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read the history of alerts: %w", err)
		}
	}
	return h, h.erase(orphans)
}

// triggerTime reads the time in a trigger's key (analytics.Trigger.Key).
func triggerTime(key string) (int64, error) {
	part := strings.Split(key, "/")
	if len(part) != 5 {
		return 0, fmt.Errorf("read %s: not the key of a trigger", key)
	}
	n, err := strconv.ParseUint(part[3], 16, 64)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", key, err)
	}
	return int64(1<<63 - 1 - n), nil
}

// tally tells how often an alert fired and when it did last.
func (h *history) tally(alert string) tally {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.tallies[alert]
}

// fired counts a trigger whose row is stored or about to be. One that was told before counts once: triggers come in the order of their times,
// so that only one that is not the latest makes the rows be counted anew.
func (h *history) fired(t *analytics.Trigger) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	now := h.tallies[t.AlertID]
	if t.At > now.last {
		h.tallies[t.AlertID] = tally{now.count + 1, t.At}
		return nil
	}
	anew, own := tally{1, t.At}, t.Key()
	err := h.meta.Scan(analytics.TriggersKey(t.Site, t.AlertID), func(key string, _ []byte) error {
		if key == own {
			return nil
		}
		at, err := triggerTime(key)
		anew = tally{anew.count + 1, max(anew.last, at)}
		return err
	})
	if err != nil {
		return fmt.Errorf("count the triggers of an alert: %w", err)
	}
	h.tallies[t.AlertID] = anew
	return nil
}

// page reads part of an alert's history, newest first, and how many triggers it has.
func (h *history) page(a *analytics.Alert, p page) (list []*analytics.Trigger, total int, err error) {
	err = h.meta.Scan(analytics.TriggersKey(a.Site, a.ID), func(key string, val []byte) error {
		total++
		if total <= p.offset || len(list) == p.limit {
			return nil
		}
		t, err := readTrigger(key, val)
		list = append(list, t)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read the history of an alert: %w", err)
	}
	return list, total, h.addAcknowledgements(acksKey(a.Site, a.ID), list...)
}

// find looks for one trigger of an alert; nil is none.
func (h *history) find(a *analytics.Alert, id string) (*analytics.Trigger, error) {
	var found *analytics.Trigger
	err := h.meta.Scan(analytics.TriggersKey(a.Site, a.ID), func(key string, val []byte) error {
		if !strings.HasSuffix(key, "/"+id) {
			return nil
		}
		t, err := readTrigger(key, val)
		if err != nil {
			return err
		}
		found = t
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("look for a trigger: %w", err)
	}
	if found == nil {
		return nil, nil
	}
	return found, h.addAcknowledgements(acksKey(a.Site, a.ID)+id, found)
}

func readTrigger(key string, val []byte) (*analytics.Trigger, error) {
	t := new(analytics.Trigger)
	if err := json.Unmarshal(val, t); err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return t, nil
}

// addAcknowledgements puts into the triggers what is stored under the prefix.
func (h *history) addAcknowledgements(prefix string, list ...*analytics.Trigger) error {
	err := h.meta.Scan(prefix, func(key string, val []byte) error {
		id := key[strings.LastIndexByte(key, '/')+1:]
		i := slices.IndexFunc(list, func(t *analytics.Trigger) bool { return t.TriggerID == id })
		if i < 0 {
			return nil
		}
		var a acknowledgement
		if err := json.Unmarshal(val, &a); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		list[i].AcknowledgedBy, list[i].AcknowledgedAt = a.By, a.At
		return nil
	})
	if err != nil {
		return fmt.Errorf("read acknowledgements: %w", err)
	}
	return nil
}

// acknowledge notes who has seen a trigger. The caller holds the alerts' change.
func (h *history) acknowledge(t *analytics.Trigger, user string, at time.Time) error {
	val, err := json.Marshal(acknowledgement{user, at})
	if err != nil {
		return fmt.Errorf("encode acknowledgement: %w", err)
	}
	if err := h.meta.Txn(MetaOp{Key: acksKey(t.Site, t.AlertID) + t.TriggerID, Value: val}); err != nil {
		return fmt.Errorf("store acknowledgement: %w", err)
	}
	t.AcknowledgedBy, t.AcknowledgedAt = user, at
	return nil
}

// forgetUser takes a user's name from what the user has seen. The caller holds the alerts' change.
func (h *history) forgetUser(user string) error {
	var ops []MetaOp
	err := h.meta.Scan(ackPrefix, func(key string, val []byte) error {
		var a acknowledgement
		if err := json.Unmarshal(val, &a); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		if a.By != user {
			return nil
		}
		a.By = ""
		next, err := json.Marshal(a)
		ops = append(ops, MetaOp{Key: strings.Clone(key), Value: next})
		return err
	})
	if err != nil {
		return fmt.Errorf("read acknowledgements: %w", err)
	}
	for batch := range slices.Chunk(ops, eraseBatch) {
		if err := h.meta.Txn(batch...); err != nil {
			return fmt.Errorf("store acknowledgements: %w", err)
		}
	}
	return nil
}

// forget erases the history of an alert that is deleted.
func (h *history) forget(a *analytics.Alert) error {
	var keys []string
	for _, prefix := range []string{analytics.TriggersKey(a.Site, a.ID), acksKey(a.Site, a.ID)} {
		err := h.meta.Scan(prefix, func(key string, _ []byte) error {
			keys = append(keys, key)
			return nil
		})
		if err != nil {
			return fmt.Errorf("read the history of an alert: %w", err)
		}
	}
	h.mu.Lock()
	delete(h.tallies, a.ID)
	h.mu.Unlock()
	return h.erase(keys)
}

func (h *history) erase(keys []string) error {
	for batch := range slices.Chunk(keys, eraseBatch) {
		ops := make([]MetaOp, len(batch))
		for i, key := range batch {
			ops[i] = MetaOp{Key: key}
		}
		if err := h.meta.Txn(ops...); err != nil {
			return fmt.Errorf("erase the history of an alert: %w", err)
		}
	}
	return nil
}
