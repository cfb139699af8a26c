package api

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestLatestTriggers: the triggers of all alerts of a site, newest first, as the history of each shows them and whose they are.
func TestLatestTriggers(t *testing.T) {
	w := newAlertWorld(t)
	alert := func(id string) {
		w.putAlert(&analytics.Alert{ID: id, Site: w.site, Name: "now " + id, Type: analytics.ThresholdAlert, Metric: "pageviews", Operator: ">"})
	}
	fire := func(alert, id string, at int64) {
		w.fire(&analytics.Trigger{Firing: analytics.Firing{TriggerID: id, AlertID: alert, At: at, Value: 7}, Site: w.site,
			AlertName: "then " + alert, Metric: "pageviews", Condition: "pageviews > 6", Threshold: ptr(6.0), Sent: []string{}})
	}
	ids := func(limit int) (ids []string) {
		list, err := w.catalog.LatestTriggers(w.site, limit)
		require.NoError(t, err)
		for _, raw := range list {
			var item struct{ ID, AlertID, AlertName string }
			require.NoError(t, json.Unmarshal(raw, &item))
			require.Equal(t, "then "+item.AlertID, item.AlertName)
			ids = append(ids, item.ID)
		}
		return ids
	}
	require.Empty(t, ids(50))
	alert("alert_a")
	alert("alert_b")
	fire("alert_a", "trigger_1", 1000)
	fire("alert_b", "trigger_2", 2000)
	fire("alert_a", "trigger_3", 3000)
	fire("alert_b", "trigger_4", 3000) // at the same time
	require.Equal(t, []string{"trigger_3", "trigger_4", "trigger_2", "trigger_1"}, ids(50))
	require.Equal(t, []string{"trigger_3", "trigger_4", "trigger_2"}, ids(3))
	require.Equal(t, []string{"trigger_3"}, ids(1))

	_, _, err := w.catalog.acknowledge("alert_b", "trigger_2", "user_abc123", day("2026-01-14T19:52:00Z"))
	require.NoError(t, err)
	list, err := w.catalog.LatestTriggers(w.site, 50)
	require.NoError(t, err)
	require.JSONEq(t, `{"id":"trigger_2","triggeredAt":"1970-01-01T00:00:02.000Z","metric":"pageviews","value":7,"threshold":6,"condition":"pageviews > 6",
		"baseline":null,"changePercent":null,"notificationsSent":[],"acknowledged":true,"acknowledgedBy":"user_abc123",
		"acknowledgedAt":"2026-01-14T19:52:00.000Z","alertId":"alert_b","alertName":"then alert_b"}`, string(list[2]))

	for i := range 60 {
		fire("alert_b", fmt.Sprint("trigger_late_", i), int64(10_000+i))
	}
	require.Len(t, ids(50), 50)
	require.Equal(t, "trigger_late_59", ids(50)[0])
	require.NoError(t, w.catalog.removeAlert("alert_b"))
	require.Equal(t, []string{"trigger_3", "trigger_1"}, ids(50))
}

func TestTriggersChangedBy(t *testing.T) {
	f := func(key string, site analytics.SiteID, ok bool) {
		t.Helper()
		gotSite, gotOK := TriggersChangedBy(key)
		require.Equal(t, site, gotSite)
		require.Equal(t, ok, gotOK)
	}
	trigger := &analytics.Trigger{Firing: analytics.Firing{TriggerID: "trigger_a", AlertID: "alert_a", At: 1}, Site: "site_abc123"}
	f(trigger.Key(), "site_abc123", true)
	f(acksKey("site_abc123", "alert_a")+"trigger_a", "site_abc123", true)
	f("alert/alert_a", "", false)
	f("outbox/x", "", false)
}
