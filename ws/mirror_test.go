package ws

import (
	"encoding/json"
	"fmt"
	"slices"
)

// serverFrame is any frame of the server, as a client reads it.
type serverFrame struct {
	Type           string          `json:"type"`
	ID             string          `json:"id"`
	Topic          string          `json:"topic"`
	SiteID         string          `json:"siteId"`
	Epoch          string          `json:"epoch"`
	Seq            uint64          `json:"seq"`
	Prev           uint64          `json:"prev"`
	Resumed        bool            `json:"resumed"`
	Op             string          `json:"op"`
	Data           json.RawMessage `json:"data"`
	At             string          `json:"at"`
	Reason         string          `json:"reason"`
	Nonce          string          `json:"nonce"`
	ServerTime     string          `json:"serverTime"`
	Code           string          `json:"code"`
	Error          string          `json:"error"`
	RetryAfter     int             `json:"retryAfter"`
	UserID         string          `json:"userId"`
	ConnectionID   string          `json:"connectionId"`
	ExpiresAt      string          `json:"expiresAt"`
	Version        int             `json:"version"`
	AuthTimeoutMs  int             `json:"authTimeoutMs"`
	PingIntervalMs int             `json:"pingIntervalMs"`
	raw            []byte
}

// mirror is a client's view of one stream, kept by the rules of ws.md alone.
type mirror struct {
	epoch   string
	seq     uint64
	state   any
	resumed bool
	greeted bool
	pending bool // subscribed without resume: a snapshot must come before any delta
}

// take applies a frame of the subscription. An error is a broken promise of the server.
func (m *mirror) take(f serverFrame) error {
	switch f.Type {
	case "subscribed":
		m.greeted, m.resumed = true, f.Resumed
		if f.Resumed && f.Epoch != m.epoch {
			return fmt.Errorf("resumed in epoch %q, not %q", f.Epoch, m.epoch)
		}
		m.epoch, m.pending = f.Epoch, !f.Resumed
	case "snapshot":
		if f.Epoch != m.epoch {
			return fmt.Errorf("snapshot of epoch %q in epoch %q", f.Epoch, m.epoch)
		}
		if !m.pending && f.Seq < m.seq {
			return fmt.Errorf("snapshot went back from %d to %d", m.seq, f.Seq)
		}
		m.seq, m.pending, m.state = f.Seq, false, parse(f.Data)
	case "delta":
		switch {
		case !m.greeted || m.pending:
			return fmt.Errorf("delta %d before a state", f.Seq)
		case f.Seq <= m.seq:
			return fmt.Errorf("duplicate: delta %d at %d", f.Seq, m.seq)
		case f.Prev != m.seq:
			return fmt.Errorf("gap: delta %d on %d at %d", f.Seq, f.Prev, m.seq)
		}
		state, err := applyOp(m.state, f.Op, parse(f.Data))
		if err != nil {
			return err
		}
		m.state, m.seq = state, f.Seq
	default:
		return fmt.Errorf("unexpected frame %s: %s", f.Type, f.raw)
	}
	return nil
}

// applyOp is the table of operations of ws.md.
func applyOp(state any, op string, data any) (any, error) {
	switch op {
	case "patch":
		return mergePatch(state, data), nil
	case "append":
		o := state.(map[string]any)
		items := slices.Clone(o["items"].([]any))
		for _, it := range data.([]any) {
			items = append([]any{it}, items...)
		}
		o["items"] = items[:min(len(items), 50)]
		return o, nil
	case "update":
		o := state.(map[string]any)
		items := slices.Clone(o["items"].([]any))
		for i, it := range items {
			if it.(map[string]any)["id"] == data.(map[string]any)["id"] {
				items[i] = data
			}
		}
		o["items"] = items
		return o, nil
	default:
		return nil, fmt.Errorf("unknown op %q", op)
	}
}

// mergePatch is the pseudo code of RFC 7396, section 2.
func mergePatch(target, patch any) any {
	p, ok := patch.(map[string]any)
	if !ok {
		return patch
	}
	t, ok := target.(map[string]any)
	if !ok {
		t = map[string]any{}
	}
	for name, value := range p {
		if value == nil {
			delete(t, name)
		} else {
			t[name] = mergePatch(t[name], value)
		}
	}
	return t
}

func parse(raw []byte) any {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(fmt.Sprintf("%v in %s", err, raw))
	}
	return v
}

// strip removes what a merge patch cannot carry (null members) and the named volatile members, so that states can be compared.
func strip(v any, volatile ...string) any {
	o, ok := v.(map[string]any)
	if !ok {
		return v
	}
	out := make(map[string]any, len(o))
	for name, value := range o {
		if value != nil && !slices.Contains(volatile, name) {
			out[name] = strip(value, volatile...)
		}
	}
	return out
}
