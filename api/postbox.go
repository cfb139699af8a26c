package api

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

const (
	mailsUnderway = 64               // letters on their way at once; one more is dropped, the limits of the API keep their number far below
	mailTime      = 30 * time.Second // for one letter
)

// postbox sends letters beside the requests that wrote them: nobody waits for a mail server, and how long it takes tells nothing about an
// account. A letter is tried once. Safe for concurrent use.
type postbox struct {
	mailer   Mailer
	log      *slog.Logger
	underway chan struct{}
	letters  sync.WaitGroup
}

func newPostbox(mailer Mailer, log *slog.Logger) *postbox {
	return &postbox{mailer: mailer, log: log, underway: make(chan struct{}, mailsUnderway)}
}

// send returns at once.
func (p *postbox) send(m Mail) {
	p.write(m.Subject, func() (Mail, bool, error) { return m, true, nil })
}

// write returns at once: the letter is made beside the request, too; ok is false when there is none.
func (p *postbox) write(subject string, letter func() (m Mail, ok bool, err error)) {
	select {
	case p.underway <- struct{}{}:
	default:
		p.log.Error("mail was not sent: too many are on their way", "subject", subject)
		return
	}
	p.letters.Go(func() {
		defer func() { <-p.underway }()
		ctx, cancel := context.WithTimeout(context.Background(), mailTime)
		defer cancel()
		m, ok, err := letter()
		if err == nil && ok {
			err = p.mailer.SendMail(ctx, m)
		}
		if err != nil {
			p.log.Error("mail was not sent", "subject", subject, "error", err)
		}
	})
}

// FinishMail waits until the letters on their way are sent or ctx is done. It is called after the last request.
func (s *Server) FinishMail(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.postbox.letters.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("mail on its way: %w", ctx.Err())
	}
}
