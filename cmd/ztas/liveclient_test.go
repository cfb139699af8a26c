package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// liveFrame is any frame of the server.
type liveFrame struct {
	Type    string
	ID      string
	Epoch   string
	Seq     uint64
	Prev    uint64
	Resumed bool
	Op      string
	Data    any
	Error   string
	Reason  string // of unsubscribed
}

// liveState is a client's copy of one stream, kept by the rules of ws.md. It outlives connections.
type liveState struct {
	ID, Topic string
	Params    map[string]any
	Epoch     string
	Seq       uint64
	Data      any
	Resumed   bool
	Snapshots int       // received on the latest connection
	Ended     string    // why the server ended the subscription
	At        time.Time // when the latest frame came
}

// liveClient is one connection. The states belong to its reader until done is closed; mu guards them.
type liveClient struct {
	conn   *websocket.Conn
	mu     sync.Mutex
	states map[string]*liveState
	hear   func(at time.Time, f liveFrame) // called by the reader for snapshots and deltas; nil: nobody listens
	done   chan struct{}                   // closed when the reader has ended
	err    error                           // why; read after done
	ended  time.Time                       // when; read after done
	broken error                           // a broken promise of the server, if that is why
}

// dialLive opens a connection with a ticket and subscribes; a state that has an epoch is resumed.
func dialLive(t *testing.T, r *rig, token, site string, hear func(time.Time, liveFrame), states ...*liveState) *liveClient {
	t.Helper()
	var ticket struct{ Ticket, URL string }
	require.NoError(t, r.api(token).call(t.Context(), http.MethodPost, "/api/ws/ticket", nil, &ticket))
	require.Equal(t, "ws://"+r.addr+"/ws", ticket.URL)
	conn, answer, err := websocket.DefaultDialer.Dial(ticket.URL, nil)
	require.NoError(t, err)
	require.NotEmpty(t, answer.Header.Get("X-Request-Id"))
	c := &liveClient{conn: conn, states: map[string]*liveState{}, hear: hear, done: make(chan struct{})}
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(startTime)))
	expectFrame(t, conn, "hello")
	require.NoError(t, conn.WriteJSON(map[string]any{"type": "auth", "ticket": ticket.Ticket}))
	expectFrame(t, conn, "ready")
	for _, s := range states {
		c.states[s.ID] = s
		s.Snapshots = 0
		subscribe := map[string]any{"type": "subscribe", "id": s.ID, "topic": s.Topic, "siteId": site, "params": s.Params}
		if s.Epoch != "" {
			subscribe["resume"] = map[string]any{"epoch": s.Epoch, "seq": s.Seq}
		}
		require.NoError(t, conn.WriteJSON(subscribe))
	}
	require.NoError(t, conn.SetReadDeadline(time.Time{}))
	go c.read()
	t.Cleanup(c.drop)
	return c
}

func expectFrame(t *testing.T, conn *websocket.Conn, kind string) {
	t.Helper()
	var f liveFrame
	require.NoError(t, conn.ReadJSON(&f))
	require.Equal(t, kind, f.Type, "%+v", f)
}

// drop cuts the connection without a word, and returns when the reader has ended.
func (c *liveClient) drop() {
	c.conn.NetConn().Close()
	<-c.done
}

func (c *liveClient) read() {
	defer close(c.done)
	for {
		_, text, err := c.conn.ReadMessage()
		at := time.Now()
		if err != nil {
			c.err, c.ended = err, at
			return
		}
		var f liveFrame
		if err = json.Unmarshal(text, &f); err == nil {
			err = c.apply(at, f)
		}
		if err != nil {
			c.broken = fmt.Errorf("%w: %.300s", err, text)
			c.conn.NetConn().Close()
			return
		}
		if c.hear != nil && f.Type != "subscribed" {
			c.hear(at, f)
		}
	}
}

// apply follows the table of operations and the rules of sequence in ws.md.
func (c *liveClient) apply(at time.Time, f liveFrame) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.states[f.ID]
	if s == nil {
		return fmt.Errorf("unexpected %s", f.Type)
	}
	s.At = at
	switch {
	case f.Type == "subscribed":
		if f.Resumed && f.Epoch != s.Epoch {
			return fmt.Errorf("resumed in epoch %q", f.Epoch)
		}
		s.Epoch, s.Resumed = f.Epoch, f.Resumed
	case f.Type == "unsubscribed":
		s.Ended = f.Reason
	case f.Type == "snapshot":
		s.Epoch, s.Seq, s.Data = f.Epoch, f.Seq, f.Data
		s.Snapshots++
	case f.Type != "delta":
		return fmt.Errorf("unexpected %s %s", f.Type, f.Op)
	case f.Prev != s.Seq || f.Seq <= s.Seq:
		return fmt.Errorf("delta %d on %d, at %d", f.Seq, f.Prev, s.Seq)
	default:
		s.Seq = f.Seq
		return s.change(f.Op, f.Data)
	}
	return nil
}

// change applies an operation.
func (s *liveState) change(op string, data any) error {
	switch op {
	case "patch":
		s.Data = mergePatch(s.Data, data)
	case "append":
		state := s.Data.(map[string]any)
		items := state["items"].([]any)
		for _, item := range data.([]any) {
			items = slices.Concat([]any{item}, items)
		}
		s.Data = mergePatch(state, map[string]any{"items": items[:min(len(items), 50)]})
	case "update":
		state, item := s.Data.(map[string]any), data.(map[string]any)
		items := slices.Clone(state["items"].([]any))
		for i := range items {
			if items[i].(map[string]any)["id"] == item["id"] {
				items[i] = item
			}
		}
		s.Data = mergePatch(state, map[string]any{"items": items})
	default:
		return fmt.Errorf("unexpected op %q", op)
	}
	return nil
}

// mergePatch is RFC 7396.
func mergePatch(target, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	merged := map[string]any{}
	if t, ok := target.(map[string]any); ok {
		for name, value := range t {
			merged[name] = value
		}
	}
	for name, value := range p {
		if value == nil {
			delete(merged, name)
		} else {
			merged[name] = mergePatch(merged[name], value)
		}
	}
	return merged
}

// state is a copy of one of the states.
func (c *liveClient) state(id string) liveState {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *c.states[id]
}

// requireAsREST waits until a state is exactly what REST says, apart from the moment of the answer.
func (c *liveClient) requireAsREST(t *testing.T, r *rig, token, id, path string) {
	t.Helper()
	var rest, live any
	deadline := time.Now().Add(5 * time.Second)
	for poll := time.NewTicker(20 * time.Millisecond); ; <-poll.C {
		r.read(token, path, &rest)
		rest, live = timeless(rest), timeless(c.state(id).Data)
		if reflect.DeepEqual(rest, live) {
			return
		}
		if time.Now().After(deadline) {
			require.Equal(t, rest, live, "%s", path)
		}
		rest = nil
	}
}

// timeless leaves out the moment of an answer.
func timeless(data any) any {
	members, ok := data.(map[string]any)
	if !ok {
		return data
	}
	out := map[string]any{}
	for name, value := range members {
		switch name {
		case "timestamp", "end":
		case "range":
			out[name] = timeless(value)
		default:
			out[name] = value
		}
	}
	return out
}
