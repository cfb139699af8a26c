package outbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/persist"
)

func testAlert(channels ...string) *analytics.Alert {
	return &analytics.Alert{
		ID: "alert_abc123", Site: testSite, Name: "Traffic <Spike>", Type: analytics.ThresholdAlert, Metric: "pageviews", Operator: ">", Threshold: 200,
		Period: "1h", Notifications: channels, Enabled: true, CreatedBy: "user_abc123",
	}
}

// fire makes the effect of a firing now.
func (w *world) fire(id string, a *analytics.Alert) (Effect, *analytics.Trigger) {
	f := analytics.Firing{TriggerID: id, AlertID: a.ID, At: time.Now().UnixMilli(), Value: 201}
	e, err := AlertEffect(a, f, Words{Domain: "example.com", Metric: a.Metric}, time.Now().UnixMilli())
	require.NoError(w.t, err)
	return e, NewTrigger(a, f)
}

// sent reads the channels that a stored trigger names.
func (w *world) sent(t *analytics.Trigger) []string {
	w.t.Helper()
	val, ok, err := w.meta.Get(t.Key())
	require.NoError(w.t, err)
	require.True(w.t, ok)
	var stored analytics.Trigger
	require.NoError(w.t, json.Unmarshal(val, &stored))
	return stored.Sent
}

func (w *world) slack(url string) { w.people.site.Settings.SlackWebhookURL = &url }

// TestAlertChannels: each channel gets the firing, a failing one stops nobody, and the trigger names those that took it.
func TestAlertChannels(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.slack("http://slack.example.com/services/x")
		w.people.members["user_abc123"] = "alice@example.com"
		w.answerWith(func(res http.ResponseWriter, r *http.Request) {
			if r.Host == "slack.example.com" {
				res.WriteHeader(404)
			}
		})
		w.start()
		a := testAlert("slack", "webhook", "email")
		e, trigger := w.fire("trigger_1", a)
		w.put(1, e)
		w.flush()
		time.Sleep(time.Second)
		require.Equal(t, []string{"email", "webhook"}, w.sent(trigger))
		require.Len(t, w.letters(), 1)
		m := w.letters()[0]
		require.Equal(t, "alice@example.com", m.To)
		require.Equal(t, "Traffic <Spike> (example.com)", m.Subject)
		require.Equal(t, "Alert Traffic <Spike> on example.com\npageviews > 200\npageviews is 201\n2000-01-01 00:00:00 UTC\n", m.Text)
		require.Regexp(t, `^msg_[0-9a-z]{20}$`, m.ID)
		d := w.only("wh_abc123")
		require.Equal(t, `{"type":"alert","event":"alert","timestamp":"2000-01-01T00:00:00.000Z","data":{"siteId":"site_abc123",`+
			`"alertId":"alert_abc123","alertName":"Traffic \u003cSpike\u003e","triggerId":"trigger_1","type":"threshold",`+
			`"condition":"pageviews \u003e 200","metric":"pageviews","operator":"\u003e","threshold":200,"currentValue":201,`+
			`"baseline":null,"changePercent":null}}`, string(d.Payload))

		w.status(200)
		e, trigger = w.fire("trigger_2", a)
		w.put(2, e)
		w.flush()
		w.put(2, e)
		time.Sleep(time.Second)
		require.Equal(t, []string{"email", "slack", "webhook"}, w.sent(trigger))
		got := w.requests()
		require.Equal(t, `{"text":"Alert Traffic &lt;Spike&gt; on example.com\npageviews &gt; 200\npageviews is 201\n2000-01-01 00:00:01 UTC\n"}`,
			slackText(got))
		require.Zero(t, w.keys(messagePrefix+"email@")+w.keys(messagePrefix+"slack@"))
		require.Empty(t, w.failures())
	})
}

func slackText(list []received) string {
	for _, r := range list {
		if r.host == "slack.example.com" && strings.Contains(r.body, ":01 UTC") {
			return r.body
		}
	}
	return ""
}

// deleteAlerts is what the deletion of alerts does: they are hidden, then their triggers are erased.
func (w *world) deleteAlerts() {
	w.people.mu.Lock()
	w.people.noAlerts = true
	w.people.mu.Unlock()
	var keys []string
	require.NoError(w.t, w.meta.Scan("trigger/", func(key string, _ []byte) error {
		keys = append(keys, strings.Clone(key))
		return nil
	}))
	for _, key := range keys {
		require.NoError(w.t, w.meta.MetaStore.Txn(persist.Op{Key: key, Delete: true}))
	}
}

