package ws

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Subprotocol is echoed when a client offers it.
const Subprotocol = "zta.v1"

// protocolVersion is that of hello.
const protocolVersion = 1

// Close codes of the contract.
const (
	closeNormal      = 1000
	closeGoingAway   = 1001
	closeTooLarge    = 1009
	closeInternal    = 1011
	closeProtocol    = 4000
	closeAuth        = 4001
	closeHeartbeat   = 4007
	closeSlow        = 4008
	closeConnections = 4009
	closeFrames      = 4029
)

// closeCodes is the whole table: what a code means (sent as the reason) and who should reconnect. The dashboard's protocol.ts mirrors it.
var closeCodes = []struct {
	code      int
	reason    string
	reconnect string
}{
	{closeNormal, "normal", "no"},
	{closeGoingAway, "server restarts or stops", "after 0 to 5 s at random"},
	{closeTooLarge, "frame too large", "no"},
	{closeInternal, "internal error", "with backoff"},
	{closeProtocol, "protocol error", "no"},
	{closeAuth, "not authenticated", "after fetching a new token"},
	{closeHeartbeat, "heartbeat timeout", "yes"},
	{closeSlow, "slow consumer", "with backoff"},
	{closeConnections, "too many connections", "not before 60 s"},
	{closeFrames, "too many frames", "not before 60 s"},
}

func closeReason(code int) string {
	for _, row := range closeCodes {
		if row.code == code {
			return row.reason
		}
	}
	return ""
}

// problem is an error frame's code and text. It is an error, so that inner functions can return it.
type problem struct {
	code, text string
	retryAfter time.Duration // 0: left out
}

// Error returns the text.
func (p *problem) Error() string { return p.text }

// The errors of the contract. unknown_topic, invalid_params and rate_limited carry a text of their own.
var (
	errBadMessage   = &problem{code: "bad_message", text: "Invalid message"}
	errUnauthorized = &problem{code: "unauthorized", text: "Invalid or expired token"}
	errNotFound     = &problem{code: "not_found", text: "Site not found"}
	errForbidden    = &problem{code: "forbidden", text: "Access denied"}
	errDuplicateID  = &problem{code: "duplicate_id", text: "Subscription id already in use"}
	errUnknownID    = &problem{code: "unknown_id", text: "Unknown subscription id"}
	errLimit        = &problem{code: "limit_reached", text: "Subscription limit reached"}
	errInternal     = &problem{code: "internal_error", text: "Internal server error"}
)

func errUnknownTopic(topic string) *problem {
	return &problem{code: "unknown_topic", text: "Unknown topic: " + topic}
}

func errParams(err error) *problem { return &problem{code: "invalid_params", text: err.Error()} }

func errRateLimited(wait time.Duration) *problem {
	s := seconds(wait)
	return &problem{code: "rate_limited", text: fmt.Sprintf("Rate limit exceeded. Try again in %d seconds.", s), retryAfter: wait}
}

// seconds rounds up and is at least 1.
func seconds(d time.Duration) int { return max(1, int((d+time.Second-1)/time.Second)) }

// Reasons of unsubscribed.
const (
	reasonClient      = "client"
	reasonForbidden   = "forbidden"
	reasonSiteDeleted = "site_deleted"
)

// Operations of a delta.
const (
	opPatch  = "patch"
	opAppend = "append"
	opUpdate = "update"
)

// clientFrame is any frame of a client, after decodeFrame has checked what its type asks for.
type clientFrame struct {
	Type   string
	ID     string                     // subscribe, unsubscribe
	Topic  string                     // subscribe
	SiteID string                     // subscribe
	Params map[string]json.RawMessage // subscribe; nil: none
	Resume *resumePoint               // subscribe; nil: from a snapshot
	Nonce  *string                    // ping; nil: none
	Ticket string                     // auth, or Token
	Token  string
}

// resumePoint is the last state that a client has seen.
type resumePoint struct {
	Epoch string
	Seq   uint64
}

const (
	maxIDLength    = 32
	maxNonceLength = 64
)

var errFrame = errors.New("not a frame of the protocol")

