package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/ztas-io/ztas/analytics"
)

// instance is a running server.
type instance struct{}

// run starts the server and returns once it is ready to serve. It goes on until Close; ctx bounds only the start.
func run(ctx context.Context, cfg Config, logger *slog.Logger) (*instance, error) {
	return nil, errors.New("not wired")
}

// Addr is the address really listened on, host:port.
func (*instance) Addr() string { return "" }

// Failed yields the error of a server that cannot go on.
func (*instance) Failed() <-chan error { return nil }

// Token makes an access token of the site's owner, for commands that act on the local data.
func (*instance) Token(ctx context.Context, site analytics.SiteID) (string, error) {
	return "", errors.New("not wired")
}

// Close drains and stops the server until ctx is done.
func (*instance) Close(ctx context.Context) error { return nil }
