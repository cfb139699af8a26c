package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

const (
	errorNoSlack   = "Slack is not configured for this site"
	errorNoAddress = "no address"
	errorMail      = "mail"
)

// attemptMail sends an alert's mail: to its creator while still a member, else to the owner.
func (o *Outbox) attemptMail(ctx context.Context, r *record) (out outcome) {
	to := ""
	if r.To != "" {
		to = o.deps.Sites.MemberMail(r.Site, r.To)
	}
	if to == "" {
		to = o.deps.Sites.OwnerMail(r.Site)
	}
	return o.sendMail(ctx, Mail{ID: r.ID, To: to, Subject: r.Subject, Text: r.Body})
}

func (o *Outbox) sendMail(ctx context.Context, m Mail) (out outcome) {
	start := o.deps.Now()
	out.at = start.UnixMilli()
	if m.To == "" {
		out.err = errorNoAddress
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	err := o.deps.Mailer.Send(ctx, m)
	out.duration = o.deps.Now().Sub(start)
	if err == nil {
		return out
	}
	o.log.Warn("a mail was not taken", "message", m.ID, "error", err)
	out.retry = true
	if out.err, _ = errorWord(err); out.err == "network error" {
		out.err = errorMail
	}
	return out
}

// attemptSlack sends an alert's text to the site's Slack webhook.
func (o *Outbox) attemptSlack(ctx context.Context, r *record) outcome {
	return o.sendSlack(ctx, r.Site, r.Body)
}

func (o *Outbox) sendSlack(ctx context.Context, id analytics.SiteID, body string) outcome {
	site, ok := o.deps.Sites.Site(id)
	if !ok || site.Settings.SlackWebhookURL == nil {
		return outcome{at: o.nowMS(), err: errorNoSlack}
	}
	return o.send(ctx, *site.Settings.SlackWebhookURL, nil, body)
}

// slackBody is the request that shows a text. Slack reads &, < and > as markup, so what people and visitors wrote is escaped.
func slackBody(text string) string {
	text = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(map[string]string{"text": text}); err != nil {
		panic(fmt.Sprintf("outbox: encode a text: %v", err)) // strings always encode
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// disabledMail tells a site's owner why a webhook gets nothing more.
func disabledMail(domain, webhook, reason string) (subject, text string) {
	why := "its last messages all failed"
	if reason == reasonGone {
		why = "its receiver answered 410 Gone"
	}
	return "Webhook of " + domain + " was disabled", fmt.Sprintf(
		"The webhook %s of %s was disabled: %s.\n\nIts deliveries show what happened. Activate it again once its receiver works.\n",
		webhook, domain, why)
}