// TestTriggerOfDeletedAlert: no trigger outlives its alert, whether the alert is deleted in the moment in which the trigger is stored, or while
// it notes that a channel took it. Who was to hear of it does.
func TestTriggerOfDeletedAlert(t *testing.T) {
	for _, moment := range []string{`"channel":"email"`, `"sent":["email"]`} { // of the transaction that stores either
		t.Run(moment, func(t *testing.T) {
			inBubble(t, func(t *testing.T, w *world) {
				w.start()
				deleted := false
				w.meta.failWith(func(ops []Op) error {
					if !deleted && slices.ContainsFunc(ops, func(op Op) bool { return strings.Contains(string(op.Value), moment) }) {
						deleted = true
						w.deleteAlerts()
					}
					return nil
				})
				e, _ := w.fire("trigger_1", testAlert("email", "webhook"))
				w.put(1, e)
				w.flush()
				time.Sleep(time.Second)
				require.Len(t, w.letters(), 1)
				require.Len(t, w.requests(), 1)
				require.True(t, deleted)
				require.Zero(t, w.keys("trigger/"))
			})
		})
	}
}

// TestAlertRetries: Slack is tried like a webhook, mail three times; a trigger that was deleted does not come back.
func TestAlertRetries(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.slack("http://slack.example.com/")
		w.people.remove("wh_abc123")
		w.status(503)
		w.refuseMail(errors.New("421 try later"))
		w.start()
		e, trigger := w.fire("trigger_1", testAlert("email", "slack", "webhook"))
		w.put(1, e)
		time.Sleep(time.Minute)
		require.Len(t, w.letters(), 3)
		require.Equal(t, "owner@example.com", w.letters()[0].To, "the creator is no member any more")
		require.Equal(t, w.letters()[0], w.letters()[2], "under one id")
		require.Len(t, w.requests(), 3)
		time.Sleep(2 * time.Hour)
		require.Len(t, w.letters(), 3)
		require.Len(t, w.requests(), 6)
		require.Empty(t, w.sent(trigger), "no channel took it")
		require.Zero(t, w.keys(queuePrefix)+w.keys(messagePrefix))

		w.net.setDown(true)
		e, trigger = w.fire("trigger_2", testAlert("slack"))
		w.put(2, e)
		w.flush()
		require.NoError(t, w.meta.Txn(Op{Key: trigger.Key()}))
		w.net.setDown(false)
		w.status(200)
		time.Sleep(time.Minute)
		_, ok, err := w.meta.Get(trigger.Key())
		require.NoError(t, err)
		require.False(t, ok)
	})
}

// TestAlertsBetweenTransactions: firings that come at once need several transactions. Whether the program ends between two of them or the store only
// fails for a while, each firing is told once in each channel, and its trigger names all of them.
func TestAlertsBetweenTransactions(t *testing.T) {
	const firings = 150
	for _, crash := range []bool{false, true} {
		for durable := range int64(4) { // transactions of the put before that
			inBubble(t, func(t *testing.T, w *world) {
				w.slack("http://slack.example.com/")
				w.start()
				var list []Effect
				var triggers []*analytics.Trigger
				for i := range firings {
					e, trigger := w.fire(fmt.Sprintf("trigger_%03d", i), testAlert("email", "slack", "webhook"))
					goal := effect("goal", fmt.Sprint("goal of ", i, strings.Repeat(" and more", 300)))
					list, triggers = append(list, goal, e), append(triggers, trigger)
				}
				var left atomic.Int64
				left.Store(durable)
				w.meta.failWith(func(ops []Op) error {
					delivery := slices.ContainsFunc(ops, func(op Op) bool { return op.Value == nil }) // its place in the queue goes
					if !delivery && left.Add(-1) < 0 {
						return errors.New("no")
					}
					return nil
				})
				w.put(1, list...)
				time.Sleep(time.Minute)
				if crash {
					w.stop()
					w.start()
					require.Zero(t, w.outbox.Cursor(testSite))
					w.put(1, list...)
				}
				w.meta.failWith(nil)
				w.flush()
				time.Sleep(time.Minute)
				what := fmt.Sprintf("crash=%v after %d transactions", crash, durable)
				require.Negative(t, left.Load(), what)
				require.Len(t, w.letters(), firings, what)
				require.Len(t, w.requests(), 3*firings, what)
				for _, trigger := range triggers {
					require.Equal(t, []string{"email", "slack", "webhook"}, w.sent(trigger), what)
				}
			})
		}
	}
}

