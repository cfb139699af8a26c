package apicheck

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Transport holds every exchange of an HTTP client to the document. What does not fit goes to Report, which may be called concurrently. Bodies of
// answers are checked when they were read to their end, so that what is streamed stays a stream. Safe for concurrent use.
type Transport struct {
	Document *Document
	Base     http.RoundTripper
	Report   func(error)
}

// RoundTrip sends the request. Errors: the base's.
func (t *Transport) RoundTrip(r *http.Request) (*http.Response, error) {
	sent, err := sentBody(r)
	if err != nil {
		return nil, err
	}
	res, err := t.Base.RoundTrip(r)
	if err != nil || res.StatusCode == http.StatusSwitchingProtocols {
		return res, err
	}
	res.Body = &observed{ReadCloser: res.Body, done: func(answer []byte) {
		if err := t.Document.Check(Exchange{Request: r, Sent: sent, Status: res.StatusCode, Header: res.Header, Answer: answer}); err != nil {
			t.Report(fmt.Errorf("%s %s: %w", r.Method, r.URL, err))
		}
	}}
	return res, nil
}

// CloseIdleConnections closes the base's, where it has such.
func (t *Transport) CloseIdleConnections() {
	if base, ok := t.Base.(interface{ CloseIdleConnections() }); ok {
		base.CloseIdleConnections()
	}
}

// sentBody reads a copy of the request's body, where it can be read again.
func sentBody(r *http.Request) ([]byte, error) {
	if r.GetBody == nil {
		return nil, nil
	}
	body, err := r.GetBody()
	if err != nil {
		return nil, fmt.Errorf("copy request: %w", err)
	}
	defer body.Close()
	sent, err := io.ReadAll(body)
	if err != nil {
		return nil, fmt.Errorf("copy request: %w", err)
	}
	return sent, nil
}

// maxObserved is the longest answer that is checked, bytes.
const maxObserved = 8 << 20

// observed keeps what is read through it until the end.
type observed struct {
	io.ReadCloser
	seen bytes.Buffer
	done func([]byte) // nil: was called, or the answer is too long
}

func (o *observed) Read(p []byte) (int, error) {
	n, err := o.ReadCloser.Read(p)
	if o.done == nil {
		return n, err
	}
	o.seen.Write(p[:n])
	switch {
	case o.seen.Len() > maxObserved:
		o.done = nil
	case errors.Is(err, io.EOF):
		o.done(o.seen.Bytes())
		o.done = nil
	}
	return n, err
}