// decodeFrame reads a client's text message. Unknown members are ignored, and so are those that differ by case. The id is given, if it was readable, even with an error.
func decodeFrame(data []byte) (clientFrame, error) {
	var frame, resume members
	if !utf8.Valid(data) || json.Unmarshal(data, &frame) != nil {
		return clientFrame{}, errFrame
	}
	var raw struct {
		Type, ID, Topic, SiteID, Epoch, Nonce, Ticket, Token *string
		Params                                               map[string]json.RawMessage
		Seq                                                  *uint64
	}
	err := errors.Join(
		frame.read("type", &raw.Type), frame.read("id", &raw.ID), frame.read("topic", &raw.Topic), frame.read("siteId", &raw.SiteID),
		frame.read("params", &raw.Params), frame.read("nonce", &raw.Nonce), frame.read("ticket", &raw.Ticket), frame.read("token", &raw.Token),
		frame.read("resume", &resume))
	err = errors.Join(err, resume.read("epoch", &raw.Epoch), resume.read("seq", &raw.Seq))
	f := clientFrame{Params: raw.Params}
	if raw.ID != nil && validID(*raw.ID) {
		f.ID = *raw.ID
	}
	if err != nil || raw.Type == nil {
		return f, errFrame
	}
	f.Type = *raw.Type
	switch f.Type {
	case "subscribe":
		if f.ID == "" || raw.Topic == nil || raw.SiteID == nil {
			return f, errFrame
		}
		f.Topic, f.SiteID = *raw.Topic, *raw.SiteID
		if resume != nil {
			if raw.Epoch == nil || raw.Seq == nil {
				return f, errFrame
			}
			f.Resume = &resumePoint{*raw.Epoch, *raw.Seq}
		}
	case "unsubscribe":
		if f.ID == "" {
			return f, errFrame
		}
	case "ping":
		if raw.Nonce != nil && utf8.RuneCountInString(*raw.Nonce) > maxNonceLength {
			return f, errFrame
		}
		f.Nonce = raw.Nonce
	case "auth":
		if raw.Ticket != nil {
			f.Ticket = *raw.Ticket
		} else if raw.Token != nil {
			f.Token = *raw.Token
		}
		if f.Ticket == "" && f.Token == "" {
			return f, errFrame
		}
	default:
		return f, errFrame
	}
	return f, nil
}

func validID(id string) bool {
	if id == "" || len(id) > maxIDLength {
		return false
	}
	for i := 0; i < len(id); i++ {
		c := id[i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

// instant is the contract's form of a time.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// frame encodes a server frame that is made for one client.
func frame(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic("ws: a frame that cannot be encoded: " + err.Error())
	}
	return b
}

type helloFrame struct {
	Type           string `json:"type"`
	Version        int    `json:"version"`
	AuthTimeoutMs  int64  `json:"authTimeoutMs"`
	PingIntervalMs int64  `json:"pingIntervalMs"`
}

func hello(c *Config) []byte {
	return frame(helloFrame{"hello", protocolVersion, c.AuthTimeout.Milliseconds(), c.PingInterval.Milliseconds()})
}

type readyFrame struct {
	Type         string `json:"type"`
	ConnectionID string `json:"connectionId"`
	UserID       string `json:"userId"`
	ExpiresAt    string `json:"expiresAt"`
}

func ready(connectionID, userID string, expires time.Time) []byte {
	return frame(readyFrame{"ready", connectionID, userID, instant(expires)})
}

type expiringFrame struct {
	Type string `json:"type"`
	At   string `json:"at"`
}

func expiring(at time.Time) []byte { return frame(expiringFrame{"expiring", instant(at)}) }

type pongFrame struct {
	Type       string  `json:"type"`
	Nonce      *string `json:"nonce,omitempty"`
	ServerTime string  `json:"serverTime"`
}

func pong(nonce *string, now time.Time) []byte { return frame(pongFrame{"pong", nonce, instant(now)}) }

type unsubscribedFrame struct {
	Type   string `json:"type"`
	ID     string `json:"id"`
	Reason string `json:"reason"`
}

func unsubscribed(id, reason string) []byte {
	return frame(unsubscribedFrame{"unsubscribed", id, reason})
}

type errorFrame struct {
	Type       string  `json:"type"`
	ID         *string `json:"id"`
	Code       string  `json:"code"`
	Error      string  `json:"error"`
	RetryAfter int     `json:"retryAfter,omitempty"` // s
}

// failure is an error frame; id "" is null.
func failure(id string, p *problem) []byte {
	f := errorFrame{Type: "error", Code: p.code, Error: p.text}
	if id != "" {
		f.ID = &id
	}
	if p.retryAfter > 0 {
		f.RetryAfter = seconds(p.retryAfter)
	}
	return frame(f)
}

type subscribedFrame struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Topic   string `json:"topic"`
	SiteID  string `json:"siteId"`
	Epoch   string `json:"epoch"`
	Seq     uint64 `json:"seq"`
	Resumed bool   `json:"resumed"`
}

// appendSnapshot writes a snapshot frame; state is JSON, id and epoch need no escaping.
func appendSnapshot(b []byte, id, epoch string, seq uint64, state []byte) []byte {
	b = append(b, `{"type":"snapshot","id":"`...)
	b = append(b, id...)
	b = append(b, `","epoch":"`...)
	b = append(b, epoch...)
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, seq, 10)
	b = append(b, `,"data":`...)
	b = append(b, state...)
	return append(b, '}')
}

// appendDelta writes a delta frame from its tail, which all subscribers share.
func appendDelta(b []byte, id string, tail []byte) []byte {
	b = append(b, `{"type":"delta","id":"`...)
	b = append(b, id...)
	b = append(b, `",`...)
	return append(b, tail...)
}

// deltaTail is a delta frame without its beginning.
func deltaTail(c change, at time.Time) []byte {
	b := make([]byte, 0, len(c.data)+96)
	b = append(b, `"seq":`...)
	b = strconv.AppendUint(b, c.to, 10)
	b = append(b, `,"prev":`...)
	b = strconv.AppendUint(b, c.from, 10)
	b = append(b, `,"op":"`...)
	b = append(b, c.op...)
	b = append(b, `","data":`...)
	b = append(b, c.data...)
	b = append(b, `,"at":"`...)
	b = append(b, instant(at)...)
	return append(b, `"}`...)
}
