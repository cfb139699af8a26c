package outbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ztas-io/ztas/analytics"
)

const (
	cursorPrefix  = "outbox/cursor/"
	queuePrefix   = "outbox/queue/"
	messagePrefix = "outbox/message/"
	statusPrefix  = "outbox/status/"
)

// maxAttemptsKept and maxAttemptsBytes bound the attempts that a record shows, the latest: each redelivery adds some, and an answer may take six times
// as much as JSON. All is stored in one transaction, with the largest message (maxMessage).
const (
	maxAttemptsKept  = 20
	maxAttemptsBytes = 48 << 10
)

// record is a message as it is kept.
type record struct {
	ID       string                   `json:"id"`
	Site     analytics.SiteID         `json:"site"`
	Event    string                   `json:"event"`
	Created  int64                    `json:"created"` // UTC ms
	Status   analytics.DeliveryStatus `json:"status"`
	Next     int64                    `json:"next,omitempty"`  // UTC ms, of the next attempt
	Tries    int                      `json:"tries,omitempty"` // used up of the present budget
	Attempts []attempt                `json:"attempts,omitempty"`
	Body     string                   `json:"body"`              // of a webhook or Slack message; a mail's text
	Subject  string                   `json:"subject,omitempty"` // of a mail
	To       string                   `json:"to,omitempty"`      // user that gets the mail while still a member; else the owner does
	Trigger  string                   `json:"trigger,omitempty"` // key of the trigger whose Sent gets Channel
	Channel  string                   `json:"channel,omitempty"`
}

// attempt is one try as it is kept.
type attempt struct {
	ID       string `json:"id"`
	At       int64  `json:"at"`           // UTC ms
	Status   int    `json:"s,omitempty"`  // HTTP status; 0: no answer
	Duration int64  `json:"ms,omitempty"` // ms
	Error    string `json:"e,omitempty"`
	Response string `json:"b,omitempty"`
}

// queued is a pending message in the durable queue.
type queued struct {
	Site  analytics.SiteID `json:"site"`
	Event string           `json:"event"`
	Due   int64            `json:"due"` // UTC ms
	Tries int              `json:"tries,omitempty"`
}

// status is what the deliveries to a webhook left behind.
type status struct {
	Site  analytics.SiteID `json:"site"`
	At    int64            `json:"at"`   // UTC ms, of the latest attempt
	HTTP  int              `json:"http"` // its status; 0: no answer
	Fails int              `json:"fails"`
}

func messageKey(lane, id string) string { return messagePrefix + lane + "/" + id }
func queueKey(lane, id string) string   { return queuePrefix + lane + "/" + id }

// splitQueueKey gives the lane and the message of a key of the queue.
func splitQueueKey(key string) (lane, id string, ok bool) {
	return strings.Cut(strings.TrimPrefix(key, queuePrefix), "/")
}

// put is the change that writes a value as JSON. What the outbox keeps always encodes.
func put(key string, v any) Op {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("outbox: encode %s: %v", key, err))
	}
	return Op{Key: key, Value: bytes.TrimSuffix(b.Bytes(), []byte("\n"))}
}

// ops are the changes that store a message: the record, and its place in the queue as long as it has one.
func (r *record) ops(lane string) []Op {
	if r.Status != analytics.DeliveryPending {
		return []Op{put(messageKey(lane, r.ID), r), {Key: queueKey(lane, r.ID)}}
	}
	return []Op{put(messageKey(lane, r.ID), r), put(queueKey(lane, r.ID), queued{r.Site, r.Event, r.Next, r.Tries})}
}

// add notes an attempt.
func (r *record) add(a attempt) {
	a.ID = analytics.HashID("attempt_", r.ID, strconv.FormatInt(a.At, 10), strconv.Itoa(len(r.Attempts)))
	r.Attempts = append(r.Attempts, a)
	for len(r.Attempts) > maxAttemptsKept || len(r.Attempts) > 1 && len(put("", r.Attempts).Value) > maxAttemptsBytes {
		r.Attempts = r.Attempts[1:]
	}
}

// delivery is the message as the log shows it.
func (r *record) delivery() analytics.Delivery {
	d := analytics.Delivery{
		MessageID: r.ID, Event: r.Event, Status: r.Status, CreatedAt: time.UnixMilli(r.Created).UTC(), Payload: json.RawMessage(r.Body),
		Attempts: make([]analytics.Attempt, 0, len(r.Attempts)),
	}
	if r.Status == analytics.DeliveryPending {
		d.NextAttempt = time.UnixMilli(r.Next).UTC()
	}
	for _, a := range r.Attempts {
		d.Attempts = append(d.Attempts, analytics.Attempt{
			ID: a.ID, At: time.UnixMilli(a.At).UTC(), Status: a.Status, Duration: time.Duration(a.Duration) * time.Millisecond,
			Error: a.Error, ResponseBody: a.Response,
		})
	}
	return d
}

// read fetches a message; ok is false when there is none.
func (o *Outbox) read(lane, id string) (r *record, ok bool, err error) {
	key := messageKey(lane, id)
	val, ok, err := o.deps.Meta.Get(key)
	if err != nil || !ok {
		return nil, false, wrap("read a message", err)
	}
	r = new(record)
	if err := json.Unmarshal(val, r); err != nil {
		return nil, false, fmt.Errorf("read %s: %w", key, err)
	}
	return r, true, nil
}

// scan reads all messages of a lane, in no useful order.
func (o *Outbox) scan(lane string, fn func(r *record) error) error {
	return o.deps.Meta.Scan(messagePrefix+lane+"/", func(key string, val []byte) error {
		r := new(record)
		if err := json.Unmarshal(val, r); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		return fn(r)
	})
}

// wrap says what was being done; nil stays nil.
func wrap(doing string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, err)
}

// ErrClosed is returned by an outbox that was closed.
var ErrClosed = errors.New("the outbox is closed")
