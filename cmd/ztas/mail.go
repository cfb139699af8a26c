package main

import (
	"context"

	"github.com/ztas-io/ztas/actors/outbox"
	"github.com/ztas-io/ztas/api"
)

// apiMailer sends the letters of accounts and teams.
type apiMailer struct{ mailer outbox.Mailer }

// SendMail hands a letter to the mail server, or to the log.
func (a apiMailer) SendMail(ctx context.Context, m api.Mail) error {
	return a.mailer.Send(ctx, outbox.Mail{To: m.To, Subject: m.Subject, Text: m.Text})
}
