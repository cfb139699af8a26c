package api

import "context"

// Mailer sends mail. Safe for concurrent use.
type Mailer interface {
	// SendMail hands a letter to the mail server, or to the program's log when there is none. It may take seconds. Errors: that the server did
	// not take it.
	SendMail(ctx context.Context, m Mail) error
}

// Mail is a letter in plain text.
type Mail struct {
	To      string // an address of auth.NormalizeEmail
	Subject string
	Text    string
}
