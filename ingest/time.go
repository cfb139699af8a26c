package ingest

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// maxInstant bounds instants in both directions, UTC ms: what a JavaScript Date can hold.
const maxInstant = 8_640_000_000_000_000

// instantOf reads a JSON value as an instant: an RFC 3339 text or epoch milliseconds. given is false for an absent one.
func instantOf(v any) (ms int64, given, ok bool) {
	switch v := v.(type) {
	case nil:
		return 0, false, true
	case string:
		ms, ok = parseInstant(v)
		return ms, true, ok
	}
	number, isNumber := numberText(v)
	if !isNumber {
		return 0, true, false
	}
	if ms, err := strconv.ParseInt(number, 10, 64); err == nil {
		return ms, true, ms >= -maxInstant && ms <= maxInstant
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || math.Abs(f) > maxInstant {
		return 0, true, false
	}
	return int64(math.Floor(f)), true, true
}

// parseInstant reads a text of RFC 3339. time.Parse also takes an hour of one digit, and a comma before the fraction, which are none.
func parseInstant(s string) (ms int64, ok bool) {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil { // RFC 3339 allows t and z
		t, err = time.Parse(time.RFC3339Nano, strings.ToUpper(s))
	}
	if err != nil || s[len("2006-01-02T15")] != ':' || s[len("2006-01-02T15:04:05")] == ',' {
		return 0, false
	}
	return t.UnixMilli(), true
}

// firstImport is the earliest time of an imported event, 1990-01-01.
const firstImport = 631_152_000_000

// checkTimes reads timestamp and sentAt; an import needs a timestamp between 1990 and its arrival.
func (r *Run) checkTimes() *verdict {
	var ok [2]bool
	r.timestamp, r.hasTimestamp, ok[0] = instantOf(r.hit.Timestamp)
	r.sentAt, r.hasSentAt, ok[1] = instantOf(r.hit.SentAt)
	if !ok[0] || !ok[1] {
		return rejected("Invalid timestamp")
	}
	if !r.request.Import {
		return nil
	}
	if !r.hasTimestamp {
		return rejected("Timestamp is required")
	}
	if r.timestamp < firstImport || r.timestamp > r.request.ReceivedAt {
		return rejected("Invalid timestamp")
	}
	return nil
}

// deriveTime gives the event its time: its age, which no wrong clock changes, before its arrival. An import's is taken as it is.
func (r *Run) deriveTime() *verdict {
	e := r.event
	e.ReceivedAt = r.request.ReceivedAt
	if r.request.Import {
		e.TS = r.timestamp
		return nil
	}
	now := e.ReceivedAt
	if r.hasSentAt {
		now = r.sentAt
	}
	age := int64(0)
	if r.hasTimestamp {
		age = min(max(now-r.timestamp, 0), r.pipeline.maxAge)
	}
	e.TS = e.ReceivedAt - age
	return nil
}
