package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Config bounds what the outbox does.
type Config struct {
	Timeout      time.Duration // of one request as a whole (WEBHOOK_TIMEOUT)
	MaxAttempts  int           // of a message (WEBHOOK_MAX_ATTEMPTS)
	MailAttempts int           // of a mail
	DisableAfter int           // messages that fail for good in a row switch a webhook off (WEBHOOK_DISABLE_AFTER)
	AllowHTTP    bool          // WEBHOOK_ALLOW_HTTP
	AllowPrivate bool          // WEBHOOK_ALLOW_PRIVATE: lifts the rules for hosts and addresses
	MaxPerHook   int           // requests in flight of a webhook
	MaxInFlight  int           // requests in flight in all
	MaxBacklog   int           // pending messages of a webhook; beyond it the oldest pageview and event messages are dropped
	MaxLog       int           // messages that a webhook's log keeps
	LogAge       time.Duration // how long it keeps them
	TestTimeout  time.Duration // of an alert's test in all its channels
}

// DefaultConfig is the contract's.
func DefaultConfig() Config {
	return Config{
		Timeout: 5 * time.Second, MaxAttempts: 6, MailAttempts: 3, DisableAfter: 10,
		MaxPerHook: 4, MaxInFlight: 256, MaxBacklog: 10_000, MaxLog: 1000, LogAge: 30 * 24 * time.Hour, TestTimeout: 10 * time.Second,
	}
}

// Validate finds the first setting that makes no sense.
func (c *Config) Validate() error {
	for _, s := range []struct {
		name string
		n    int64
	}{
		{"Timeout", int64(c.Timeout)}, {"MaxAttempts", int64(c.MaxAttempts)}, {"MailAttempts", int64(c.MailAttempts)},
		{"DisableAfter", int64(c.DisableAfter)}, {"MaxPerHook", int64(c.MaxPerHook)}, {"MaxInFlight", int64(c.MaxInFlight)},
		{"MaxBacklog", int64(c.MaxBacklog)}, {"MaxLog", int64(c.MaxLog)}, {"LogAge", int64(c.LogAge)}, {"TestTimeout", int64(c.TestTimeout)},
	} {
		if s.n <= 0 {
			return fmt.Errorf("outbox: %s must be positive", s.name)
		}
	}
	return nil
}

// Deps are what the outbox works with.
type Deps struct {
	Meta       Meta
	Hooks      Hooks
	Alerts     Alerts
	Sites      Sites
	Mailer     Mailer
	Resolver   Resolver              // nil: the system's
	Logger     *slog.Logger          // nil: silent
	Registerer prometheus.Registerer // nil: metrics are counted and not shown
	Now        func() time.Time      // nil: time.Now
}

// Resolver looks up the addresses of a host. Safe for concurrent use.
type Resolver interface {
	LookupNetIP(ctx context.Context, network, host string) ([]netip.Addr, error)
}

func (d *Deps) validate() error {
	if d.Meta == nil || d.Hooks == nil || d.Alerts == nil || d.Sites == nil || d.Mailer == nil {
		return errors.New("outbox: Meta, Hooks, Alerts, Sites and Mailer are needed")
	}
	return nil
}
