package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"golang.org/x/sync/errgroup"
)

type demoCommand struct {
	Config

	Rate     float64 `default:"1.5" placeholder:"N" help:"Events a second, on average over the day (${default})."`
	Days     int     `default:"7" placeholder:"N" help:"Days of history before today (${default})."`
	Seed     uint64  `default:"1" placeholder:"N" help:"Other visitors for another number (${default})."`
	Zone     string  `default:"UTC" placeholder:"NAME" help:"Time zone of the site when it is made (${default})."`
	Email    string  `default:"demo@example.com" placeholder:"EMAIL" help:"The account (${default})."`
	Password string  `default:"watch-it-live" placeholder:"TEXT" help:"Its password (${default})."`
}

// Validate checks what is the demo's own, and the settings.
func (c *demoCommand) Validate() error {
	if !(c.Rate > 0 && c.Rate <= 10_000) || c.Days < 0 || c.Days > 365 {
		return errors.New("--rate must be from 0 to 10000 and --days from 0 to 365")
	}
	return c.Config.Validate()
}

// Defaults gives the demo a data directory of its own.
func (c *demoCommand) Defaults() map[string]string { return map[string]string{"data": "./demo-data"} }

// Run serves a site that is alive, until a signal comes.
func (c *demoCommand) Run(e env) error {
	c.Track, c.TrackSite = 0, 0 // the visitors all come from this machine
	logger := newLogger(e.errOut, c.LogLevel, c.LogFormat)
	server, err := run(e.ctx, c.Config, logger)
	if err != nil {
		return startFailed(e.ctx, err, logger)
	}
	ctx, cancel := context.WithCancel(e.ctx)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return c.animate(ctx, e, server) })
	served := make(chan error, 1)
	go func() {
		select {
		case failure := <-server.Failed():
			cancel()
			served <- failure
		case <-ctx.Done():
			served <- nil
		}
	}()
	err = group.Wait()
	cancel()
	failure := <-served
	if e.ctx.Err() != nil && errors.Is(err, context.Canceled) {
		err = nil
	}
	if failure != nil {
		err = fmt.Errorf("serve: %w", failure)
	}
	return errors.Join(err, stop(server))
}

// animate finds or makes account and site, then lets the visitors come: those of the past by import, those of now one by one.
func (c *demoCommand) animate(ctx context.Context, e env, server *instance) error {
	api := newClient(c.loopback(server), "")
	site, err := openDemoSite(ctx, api, demoAccount{c.Email, c.Password, c.Zone})
	if err != nil {
		return err
	}
	fmt.Fprintf(e.out, "\n  ztas demo is live\n\n  open      %s\n  e-mail    %s\n  password  %s\n\n", c.openURL(server), c.Email, c.Password)
	if host, _, err := net.SplitHostPort(server.Addr()); err == nil && !net.ParseIP(host).IsLoopback() {
		fmt.Fprintf(e.out, "  Others can reach this address too: give a --password of your own.\n\n")
	}
	visitors, err := newDemoVisitors(site, c.Seed, c.Rate)
	if err != nil {
		return err
	}
	now := time.Now()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return visitors.past(ctx, now.AddDate(0, 0, -c.Days), now, newDemoProgress(e.errOut)) })
	group.Go(func() error { return visitors.live(ctx, now) })
	return group.Wait() //nolint:wrapcheck // both say what they did
}

// loopback is the server's address for the demo itself: an address that stands for all is reached through this machine's own.
func (c *demoCommand) loopback(server *instance) string {
	scheme := "http://"
	if c.TLSCert != "" {
		scheme = "https://"
	}
	host, port, err := net.SplitHostPort(server.Addr())
	if ip := net.ParseIP(host); err == nil && ip != nil && ip.IsUnspecified() {
		return scheme + net.JoinHostPort("127.0.0.1", port)
	}
	return scheme + server.Addr()
}

func (c *demoCommand) openURL(server *instance) string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	return c.loopback(server)
}
