package accesslog

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/ulikunitz/xz"
)

const maxLine = 64 << 10 // bytes; a longer line is refused

// LineError names a line that cannot be read and why. The reader can go on after it.
type LineError struct {
	Line   int // from 1
	Reason string
}

// Error returns the line's number and the reason.
func (e *LineError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Reason) }

// Reader reads a log line by line with flat memory. It belongs to one goroutine.
type Reader struct {
	in   *bufio.Reader
	line int
	text []byte // the current line, without its end
}

// NewReader reads from r, which Decompress has unpacked where needed.
func NewReader(r io.Reader) *Reader { return &Reader{in: bufio.NewReaderSize(r, 256<<10)} }

// Next returns the next line's entry. Errors: *LineError (the line is refused, the next call reads on), io.EOF, or the input's own.
func (r *Reader) Next() (Entry, error) {
	long, err := r.read()
	if err != nil {
		return Entry{}, err
	}
	reason := errTooLong
	if !long {
		var e Entry
		if e, reason = ParseLine(string(r.text)); reason == nil {
			return e, nil
		}
	}
	return Entry{}, &LineError{r.line, reason.Error()}
}

// Line is the number of the line that Next read last.
func (r *Reader) Line() int { return r.line }

// Text is the line that Next read last, without its end; valid until the next call.
func (r *Reader) Text() []byte { return r.text }

// read fills text with the next line; of one that is too long, with its beginning.
func (r *Reader) read() (long bool, err error) {
	r.text = r.text[:0]
	for n := 0; ; {
		part, err := r.in.ReadSlice('\n')
		n += len(part)
		if room := maxLine + 2 - len(r.text); len(part) > room {
			part = part[:room]
		}
		r.text = append(r.text, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF) && n == 0:
			return false, io.EOF
		case err != nil && !errors.Is(err, io.EOF):
			return false, fmt.Errorf("read line %d: %w", r.line+1, err)
		}
		r.line++
		r.text = bytes.TrimSuffix(bytes.TrimSuffix(r.text, []byte("\n")), []byte("\r"))
		return n > maxLine+2 || len(r.text) > maxLine, nil
	}
}

// Decompress unpacks a gzip or xz stream, told by its first bytes; anything else is returned as it is.
func Decompress(r io.Reader) (io.Reader, error) {
	in := bufio.NewReaderSize(r, 64<<10)
	magic, err := in.Peek(6)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("read the start: %w", err)
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		out, err := gzip.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("open gzip: %w", err)
		}
		return out, nil
	case bytes.HasPrefix(magic, []byte("\xfd7zXZ\x00")):
		out, err := xz.NewReader(in)
		if err != nil {
			return nil, fmt.Errorf("open xz: %w", err)
		}
		return out, nil
	}
	return in, nil
}
