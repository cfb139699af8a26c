package api

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
)

// changesOf compares two views of one thing, both of one type, before and after an update: {"field":{"from","to"}} for the members that differ.
// What is not the caller's doing, such as updatedAt, is named in but.
func changesOf(before, after any, but ...string) map[string]any {
	from, to := members(before), members(after)
	changes := make(map[string]any)
	for _, m := range []map[string]json.RawMessage{from, to} {
		for name := range m {
			if name != "updatedAt" && !slices.Contains(but, name) && !bytes.Equal(from[name], to[name]) {
				changes[name] = changed(from[name], to[name])
			}
		}
	}
	return changes
}

// changed is one field's {"from","to"}.
func changed[T any](from, to T) map[string]any { return map[string]any{"from": from, "to": to} }

// members reads the members of what is an object in JSON.
func members(v any) map[string]json.RawMessage {
	text, err := json.Marshal(v)
	m := make(map[string]json.RawMessage)
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		panic("activity log: not an object: " + err.Error())
	}
	for name, val := range m {
		if val == nil {
			m[name] = json.RawMessage("null")
		}
	}
	return m
}

// bareURL is what may be logged of a URL: path and query may be secrets.
func bareURL(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// trackingFields are members of goals and funnels that follow from a change and are none.
var trackingFields = []string{"trackedSince", "backfillProgress"}
