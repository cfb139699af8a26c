package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
)

// ErrChecksum is wrapped by the error of a stored event whose bytes are not those that were written.
var ErrChecksum = errors.New("the checksum does not fit")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// checksumTail is how a line ends; the digits stand for the checksum.
const checksumTail = `,"checksum":"00000000"}`

// Line sets the checksum and returns the event as one line of JSON without line feed. The checksum is the CRC32C, as eight hexadecimal digits, of
// the line up to the comma before "checksum".
func (e *StoredEvent) Line() ([]byte, error) {
	e.Checksum = "00000000"
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, fmt.Errorf("encode event %s: %w", e.EventID, err)
	}
	line := bytes.TrimSuffix(b.Bytes(), []byte("\n"))
	body := line[:len(line)-len(checksumTail)]
	e.Checksum = checksum(body)
	copy(line[len(line)-len(`00000000"}`):], e.Checksum)
	return line, nil
}

func checksum(b []byte) string { return fmt.Sprintf("%08x", crc32.Checksum(b, castagnoli)) }

// ParseLine reads a line of Line's form. Errors: ErrChecksum, and those of the JSON.
func ParseLine(line []byte) (*StoredEvent, error) {
	e := new(StoredEvent)
	if err := json.Unmarshal(line, e); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	at := len(line) - len(checksumTail)
	if at < 0 || string(line[at:]) != checksumTail[:len(`,"checksum":"`)]+e.Checksum+`"}` || checksum(line[:at]) != e.Checksum {
		return nil, fmt.Errorf("event %q: %w", e.EventID, ErrChecksum)
	}
	return e, nil
}

// Verify checks the checksum of an event that came by other ways than a line.
func (e *StoredEvent) Verify() error {
	told := e.Checksum
	if _, err := e.Line(); err != nil {
		return err
	}
	if e.Checksum != told {
		return fmt.Errorf("event %q: %w", e.EventID, ErrChecksum)
	}
	return nil
}
