package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// drainTime is how long a stop may take: what is under way is answered and synced.
const drainTime = 10 * time.Second

type serveCommand struct{ Config }

// Run serves until a signal comes or the server fails.
func (c *serveCommand) Run(e env) error {
	logger := newLogger(e.errOut, c.LogLevel, c.LogFormat)
	server, err := run(e.ctx, c.Config, logger)
	if err != nil {
		return startFailed(e.ctx, err, logger)
	}
	return serveUntilDone(e.ctx, server, logger)
}

// startFailed tells why there is no server. That somebody ended it before it was ready is no failure.
func startFailed(ctx context.Context, err error, logger *slog.Logger) error {
	if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
		logger.Info("stopped before it was ready")
		return nil
	}
	return fmt.Errorf("start: %w", err)
}

// serveUntilDone waits for ctx or the server's failure and stops the server.
func serveUntilDone(ctx context.Context, server *instance, logger *slog.Logger) error {
	var failure error
	select {
	case <-ctx.Done():
		logger.Info("stopping")
	case failure = <-server.Failed():
	}
	if err := stop(server); failure == nil && err != nil {
		return err
	}
	if failure != nil {
		return fmt.Errorf("serve: %w", failure)
	}
	logger.Info("stopped")
	return nil
}

// stop drains and closes a server within drainTime, also when the command's own context is done.
func stop(server *instance) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if err := server.Close(ctx); err != nil {
		return fmt.Errorf("stop: %w", err)
	}
	return nil
}
