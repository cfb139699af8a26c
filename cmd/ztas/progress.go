package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/schollz/progressbar/v3"
)

// importBar shows how far a file has been read: a bar on a terminal, elsewhere a line every few seconds. Its methods may be called from one
// goroutine at a time.
type importBar struct {
	out   io.Writer
	total int64 // bytes of the file; <= 0: not known
	bar   *progressbar.ProgressBar
	read  int64
	done  int // events
	last  time.Time
	once  sync.Once
}

const plainEvery = 5 * time.Second

func newImportBar(out io.Writer, file *os.File) *importBar {
	b := &importBar{out: out, last: time.Now()}
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		b.total = info.Size()
	}
	if isTerminal(out) {
		total := b.total
		if total <= 0 {
			total = -1
		}
		b.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription("importing"),
			progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(true))
	}
	return b
}

// count returns a reader that moves the bar by what is read of r.
func (b *importBar) count(r io.Reader) io.Reader { return &countingReader{r, b} }

type countingReader struct {
	io.Reader
	bar *importBar
}

// Read reads and moves the bar.
func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.bar.read += int64(n)
	if c.bar.bar != nil {
		_ = c.bar.bar.Add(n) // a bar that cannot be drawn must not end an import
	}
	return n, err //nolint:wrapcheck // a reader hands its source's error on
}

// stored tells of events that were sent.
func (b *importBar) stored(n int) {
	b.done += n
	if b.bar != nil || time.Since(b.last) < plainEvery {
		return
	}
	b.last = time.Now()
	if b.total > 0 {
		fmt.Fprintf(b.out, "importing: %d %% of the file, %s\n", b.read*100/b.total, plural(b.done, "event"))
		return
	}
	fmt.Fprintf(b.out, "importing: %s\n", plural(b.done, "event"))
}

// say prints a line beside the bar.
func (b *importBar) say(out io.Writer, line string) {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
	fmt.Fprintln(out, line)
}

// close takes the bar away; more than once is harmless.
func (b *importBar) close() {
	b.once.Do(func() {
		if b.bar != nil {
			_ = b.bar.Finish()
			_ = b.bar.Clear()
		}
	})
}

func comma(n int) string { return humanize.Comma(int64(n)) }

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return comma(n) + " " + word + "s"
}
