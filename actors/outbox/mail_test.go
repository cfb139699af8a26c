package outbox

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strings"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"
	gomail "github.com/wneessen/go-mail"
)

// postOffice is a mail server in this process.
type postOffice struct {
	mu       sync.Mutex
	letters  []string
	from, to string
	login    string
	refuse   error
}

func (p *postOffice) NewSession(*smtp.Conn) (smtp.Session, error) { return &postSession{p}, nil }

type postSession struct{ p *postOffice }

func (s *postSession) AuthMechanisms() []string { return []string{sasl.Plain} }
func (s *postSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		s.p.mu.Lock()
		defer s.p.mu.Unlock()
		if s.p.login = user + ":" + password; password != "p@ss" {
			return errors.New("wrong password")
		}
		return nil
	}), nil
}
func (s *postSession) Reset()        {}
func (s *postSession) Logout() error { return nil }
func (s *postSession) Mail(from string, _ *smtp.MailOptions) error {
	s.p.from = from
	return s.p.refuse
}
func (s *postSession) Rcpt(to string, _ *smtp.RcptOptions) error { s.p.to = to; return nil }
func (s *postSession) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	s.p.mu.Lock()
	defer s.p.mu.Unlock()
	s.p.letters = append(s.p.letters, string(text))
	return err
}

// openPostOffice opens a server; config is nil for one without TLS.
func openPostOffice(t *testing.T, config *tls.Config) (p *postOffice, address string) {
	t.Helper()
	p = new(postOffice)
	server := smtp.NewServer(p)
	server.AllowInsecureAuth, server.Domain = true, "localhost"
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	if config != nil {
		l = tls.NewListener(l, config)
	}
	done := make(chan struct{})
	go func() { defer close(done); server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-done })
	return p, l.Addr().String()
}

// TestMail: a letter as a server gets it.
func TestMail(t *testing.T) {
	web := httptest.NewTLSServer(http.NotFoundHandler()) // for its certificate
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	mailer := func(url string) Mailer {
		m, err := NewMailer(url, "ztas <alerts@example.com>", slog.New(slog.DiscardHandler))
		require.NoError(t, err)
		trusting := gomail.WithTLSConfig(&tls.Config{RootCAs: roots, ServerName: "example.com", MinVersion: tls.VersionTLS12})
		m.(*smtpMailer).options = append(m.(*smtpMailer).options, trusting)
		return m
	}
	p, address := openPostOffice(t, &tls.Config{Certificates: web.TLS.Certificates, MinVersion: tls.VersionTLS12})
	m := mailer("smtps://ztas:p%40ss@" + address)
	letter := Mail{ID: "msg_1", To: "bob@example.com", Subject: "Spike\r\nBcc: eve@example.com ü", Text: "pageviews > 200 ü\n.\nend\n"}
	require.NoError(t, m.Send(t.Context(), letter))
	require.Equal(t, "ztas:p@ss", p.login)
	require.Equal(t, "alerts@example.com", p.from)
	require.Equal(t, "bob@example.com", p.to)
	require.Len(t, p.letters, 1)
	got, err := mail.ReadMessage(strings.NewReader(p.letters[0]))
	require.NoError(t, err)
	require.Empty(t, got.Header.Get("Bcc"))
	require.Equal(t, "<msg_1@example.com>", got.Header.Get("Message-ID"))
	require.Equal(t, "<bob@example.com>", got.Header.Get("To"))
	require.Contains(t, got.Header.Get("Content-Type"), "text/plain")

	require.Error(t, m.Send(t.Context(), Mail{To: "no address"}))
	p.refuse = &smtp.SMTPError{Code: 451, Message: "later"}
	require.ErrorContains(t, m.Send(t.Context(), letter), "later")
	err = mailer("smtps://ztas:hunter2@"+address).Send(t.Context(), letter)
	require.Error(t, err)
	require.NotContains(t, err.Error(), "hunter2")
	require.Len(t, p.letters, 1)

	open, address := openPostOffice(t, nil)
	require.NoError(t, mailer("smtp://"+address).Send(t.Context(), letter))
	require.Len(t, open.letters, 1)
	require.Error(t, mailer("smtp://ztas:p%40ss@"+address).Send(t.Context(), letter), "no password without TLS")
	require.Empty(t, open.login)

	word, retry := errorWord(mailer("smtp://127.0.0.1:1").Send(t.Context(), letter))
	require.Equal(t, "connection refused", word)
	require.True(t, retry)
}

// TestMailSettings: what makes no sense is said at the start, without the password.
func TestMailSettings(t *testing.T) {
	for _, url := range []string{
		"mail.example.com", "http://mail.example.com", "smtp://", "smtp://u:hunter2@[::1", "smtp://u:hunter2@mail.example.com:99999",
	} {
		_, err := NewMailer(url, "", slog.New(slog.DiscardHandler))
		require.Error(t, err, url)
		require.NotContains(t, err.Error(), "hunter2")
	}
	_, err := NewMailer("smtp://mail.example.com", "nobody", slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "MAIL_FROM")
	_, err = NewMailer("smtps://u:p@mail.example.com", "a@example.com", slog.New(slog.DiscardHandler))
	require.NoError(t, err)

	var text bytes.Buffer
	m, err := NewMailer("", "", slog.New(slog.NewTextHandler(&text, nil)))
	require.NoError(t, err)
	require.NoError(t, m.Send(t.Context(), Mail{To: "bob@example.com", Subject: "Spike", Text: "two\nlines"}))
	require.Contains(t, text.String(), `to=bob@example.com subject=Spike text="two\nlines"`)
}
