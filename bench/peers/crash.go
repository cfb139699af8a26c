package main

import (
	"context"
	"errors"
	"time"
)

// loss is what a kill -9 right after an acknowledgement cost.
type loss struct {
	way               way
	answered, counted int64
}

const (
	crashConnections = 64
	crashPace        = 62500 * time.Microsecond // 16 a second of each
	crashSeconds     = 12                       // longer than GoatCounter waits until it writes
)

// measureLoss sends a calm stream, kills the server when the last answer is there, starts it again and counts. The product is a fresh one.
func measureLoss(ctx context.Context, w way) (l loss, err error) {
	p := w.product
	if err := p.start(ctx); err != nil {
		return l, err
	}
	defer func() { err = joinStop(err, p.server()) }()
	sent, err := w.send(ctx, crashConnections, crashSeconds*time.Second, crashPace)
	if err = errors.Join(err, p.server().kill()); err != nil {
		return l, err
	}
	if err := p.start(ctx); err != nil {
		return l, err
	}
	l = loss{way: w, answered: sent.answered}
	l.counted, err = p.stored(ctx)
	say("%-34s killed after %d acknowledged hits, %d are there", w.name, l.answered, l.counted)
	return l, err
}

// joinStop stops a server that still runs.
func joinStop(err error, s *server) error {
	if s == nil || s.ended() {
		return err
	}
	return errors.Join(err, s.stop())
}
