package outbox

import (
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

// hookMessages are an effect's messages to the webhooks that subscribe.
func (o *Outbox) hookMessages(site analytics.SiteID, e *Effect, hooks []*analytics.Webhook, now int64) (list []message) {
	text := ""
	for _, w := range hooks {
		if !wanted(w, e) {
			continue
		}
		if text == "" {
			var err error
			if text, err = body(e.Type, e.At, e.Data); err != nil {
				o.log.Error("an effect has no message", "site", site, "cause", e.Cause, "error", err)
				return nil
			}
		}
		r := newRecord(w.ID, site, e, now)
		r.Event, r.Body = e.Type, text
		if e.Alert != nil && slices.Contains(e.Alert.Channels, ChannelWebhook) {
			r.Trigger, r.Channel = e.Alert.TriggerKey, ChannelWebhook
		}
		list = append(list, message{w.ID, r})
	}
	return list
}

// channelMessages are an alert's messages by mail and Slack.
func channelMessages(site analytics.SiteID, e *Effect, now int64) (list []message) {
	if e.Alert == nil {
		return nil
	}
	for _, channel := range []string{ChannelEmail, ChannelSlack} {
		if !slices.Contains(e.Alert.Channels, channel) {
			continue
		}
		name := channelLane(channel, site)
		r := newRecord(name, site, e, now)
		r.Event, r.Trigger, r.Channel = analytics.WebhookAlert, e.Alert.TriggerKey, channel
		if channel == ChannelEmail {
			r.To, r.Subject, r.Body = e.Alert.CreatedBy, e.Alert.Subject, e.Alert.Text
		} else {
			r.Body = slackBody(e.Alert.Slack)
		}
		list = append(list, message{name, r})
	}
	return list
}

// newRecord begins a message; its id is the same whenever the same thing is told to the same lane.
func newRecord(lane string, site analytics.SiteID, e *Effect, now int64) *record {
	return &record{
		ID: analytics.HashID("msg_", lane, e.Cause), Site: site, Created: now, Status: analytics.DeliveryPending, Next: now,
	}
}
