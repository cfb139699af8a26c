package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/ztas-io/ztas/analytics"
)

type exportCommand struct {
	Events exportEventsCommand `cmd:"" help:"Write every stored event of a site, with all its columns."`
}

type exportEventsCommand struct {
	Site   string `required:"" placeholder:"ID" help:"The site."`
	Data   string `env:"DATA_DIR" default:"./data" type:"path" placeholder:"DIR" help:"The data directory of a stopped server (${default})."`
	Format string `enum:"ndjson,parquet" default:"ndjson" help:"ndjson (one event a line) or parquet."`
	Output string `short:"o" default:"-" placeholder:"FILE" help:"The file to write; - is the standard output. One that exists is not overwritten."`
}

// Run writes the events: days ascending, each in the order of the log.
func (c *exportEventsCommand) Run(e env) error {
	data, err := openStopped(e.ctx, c.Data, AutoSize, newLogger(e.errOut, "warn", "text"))
	if err != nil {
		return err
	}
	n, err := c.export(e, data)
	if err := errors.Join(err, stop(&data.instance)); err != nil {
		return err
	}
	fmt.Fprintf(e.errOut, "%s written\n", plural(n, "event"))
	return nil
}

func (c *exportEventsCommand) export(e env, data *stopped) (n int, err error) {
	site := analytics.SiteID(c.Site)
	if err := data.knows(site); err != nil {
		return 0, err
	}
	out := e.out
	if c.Output != "-" {
		file, failure := os.OpenFile(c.Output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if failure != nil {
			return 0, fmt.Errorf("make the file: %w", failure)
		}
		defer func() { err = finish(file, err) }()
		out = file
	}
	sink := newEventSink(out, c.Format)
	var names dayNames
	err = data.system.Rows(e.ctx, site, func(day analytics.Day, run *analytics.Rows) error {
		written, err := names.writeRun(sink, site, day, run)
		n += written
		return err
	})
	if err != nil {
		return n, fmt.Errorf("export events: %w", err)
	}
	if err := sink.close(); err != nil {
		return n, fmt.Errorf("finish the export: %w", err)
	}
	return n, nil
}

// finish makes a file durable and closes it. After an error, err before or one of these, there is none: half of an export looks like a whole one.
func finish(file *os.File, err error) error {
	if failure := errors.Join(file.Sync(), file.Close()); err == nil && failure != nil {
		err = fmt.Errorf("finish the file: %w", failure)
	}
	if err == nil {
		return nil
	}
	return errors.Join(err, os.Remove(file.Name()))
}