// TestAlertFits: an alert's trigger and messages are small beside what a transaction takes, whatever people have written.
func TestAlertFits(t *testing.T) {
	a := testAlert("email", "slack", "webhook")
	a.Name = strings.Repeat("\x01", 100) // the longest: six characters of JSON each
	a.Metric = "funnel." + analytics.HashID("funnel_", "x") + ".conversionRate"
	x := -1.0 / 3
	f := analytics.Firing{TriggerID: analytics.HashID("trigger_", "x"), AlertID: a.ID, At: 1768493401189, Value: x, Baseline: &x, Change: &x, Score: &x}
	e, err := AlertEffect(a, f, Words{Domain: strings.Repeat("d", 253), Metric: "the rate of " + a.Name}, 5)
	require.NoError(t, err)
	ops := slices.Clone(e.Writes)
	for _, m := range channelMessages(testSite, &e, 5) {
		ops = append(ops, m.record.ops(m.lane)...)
	}
	require.Len(t, ops, 5)
	require.Less(t, bytesOf(ops), maxBatchBytes/16)
}

// TestAlertWebhooks: whoever subscribes gets each firing, listed or not; only a listed channel is named.
func TestAlertWebhooks(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.addHook("wh_goals1", "http://goals.example.com/", "goal")
		w.start()
		e, trigger := w.fire("trigger_1", testAlert("slack"))
		w.put(1, e)
		time.Sleep(time.Minute)
		require.Len(t, w.requests(), 1)
		require.Equal(t, "hooks.example.com", w.requests()[0].host)
		require.Empty(t, w.sent(trigger), "Slack is not configured")
	})
}

// TestAlertEffect: what the other types say.
func TestAlertEffect(t *testing.T) {
	number := func(x float64) *float64 { return &x }
	a := testAlert("email")
	a.Type, a.Operator, a.Threshold, a.CompareWith, a.Metric = analytics.ComparisonAlert, "<", -20, "previous_week", "conversionRate"
	zone := time.FixedZone("EST", -5*3600)
	f := analytics.Firing{TriggerID: "trigger_1", AlertID: a.ID, At: 1768493401189, Value: 1.5, Baseline: number(2), Change: number(-25.0049)}
	e, err := AlertEffect(a, f, Words{"example.com", a.Metric, zone}, 5)
	require.NoError(t, err)
	require.Equal(t, `{"siteId":"site_abc123","alertId":"alert_abc123","alertName":"Traffic \u003cSpike\u003e","triggerId":"trigger_1",`+
		`"type":"comparison","condition":"conversionRate \u003c -20%","metric":"conversionRate","operator":"\u003c","threshold":-20,`+
		`"currentValue":1.5,"baseline":2,"changePercent":-25}`, string(e.Data))
	require.Contains(t, e.Alert.Text, "conversionRate is 1.5, compared with 2 (-25.0049%)\n2026-01-15 11:10:01 EST\n")
	require.Equal(t, "trigger_1", e.Cause)
	require.EqualValues(t, 5, e.Arrived)

	a.Type, a.Sensitivity, a.Operator, a.Threshold = analytics.AnomalyAlert, "high", "", 0
	f.Change, f.Score = nil, number(4.25)
	e, err = AlertEffect(a, f, Words{Domain: "example.com", Metric: a.Metric}, 5)
	require.NoError(t, err)
	require.Contains(t, string(e.Data), `"operator":null,"threshold":null,"currentValue":1.5,"baseline":2,"changePercent":null}`)
	require.Contains(t, e.Alert.Text, "compared with 2 (score 4.25)\n")
	var stored analytics.Trigger
	require.NoError(t, json.Unmarshal(e.Writes[0].Value, &stored))
	require.Nil(t, stored.Threshold)
	require.Equal(t, e.Alert.TriggerKey, e.Writes[0].Key)
}

