package api

import (
	"io"
	"net/http"
	"time"
)

const (
	maxDrain  = 32 << 20 // bytes
	drainTime = 10 * time.Second
)

// drain reads on and throws away what a client still sends of a body that is refused. A client that writes all before it reads would otherwise find
// its connection reset instead of the answer: a socket that is closed with unread bytes says no more. Who sends more than maxDrain, or takes
// longer than drainTime, is answered at once, and the connection ends.
func drain(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Body == nil, r.Body == http.NoBody, r.ContentLength > maxDrain:
		return
	case r.ProtoMajor != 1: // a stream ends alone
		return
	case r.ContentLength >= 0 && r.Header.Get("Expect") != "": // it waits for a word before it sends
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(drainTime)) // until the next request; none in tests
	_, _ = io.CopyN(io.Discard, r.Body, maxDrain)
}
