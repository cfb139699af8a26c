package api

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// triggerItem is an item of topic alerts (ws.md).
type triggerItem struct {
	triggerView
	AlertID   string `json:"alertId"`
	AlertName string `json:"alertName"` // when it fired
}

// LatestTriggers lists what the alerts of a site fired last, at most limit, newest first, as topic alerts shows it.
func (c *Catalog) LatestTriggers(site analytics.SiteID, limit int) ([]json.RawMessage, error) {
	list, err := c.history.latest(c.alerts.of(site), limit)
	if err != nil {
		return nil, err
	}
	items := make([]json.RawMessage, len(list))
	for i, t := range list {
		if items[i], err = json.Marshal(triggerItem{viewTrigger(t), t.AlertID, t.AlertName}); err != nil {
			return nil, fmt.Errorf("encode trigger %s: %w", t.TriggerID, err)
		}
	}
	return items, nil
}

// TriggersChangedBy tells whether a change of the metadata under a key changes what LatestTriggers gives, and for which site: triggers,
// the channels that took their messages, acknowledgements, deletions.
func TriggersChangedBy(key string) (site analytics.SiteID, ok bool) {
	for _, prefix := range []string{triggerPrefix, ackPrefix} {
		if rest, found := strings.CutPrefix(key, prefix); found {
			id, _, _ := strings.Cut(rest, "/")
			return analytics.SiteID(id), true
		}
	}
	return "", false
}

// latest reads the latest triggers of several alerts: of each no more than may be among them.
func (h *history) latest(alerts []*analytics.Alert, limit int) ([]*analytics.Trigger, error) {
	type row struct {
		key string
		at  int64
		val []byte
	}
	var rows []row
	for _, a := range alerts {
		n := 0
		err := h.meta.Scan(analytics.TriggersKey(a.Site, a.ID), func(key string, val []byte) error {
			if n == limit {
				return errEnough
			}
			n++
			at, err := triggerTime(key)
			rows = append(rows, row{strings.Clone(key), at, bytes.Clone(val)})
			return err
		})
		if err != nil && !errors.Is(err, errEnough) {
			return nil, fmt.Errorf("read the latest triggers: %w", err)
		}
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Or(cmp.Compare(b.at, a.at), strings.Compare(a.key, b.key)) })
	list := make([]*analytics.Trigger, min(len(rows), limit))
	for i := range list {
		var err error
		if list[i], err = readTrigger(rows[i].key, rows[i].val); err != nil {
			return nil, err
		}
	}
	for _, a := range alerts {
		of := slices.DeleteFunc(slices.Clone(list), func(t *analytics.Trigger) bool { return t.AlertID != a.ID })
		if len(of) == 0 {
			continue
		}
		if err := h.addAcknowledgements(acksKey(a.Site, a.ID), of...); err != nil {
			return nil, err
		}
	}
	return list, nil
}
