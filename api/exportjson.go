package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/ztas-io/ztas/analytics"
)

// rowEncoder writes rows as JSON, each with a line feed.
type rowEncoder struct {
	out io.Writer
	enc *json.Encoder
}

func newRowEncoder(out io.Writer) rowEncoder {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return rowEncoder{out, enc}
}

// ndjsonSink writes one row a line.
type ndjsonSink struct{ rowEncoder }

func (s *ndjsonSink) write(row exportRow) error { return s.enc.Encode(row) }

func (s *ndjsonSink) close(int, int) error { return nil }

// jsonSink writes one document: rows, then what is known only after them.
type jsonSink struct {
	rowEncoder
	query *exportQuery
	site  analytics.SiteID
	begun bool
}

func (s *jsonSink) begin() error {
	before := ","
	if !s.begun {
		before, s.begun = `{"data":[`, true
	}
	_, err := io.WriteString(s.out, before)
	return err
}

func (s *jsonSink) write(row exportRow) error {
	if err := s.begin(); err != nil {
		return err
	}
	return s.enc.Encode(row)
}

type exportMeta struct {
	Site   analytics.SiteID `json:"siteId"`
	Type   string           `json:"type"`
	Count  int              `json:"count"`
	Period exportPeriod     `json:"period"`
}

type exportPeriod struct {
	Start string `json:"start"`
	End   string `json:"end"`
}

func (s *jsonSink) close(n, total int) error {
	if !s.begun {
		if err := s.begin(); err != nil {
			return err
		}
	}
	r, p := s.query.span.Report(), s.query.page
	rest, err := plainJSON(struct {
		Meta       exportMeta `json:"meta"`
		Pagination pagination `json:"pagination"`
	}{
		exportMeta{s.site, s.query.kind, n, exportPeriod{r.Start, r.End}},
		pagination{total, p.limit, p.offset, n > 0 && p.offset < total-n},
	})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "],%s", rest[1:])
	return err
}

// plainJSON is compact JSON in which <, > and & are themselves.
func plainJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
