package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/ztas-io/ztas/actors/outbox"
	"github.com/ztas-io/ztas/ingest"
	"github.com/ztas-io/ztas/internal/commandline"
)

// configCommand is what can be done with the settings alone.
type configCommand struct {
	Check configCheckCommand `cmd:"" help:"Check the settings as a start would, and print them; nothing is started or changed."`
}

type configCheckCommand struct{ Config }

// Run prints every setting and opens the files that settings name. What the values alone can tell was checked before, when they were read.
func (c *configCheckCommand) Run(e env) error {
	flags, err := commandline.Flags(&c.Config)
	if err != nil {
		return fmt.Errorf("describe configuration: %w", err)
	}
	for _, flag := range flags { // under its name in the environment; secrets stay hidden
		fmt.Fprintf(e.out, "%-32s %v\n", flag.Env, shownSetting(flag))
	}
	if err := c.checkFiles(e.ctx); err != nil {
		return err
	}
	fmt.Fprintln(e.out, "\nthe settings are good")
	return nil
}

// shownSetting is a setting as it is in force.
func shownSetting(flag *commandline.Flag) any {
	switch v := flag.Value().(type) {
	case []string:
		return joined(v)
	case Networks:
		return joined(v)
	default:
		return v
	}
}

// joined writes a list as it is given.
func joined[T any](list []T) (text string) {
	for i, v := range list {
		if i > 0 {
			text += ","
		}
		text += fmt.Sprint(v)
	}
	return text
}

// checkFiles tries what a start would open or bind first; each wrong one is told.
func (c *Config) checkFiles(ctx context.Context) error {
	errs := []error{checkDataDir(c.Data), checkFreeAddress(ctx, "LISTEN", c.Listen)}
	if c.MetricsListen != "off" {
		errs = append(errs, checkFreeAddress(ctx, "METRICS_LISTEN", c.MetricsListen))
	}
	if _, err := openCertificate(c); err != nil {
		errs = append(errs, err)
	}
	if c.GeoDBPath != "" {
		if _, err := ingest.OpenGeoDatabase(c.GeoDBPath); err != nil {
			errs = append(errs, fmt.Errorf("GEO_DB_PATH: %w", err))
		}
	}
	if _, err := outbox.NewMailer(string(c.SMTPURL), c.MailFrom, slog.New(slog.DiscardHandler)); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// checkDataDir wants a directory that can be written to, or a place where one can be made.
func checkDataDir(dir string) error {
	info, err := os.Stat(dir)
	if errors.Is(err, os.ErrNotExist) {
		if parent := filepath.Dir(dir); parent != dir {
			return checkDataDir(parent)
		}
	}
	switch {
	case err != nil:
		return fmt.Errorf("DATA_DIR: %w", err)
	case !info.IsDir():
		return fmt.Errorf("DATA_DIR: %s is not a directory", dir)
	}
	if err := mayWrite(dir); err != nil {
		return fmt.Errorf("DATA_DIR: write to %s: %w", dir, err)
	}
	return nil
}

// checkFreeAddress wants an address of this machine. One that is in use is none of the settings' faults: the server may be running.
func checkFreeAddress(ctx context.Context, name, address string) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err == nil {
		return listener.Close()
	}
	if isInUse(err) {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}
