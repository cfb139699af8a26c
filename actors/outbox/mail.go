package outbox

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// mailTime bounds the conversation with a mail server.
const mailTime = 10 * time.Second

// NewMailer gives the way to send mail: a server named by smtp[s]://user:password@host:port, or, when the URL is empty, the log, so that a
// server without mail can be used all the same. smtp uses STARTTLS when the server offers it; a password is sent over TLS only. from is the
// sender; empty means ztas@host. Errors never repeat the URL: it may hold a password.
func NewMailer(smtpURL, from string, logger *slog.Logger) (Mailer, error) {
	if smtpURL == "" {
		return logMailer{logger.With("component", "mail")}, nil
	}
	u, err := url.Parse(smtpURL)
	if err != nil || u.Hostname() == "" || u.Scheme != "smtp" && u.Scheme != "smtps" {
		return nil, errors.New("SMTP_URL must be a URL such as smtp://user:password@mail.example.com:587")
	}
	if from == "" {
		from = "ztas@" + u.Hostname()
	}
	options := []mail.Option{mail.WithTimeout(mailTime), mail.WithTLSPolicy(mail.TLSOpportunistic)}
	if u.Scheme == "smtps" {
		options = append(options, mail.WithSSL(), mail.WithPort(mail.DefaultPortSSL))
	}
	if port := u.Port(); port != "" {
		n, err := strconv.Atoi(port)
		if err != nil {
			return nil, errors.New("the port of SMTP_URL must be a number")
		}
		options = append(options, mail.WithPort(n))
	}
	if u.User != nil {
		password, _ := u.User.Password()
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	if _, err := mail.NewClient(u.Hostname(), options...); err != nil {
		return nil, fmt.Errorf("SMTP_URL: %w", err)
	}
	m := &smtpMailer{host: u.Hostname(), from: from, options: options}
	if _, err := m.letter(Mail{To: "probe@example.com"}); err != nil {
		return nil, fmt.Errorf("MAIL_FROM: %w", err)
	}
	return m, nil
}

// smtpMailer makes a connection for each letter: letters are rare. Safe for concurrent use.
type smtpMailer struct {
	host, from string
	options    []mail.Option
}

// Send hands a letter to the server.
func (s *smtpMailer) Send(ctx context.Context, m Mail) error {
	letter, err := s.letter(m)
	if err != nil {
		return err
	}
	client, err := mail.NewClient(s.host, s.options...)
	if err != nil {
		return fmt.Errorf("mail client: %w", err)
	}
	if err := client.DialAndSendWithContext(ctx, letter); err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	return nil
}

func (s *smtpMailer) letter(m Mail) (*mail.Msg, error) {
	letter := mail.NewMsg()
	from, err := netmail.ParseAddress(s.from)
	if err != nil {
		return nil, fmt.Errorf("sender of a mail: %w", err)
	}
	at := strings.LastIndexByte(from.Address, '@') + 1
	domain := mailDomain(from.Address[at:])
	from.Address = from.Address[:at] + domain
	letter.FromMailAddress(from)
	to, err := mailbox(m.To)
	if err != nil {
		return nil, fmt.Errorf("receiver of a mail: %w", err)
	}
	letter.ToMailAddress(to)
	id := m.ID // a letter that is sent twice shows once
	if id == "" {
		id = rand.Text()
	}
	letter.SetMessageIDWithValue(id + "@" + domain) // by itself the library would name this machine
	letter.SetDate()
	letter.Subject(oneLine(m.Subject))
	letter.SetBodyString(mail.TypeTextPlain, m.Text)
	return letter, nil
}

// oneLine keeps line breaks out of a header.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// logMailer writes letters to the log: what a person who runs the server without mail reads instead.
type logMailer struct{ log *slog.Logger }

// Send never fails.
func (l logMailer) Send(_ context.Context, m Mail) error {
	l.log.Info("mail (no SMTP_URL)", "to", m.To, "subject", m.Subject, "text", m.Text)
	return nil
}
