package main

import (
	"context"
	"time"
)

// forward passes the system's failure on.
func (i *instance) forward(failure <-chan error) {
	i.background("failures", func(ctx context.Context) {
		select {
		case err := <-failure:
			i.failed <- repairable(i.data, err)
		case <-ctx.Done():
		}
	})
}

// background runs f until Close.
func (i *instance) background(what string, f func(context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		f(ctx)
	}()
	i.onClose(what, func(context.Context) error {
		cancel()
		<-done
		return nil
	})
}

// every calls f once an interval until Close.
func (i *instance) every(what string, interval time.Duration, f func()) {
	i.background(what, func(ctx context.Context) {
		t := time.NewTicker(interval)
		defer t.Stop()
		for {
			select {
			case <-t.C:
				f()
			case <-ctx.Done():
				return
			}
		}
	})
}
