package api

import (
	"encoding/json"
	"strings"
)

// foreignFields are the members of a JSON object. Those that are null are as if they were not there.
type foreignFields map[string]json.RawMessage

// first finds the first of the names that is there.
func (f foreignFields) first(names ...string) (name string, raw json.RawMessage, ok bool) {
	for _, name := range names {
		if raw, ok := f[name]; ok && string(raw) != "null" {
			return name, raw, true
		}
	}
	return "", nil, false
}

// text reads a string, "" when none of the names is there.
func (f foreignFields) text(names ...string) (s string, p *Problem) {
	name, raw, ok := f.first(names...)
	if ok && json.Unmarshal(raw, &s) != nil {
		return "", mustBe(name, "string")
	}
	return s, nil
}

// number reads a number, nil when none of the names is there.
func (f foreignFields) number(names ...string) (n *float64, p *Problem) {
	name, raw, ok := f.first(names...)
	if ok && json.Unmarshal(raw, &n) != nil {
		return nil, mustBe(name, "number")
	}
	return n, nil
}

// object reads an object that is sent as it is or, with packed, as a string of JSON; nil when none of the names is there. Numbers stay as they
// are written.
func (f foreignFields) object(packed bool, names ...string) (o map[string]any, p *Problem) {
	name, raw, ok := f.first(names...)
	if !ok {
		return nil, nil
	}
	var text string
	if packed && json.Unmarshal(raw, &text) == nil {
		if raw = json.RawMessage(text); text != "" && !json.Valid(raw) {
			return nil, mustBe(name, "object")
		}
	}
	if decodeAny(raw, &o) != nil {
		return nil, mustBe(name, "object")
	}
	return o, nil
}

// mustBe is the contract's message for a JSON type error.
func mustBe(field, kind string) *Problem { return invalid(field + " must be a " + kind) }

// anyHost stands for the page's host in an absolute URL: only path and query of it are looked at.
const anyHost = "https://page"

// absolute makes what a tracker calls the page's URL one that the pipeline reads: apps have schemes of their own, and some trackers send the
// path alone.
func absolute(link string) string {
	head := link
	if end := strings.IndexAny(link, "/?#"); end >= 0 {
		head = link[:end]
	}
	switch scheme, isURL := strings.CutSuffix(head, ":"); {
	case link == "":
		return ""
	case isURL && strings.HasPrefix(link[len(head):], "//"):
		if strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https") {
			return link
		}
		rest := link[len(head)+2:]
		if end := strings.IndexAny(rest, "/?#"); end >= 0 {
			return anyHost + rest[end:]
		}
		return anyHost
	case strings.HasPrefix(link, "/"), strings.HasPrefix(link, "?"), strings.HasPrefix(link, "#"):
		return anyHost + link
	}
	return anyHost + "/" + link
}

// pathOf is what an absolute URL says after its host.
func pathOf(link string) string {
	_, rest, _ := strings.Cut(link, "://")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		return rest[end:]
	}
	return "/"
}
