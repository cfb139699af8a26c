package outbox

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// testEvent is the type of a webhook's test message.
const testEvent = "test"

// Test sends a webhook one message of type test, at once and once, whether it is active or not. It is not logged and counts nowhere.
func (o *Outbox) Test(ctx context.Context, w *analytics.Webhook) (analytics.TestResult, error) {
	data, err := json.Marshal(struct {
		Site    analytics.SiteID `json:"siteId"`
		Webhook string           `json:"webhookId"`
		Message string           `json:"message"`
	}{w.Site, w.ID, "This is a test message"})
	if err != nil {
		return analytics.TestResult{}, wrap("encode a test message", err)
	}
	return o.testHook(ctx, w, testEvent, data)
}

func (o *Outbox) testHook(ctx context.Context, w *analytics.Webhook, event string, data json.RawMessage) (analytics.TestResult, error) {
	text, err := body(event, o.nowMS(), data)
	if err != nil {
		return analytics.TestResult{}, err
	}
	id := analytics.HashID("msg_", rand.Text())
	out := o.post(ctx, w, id, event, text)
	return analytics.TestResult{Success: out.err == "", MessageID: id, Status: out.status, Duration: out.duration, Error: out.err}, nil
}

// TestAlert sends a marked message through all channels of the alert at the same time, until ctx or TestTimeout ends, and tells in their order
// how it went.
func (o *Outbox) TestAlert(ctx context.Context, a *analytics.Alert) ([]analytics.ChannelResult, error) {
	d := newAlertData(a)
	d.Test = true
	data, err := d.encode()
	if err != nil {
		return nil, err
	}
	w := Words{Domain: o.domain(a.Site), Metric: report.MetricName(a, o.deps.Alerts)}
	text := w.test(a)
	ctx, cancel := context.WithTimeout(ctx, o.cfg.TestTimeout)
	defer cancel()
	results := make([]analytics.ChannelResult, len(a.Notifications))
	var all sync.WaitGroup
	for i, channel := range a.Notifications {
		all.Go(func() {
			word := ""
			switch channel {
			case ChannelEmail:
				word = o.attemptMail(ctx, &record{Site: a.Site, To: a.CreatedBy, Subject: "[Test] " + w.subject(a), Body: text}).err
			case ChannelSlack:
				word = o.sendSlack(ctx, a.Site, slackBody(text)).err
			default:
				word = o.testAlertHooks(ctx, a.Site, data)
			}
			results[i] = analytics.ChannelResult{Channel: channel, Success: word == "", Error: word}
		})
	}
	all.Wait()
	return results, nil
}

// testAlertHooks sends the marked message to every active webhook that subscribes to alerts. The channel works when one of them takes it.
func (o *Outbox) testAlertHooks(ctx context.Context, site analytics.SiteID, data json.RawMessage) (word string) {
	hooks := slices.DeleteFunc(o.deps.Hooks.Webhooks(site), func(w *analytics.Webhook) bool {
		return !w.Active || !slices.Contains(w.Events, analytics.WebhookAlert)
	})
	if len(hooks) == 0 {
		return "no webhook subscribes to alert"
	}
	words := make([]string, len(hooks))
	var all sync.WaitGroup
	for i, w := range hooks {
		all.Go(func() {
			res, err := o.testHook(ctx, w, analytics.WebhookAlert, data)
			if words[i] = res.Error; err != nil {
				words[i] = strings.TrimSpace(err.Error())
			}
		})
	}
	all.Wait()
	if slices.Contains(words, "") {
		return ""
	}
	return words[0]
}

// decimal writes a number without an exponent.
func decimal(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }
