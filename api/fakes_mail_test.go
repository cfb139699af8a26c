package api

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fakeMailer keeps the letters; its error is what every letter gets.
type fakeMailer struct {
	err  error
	sent chan Mail
}

func newFakeMailer() *fakeMailer { return &fakeMailer{sent: make(chan Mail, 1000)} }

func (f *fakeMailer) SendMail(_ context.Context, m Mail) error {
	f.sent <- m
	return f.err
}

// letters waits for all that is on its way and takes it.
func (w *world) letters() (list []Mail) {
	w.t.Helper()
	require.NoError(w.t, w.srv.FinishMail(w.t.Context()))
	for {
		select {
		case m := <-w.mailer.sent:
			list = append(list, m)
		default:
			return list
		}
	}
}

// slowMailer sends nothing until it is let go.
type slowMailer struct{ gate chan struct{} }

func (s slowMailer) SendMail(context.Context, Mail) error {
	<-s.gate
	return nil
}

func TestMailGoesBesideTheRequests(t *testing.T) {
	w := newWorld(t)
	slow := slowMailer{make(chan struct{})}
	w.srv.postbox.mailer = slow
	for range mailsUnderway {
		w.srv.postbox.send(Mail{To: "a@example.com", Subject: "a letter"})
	}
	require.NotContains(t, w.logs.String(), "too many")
	w.srv.postbox.send(Mail{To: "a@example.com", Subject: "one too many"})
	require.Contains(t, w.logs.String(), "too many are on their way")
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, w.srv.FinishMail(ctx), context.DeadlineExceeded)
	close(slow.gate)
	require.NoError(t, w.srv.FinishMail(t.Context()))
}

func TestAMailThatFailsIsLoggedWithoutItsText(t *testing.T) {
	w := newWorld(t)
	w.mailer.err = context.DeadlineExceeded
	w.srv.postbox.send(Mail{To: "a@example.com", Subject: "a letter", Text: "secret"})
	require.Len(t, w.letters(), 1)
	require.Contains(t, w.logs.String(), "mail was not sent")
	require.NotContains(t, w.logs.String(), "secret")
	require.NotContains(t, w.logs.String(), "a@example.com")
}