// TestAlertTexts: people read the name of a goal or funnel, receivers of webhooks and the history have its id.
func TestAlertTexts(t *testing.T) {
	a := testAlert("email", "slack")
	a.Metric, a.Threshold = "goal.goal_abc123.completions", 10
	f := analytics.Firing{TriggerID: "trigger_1", AlertID: a.ID, At: 1768493401189, Value: 12}
	e, err := AlertEffect(a, f, Words{Domain: "example.com", Metric: "completions of Signup & <more>"}, 5)
	require.NoError(t, err)
	require.Equal(t, "Alert Traffic <Spike> on example.com\ncompletions of Signup & <more> > 10\ncompletions of Signup & <more> is 12\n"+
		"2026-01-15 16:10:01 UTC\n", e.Alert.Text)
	require.Contains(t, string(e.Data), `"condition":"goal.goal_abc123.completions \u003e 10","metric":"goal.goal_abc123.completions"`)
	a.Type, a.Sensitivity = analytics.AnomalyAlert, "low"
	mean := 10. / 3
	f.Baseline = &mean
	e, err = AlertEffect(a, f, Words{Domain: "example.com", Metric: "completions of Signup"}, 5)
	require.NoError(t, err)
	require.Contains(t, e.Alert.Text, "\nanomaly(completions of Signup, low)\ncompletions of Signup is 12, compared with 3.33\n")

	inBubble(t, func(t *testing.T, w *world) {
		w.open()
		a := testAlert("email")
		for metric, text := range map[string]string{
			"goal.goal_abc123.completions": "completions of Signup & <more> > 200", "goal.goal_abc123.conversionRate": "the rate of Signup & <more> > 200",
			"goal.goal_gone12.completions": "goal.goal_gone12.completions > 200", "uniqueVisitors": "uniqueVisitors > 200",
		} {
			a.Metric = metric
			_, err := w.outbox.TestAlert(t.Context(), a)
			require.NoError(t, err)
			letters := w.letters()
			require.Contains(t, letters[len(letters)-1].Text, "\n"+text+"\n")
		}
	})
}

// TestTestAlert: all channels at once, marked, and nothing is kept.
func TestTestAlert(t *testing.T) {
	inBubble(t, func(t *testing.T, w *world) {
		w.slack("http://slack.example.com/")
		w.addHook("wh_second1", "http://second.example.com/", "alert")
		w.addHook("wh_goals1", "http://goals.example.com/", "goal")
		w.addHook("wh_off123", "http://off.example.com/", "alert").Active = false
		w.answerWith(func(res http.ResponseWriter, r *http.Request) {
			if r.Host != "second.example.com" {
				res.WriteHeader(404)
			}
		})
		w.open()
		res, err := w.outbox.TestAlert(t.Context(), testAlert("slack", "email", "webhook"))
		require.NoError(t, err)
		require.Equal(t, []analytics.ChannelResult{
			{Channel: "slack", Error: "HTTP 404"}, {Channel: "email", Success: true}, {Channel: "webhook", Success: true},
		}, res)
		require.Len(t, w.requests(), 3)
		for _, r := range w.requests() {
			if r.host != "slack.example.com" {
				require.Contains(t, r.body, `"triggerId":null`)
				require.Contains(t, r.body, `"test":true}}`)
			} else {
				require.Contains(t, r.body, "This is a test.")
			}
		}
		require.Contains(t, w.letters()[0].Subject, "[Test] ")

		w.answerWith(func(http.ResponseWriter, *http.Request) { time.Sleep(time.Minute) })
		w.refuseMail(errors.New("no"))
		start := time.Now()
		res, err = w.outbox.TestAlert(t.Context(), testAlert("email", "webhook", "slack"))
		require.NoError(t, err)
		require.Equal(t, []analytics.ChannelResult{
			{Channel: "email", Error: "mail"}, {Channel: "webhook", Error: "timeout"}, {Channel: "slack", Error: "timeout"},
		}, res)
		require.LessOrEqual(t, time.Since(start), 10*time.Second)
		w.people.remove("wh_second1")
		w.people.remove("wh_abc123")
		w.people.site.Settings.SlackWebhookURL = nil
		res, err = w.outbox.TestAlert(t.Context(), testAlert("webhook", "slack"))
		require.NoError(t, err)
		require.Equal(t, []analytics.ChannelResult{
			{Channel: "webhook", Error: "no webhook subscribes to alert"}, {Channel: "slack", Error: "Slack is not configured for this site"},
		}, res)
		require.Zero(t, w.keys(""))
	})
}
