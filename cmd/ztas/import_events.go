package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/ztas-io/ztas/actors"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// importBlock is how many events are submitted together.
const importBlock = 500

type importEventsCommand struct {
	File string `arg:"" help:"What ztas export events wrote, ndjson or parquet; - is the standard input (ndjson)."`
	Site string `required:"" placeholder:"ID" help:"The site that gets the events. Its time zone must be that of the exported site."`
	Data string `env:"DATA_DIR" default:"./data" type:"path" placeholder:"DIR" help:"The data directory of a stopped server (${default})."`

	MinFreeSpace Size `env:"MIN_FREE_SPACE" default:"auto" placeholder:"SIZE" help:"Free disk space below which nothing is imported (the larger of 1 GiB and 5 %)."`
}

// Run imports the events. Those whose id the site knows are left out, so that an import that broke off is simply run again.
func (c *importEventsCommand) Run(e env) error {
	file := os.Stdin
	if c.File != "-" {
		var err error
		if file, err = os.Open(c.File); err != nil {
			return fmt.Errorf("open file: %w", err)
		}
		defer file.Close()
	}
	data, err := openStopped(e.ctx, c.Data, c.MinFreeSpace, newLogger(e.errOut, "warn", "text"))
	if err != nil {
		return err
	}
	load := eventImport{ctx: e.ctx, system: data.system, site: analytics.SiteID(c.Site), now: time.Now().UnixMilli()}
	if err = data.knows(load.site); err == nil {
		err = load.file(file)
	}
	if err == nil || load.read > 0 {
		fmt.Fprintf(e.out, "%s stored, %s known before\n", plural(load.read-load.known, "event"), comma(load.known))
	}
	if err != nil && e.ctx.Err() != nil {
		err = errors.New("interrupted; run it again to finish it, nothing is stored twice")
	}
	if err := errors.Join(err, stop(&data.instance)); err != nil {
		return fmt.Errorf("import events: %w", err)
	}
	return nil
}

// eventImport submits events in the order of the file.
type eventImport struct {
	ctx    context.Context
	system *actors.System
	site   analytics.SiteID
	now    int64 // UTC ms: when the events arrive
	block  []analytics.Record
	read   int // events that were submitted
	known  int // of them: duplicates
}

var parquetMagic = []byte("PAR1")

// file reads either format.
func (l *eventImport) file(file *os.File) error {
	in := bufio.NewReaderSize(file, 256<<10)
	if magic, err := in.Peek(len(parquetMagic)); err == nil && bytes.Equal(magic, parquetMagic) {
		return l.parquet(file)
	}
	return l.lines(in)
}

// maxLine bounds a line, bytes: an event has fewer.
const maxLine = 1 << 20

func (l *eventImport) lines(in io.Reader) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	n := 0
	for lines.Scan() {
		n++
		e, err := report.ParseLine(lines.Bytes())
		if err == nil {
			err = l.add(e)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("line %d: %w", n+1, err)
	}
	return l.submit()
}

func (l *eventImport) parquet(file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return fmt.Errorf("look at the file: %w", err)
	}
	opened, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		return fmt.Errorf("open parquet: %w", err)
	}
	rows := parquet.NewGenericReader[report.StoredEvent](opened)
	defer rows.Close()
	for n := 1; ; n++ {
		var row [1]report.StoredEvent
		got, err := rows.Read(row[:])
		if got == 1 {
			if err := errors.Join(row[0].Verify(), l.add(&row[0])); err != nil {
				return fmt.Errorf("row %d: %w", n, err)
			}
		}
		if errors.Is(err, io.EOF) {
			return l.submit()
		}
		if err != nil {
			return fmt.Errorf("row %d: %w", n, err)
		}
	}
}

// maxEventID bounds an id, bytes.
const maxEventID = 64

// add takes one event into the block. It arrives now: its history lives as long from here as new events do.
func (l *eventImport) add(e *report.StoredEvent) error {
	event, err := e.Event()
	if err != nil {
		return err
	}
	if event.TS < 0 || event.TS > l.now || len(e.EventID) > maxEventID {
		return fmt.Errorf("event %q: its time or id cannot be", e.EventID)
	}
	event.ReceivedAt = l.now
	if l.block = append(l.block, analytics.Record{Event: &event}); len(l.block) < importBlock {
		return nil
	}
	return l.submit()
}

func (l *eventImport) submit() error {
	receipt, err := l.system.Submit(l.ctx, l.site, l.block)
	if err != nil {
		return fmt.Errorf("store events: %w; run the import again, nothing is stored twice", err)
	}
	l.read += len(l.block)
	l.known += receipt.Duplicates
	l.block = nil
	return nil
}
