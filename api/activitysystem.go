package api

import "github.com/ztas-io/ztas/analytics"

// What the program does by itself, without a request.

// AlertTriggered is the firing of an alert; telling it again after a replay is telling it once.
func AlertTriggered(t *analytics.Trigger) Activity {
	return Activity{
		Action: "alert.triggered", Site: t.Site, Target: ActivityTarget{Type: "alert", ID: t.AlertID, Name: t.AlertName},
		Metadata: map[string]any{"metric": t.Metric, "currentValue": t.Value, "threshold": t.Threshold},
		Cause:    t.TriggerID, At: t.At,
	}
}

// WebhookDisabled is that a webhook was switched off for the reason gone or failures.
func WebhookDisabled(w *analytics.Webhook, reason string) Activity {
	return webhookActivity("webhook.disabled", w, map[string]any{"reason": reason})
}

// WebhookFailed is a message that failed for good. It is the one activity that webhooks do not hear of.
func WebhookFailed(w *analytics.Webhook, messageID, event, problem string, attempts int) Activity {
	return webhookActivity(MessageFailed, w, map[string]any{"messageId": messageID, "event": event, "error": problem, "attempts": attempts})
}

// MessageFailed is the action of WebhookFailed.
const MessageFailed = "webhook.failed"

func webhookActivity(action string, w *analytics.Webhook, facts map[string]any) Activity {
	name := w.Description
	if name == "" {
		name = bareURL(w.URL)
	}
	return Activity{Action: action, Site: w.Site, Target: ActivityTarget{Type: "webhook", ID: w.ID, Name: name}, Metadata: facts}
}

func webhookChanges(before, after *analytics.Webhook) map[string]any {
	from, to := viewWebhook(before, analytics.HookStatus{}), viewWebhook(after, analytics.HookStatus{})
	from.URL, to.URL = bareURL(from.URL), bareURL(to.URL)
	changes := changesOf(from, to)
	if before.URL != after.URL {
		changes["url"] = changed(from.URL, to.URL) // also when it is of the same host
	}
	return changes
}

func goalActivity(action string, g *analytics.Goal, facts map[string]any) Activity {
	return Activity{Action: action, Site: g.Site, Target: ActivityTarget{Type: "goal", ID: g.ID, Name: g.Name}, Metadata: facts}
}

func funnelActivity(action string, f *analytics.Funnel, facts map[string]any) Activity {
	return Activity{Action: action, Site: f.Site, Target: ActivityTarget{Type: "funnel", ID: f.ID, Name: f.Name}, Metadata: facts}
}

func alertActivity(action string, a *analytics.Alert, facts map[string]any) Activity {
	return Activity{Action: action, Site: a.Site, Target: ActivityTarget{Type: "alert", ID: a.ID, Name: a.Name}, Metadata: facts}
}

func alertChanges(before, after *analytics.Alert) map[string]any {
	return changesOf(viewAlert(before, tally{}), viewAlert(after, tally{}))
}

func pictureActivity(action string, p *Picture) Activity {
	return Activity{
		Action: action, Site: p.Site, Target: ActivityTarget{Type: "picture", ID: p.ID, Name: p.Path}, Metadata: map[string]any{"device": p.Device},
	}
}

func exportActivity(site *analytics.Site, q *exportQuery) Activity {
	r := q.span.Report()
	return Activity{
		Action: "export.requested", Site: site.ID, Target: ActivityTarget{Type: "site", ID: string(site.ID), Name: site.Domain},
		Metadata: map[string]any{"type": q.kind, "format": q.format, "start": r.Start, "end": r.End},
	}
}
