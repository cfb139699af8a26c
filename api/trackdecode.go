package api

import (
	"bytes"
	"encoding/json"
	"sync"
	"unsafe"

	"github.com/bytedance/sonic/decoder"

	"github.com/ztas-io/ztas/ingest"
)

// trackBatch is a decoded body: one event, or a batch of them.
type trackBatch struct {
	single  bool
	siteID  string   // of the wrapper or the first event
	badSite *Problem // a siteId of another type
	sentAt  any      // of the wrapper
	count   int      // events as sent
	hits    []ingest.Hit
	// wrong has, for each hit, the message of a field of the wrong type; nil when there is none at all. badContext has that of context, which
	// only counts with a key.
	wrong, badContext []string

	pooled *[]ingest.Hit // the memory of hits; nil if it is their own
	dirty  bool          // a hit behind the last one may have been written to
	room   *fastRoom     // the memory of the batch; nil if it is its own
}

// fastRoom is what the fast way decodes one body into.
type fastRoom struct {
	batch trackBatch
	top   trackWrapper
}

// fastRooms are zero.
var fastRooms = sync.Pool{New: func() any { return new(fastRoom) }}

// release gives the memory of the batch and its hits back; they must not be used any more.
func (b *trackBatch) release() {
	if b.pooled != nil && cap(b.hits) == cap(*b.pooled) { // else the list has grown out of it
		if b.dirty {
			clear(*b.pooled)
		}
		clear(b.hits)
		hitPool.Put(b.pooled)
	}
	room := b.room
	*b = trackBatch{}
	if room != nil {
		room.top = trackWrapper{}
		fastRooms.Put(room)
	}
}

// hitPool holds zero hits in lists of one capacity, the greatest batch and one more.
var hitPool sync.Pool

func pooledHits(most int) *[]ingest.Hit {
	if list, ok := hitPool.Get().(*[]ingest.Hit); ok && cap(*list) == most+1 {
		return list
	}
	list := make([]ingest.Hit, most+1)
	return &list
}

// trackWrapper is both shapes that are an object: a batch has events.
type trackWrapper struct {
	ingest.Hit
	Events []ingest.Hit `json:"events"`
}

// trackJSON says how bodies are read.
const trackJSON = decoder.OptionUseNumber | decoder.OptionCaseSensitive | decoder.OptionValidateString

// unmarshal reads JSON into v, a pointer. Texts in v may share the memory of text.
func unmarshal(text string, v any) error {
	d := decoder.NewDecoder(text)
	d.SetOptions(trackJSON)
	if err := d.Decode(v); err != nil {
		return err //nolint:wrapcheck // callers only ask whether
	}
	return d.CheckTrailings() //nolint:wrapcheck // the same
}

// maxFastCommas bounds what a decoded body takes: a list has no more elements than commas, and each element takes some 600 bytes.
const maxFastCommas = 4000

// decodeTrack decodes a body of valid UTF-8. Events beyond most are counted, not decoded. The batch's texts share the body's memory. The fast
// way is one typed pass; a body that it does not take, or that could grow too large, is taken apart event by event.
func decodeTrack(body []byte, most int) (*trackBatch, *Problem) {
	body = bytes.TrimLeft(body, " \t\r\n")
	if len(body) == 0 || body[0] != '{' && body[0] != '[' {
		return nil, errBadJSON
	}
	if bytes.Count(body, []byte{','}) <= maxFastCommas {
		if b := decodeFast(body, most); b != nil {
			return b, nil
		}
	}
	return decodeSlow(body, most)
}

// decodeFast is nil for a body that it does not take. One is a list with an event that has no type: it may be null, which only the slow way tells.
func decodeFast(body []byte, most int) *trackBatch {
	text := unsafe.String(unsafe.SliceData(body), len(body))
	room := fastRooms.Get().(*fastRoom) // one whose body is not taken is not given back
	b, w := &room.batch, &room.top
	b.room = room
	if body[0] == '[' {
		b.pooled = pooledHits(most)
		b.hits = (*b.pooled)[:0]
		if unmarshal(text, &b.hits) != nil || !allTyped(b.hits) {
			return nil
		}
		b.count = len(b.hits)
		if b.count > 0 {
			b.siteID = b.hits[0].SiteID
		}
		return b
	}
	switch bytes.Count(body, []byte(`"events"`)) {
	case 0:
	case 1:
		b.pooled = pooledHits(most)
		b.dirty = bytes.Contains(body, []byte(`\u`)) // it may be there twice all the same
		w.Events = *b.pooled                         // full: a list that is still full afterwards was not in the body, or is too long
	default: // perhaps a key that is there twice, whose lists would mix
		return nil
	}
	if unmarshal(text, w) != nil || len(w.Events) > most || !allTyped(w.Events) {
		return nil
	}
	if w.Events == nil {
		b.single, b.count, b.siteID, b.pooled = true, 1, w.SiteID, nil
		b.hits = unsafe.Slice(&w.Hit, 1)
		return b
	}
	b.hits, b.count, b.siteID, b.sentAt = w.Events, len(w.Events), w.SiteID, w.SentAt
	if b.siteID == "" && b.count > 0 {
		b.siteID = b.hits[0].SiteID
	}
	return b
}

func allTyped(hits []ingest.Hit) bool {
	for i := range hits {
		if hits[i].Type == "" {
			return false
		}
	}
	return true
}

// decodeSlow takes a body apart with encoding/json, so that one wrong field costs one event.
func decodeSlow(body []byte, most int) (*trackBatch, *Problem) {
	b := &trackBatch{}
	var events []json.RawMessage
	if body[0] == '[' {
		if json.Unmarshal(body, &events) != nil {
			return nil, errBadJSON
		}
	} else {
		var top map[string]json.RawMessage
		if json.Unmarshal(body, &top) != nil {
			return nil, errBadJSON
		}
		if raw, ok := top["siteId"]; ok && json.Unmarshal(raw, &b.siteID) != nil {
			b.badSite = invalid("siteId must be a string")
		}
		switch raw := top["events"]; {
		case raw == nil || string(raw) == "null":
			b.single, events = true, []json.RawMessage{body}
		case json.Unmarshal(raw, &events) != nil:
			return nil, invalid("events must be a array")
		default:
			_ = decodeAny(top["sentAt"], &b.sentAt) // a bad one is as none
		}
	}
	b.count = len(events)
	n := min(b.count, most)
	b.hits, b.wrong, b.badContext = make([]ingest.Hit, n), make([]string, n), make([]string, n)
	for i, raw := range events[:n] {
		if unmarshal(string(raw), &b.hits[i]) != nil || raw[0] != '{' {
			b.hits[i], b.wrong[i], b.badContext[i] = decodeHit(raw)
		}
	}
	if b.siteID == "" && b.badSite == nil && n > 0 {
		b.siteID = b.hits[0].SiteID
	}
	return b, nil
}

// trackField is a field that an event can have, with the JSON type that it must be of.
type trackField struct {
	name, kind string
	into       func(*ingest.Hit) any
}

var (
	everyField = []trackField{
		{"siteId", "string", func(h *ingest.Hit) any { return &h.SiteID }},
		{"type", "string", func(h *ingest.Hit) any { return &h.Type }},
		{"id", "string", func(h *ingest.Hit) any { return &h.ID }},
		{"timestamp", "", func(h *ingest.Hit) any { return &h.Timestamp }},
		{"sentAt", "", func(h *ingest.Hit) any { return &h.SentAt }},
		{"path", "string", func(h *ingest.Hit) any { return &h.Path }},
		{"url", "string", func(h *ingest.Hit) any { return &h.URL }},
		{"sessionId", "string", func(h *ingest.Hit) any { return &h.SessionID }},
	}
	viewportField = trackField{"viewport", "object", func(h *ingest.Hit) any { return &h.Viewport }}
	kindFields    = map[string][]trackField{
		"pageview": {
			{"referrer", "string", func(h *ingest.Hit) any { return &h.Referrer }},
			{"utm", "object", func(h *ingest.Hit) any { return &h.UTM }},
			{"clickId", "string", func(h *ingest.Hit) any { return &h.ClickID }},
		},
		"event": {
			{"action", "string", func(h *ingest.Hit) any { return &h.Action }},
			{"category", "string", func(h *ingest.Hit) any { return &h.Category }},
			{"label", "string", func(h *ingest.Hit) any { return &h.Label }},
			{"value", "", func(h *ingest.Hit) any { return &h.Value }},
			{"properties", "object", func(h *ingest.Hit) any { return &h.Properties }},
		},
		"engagement": {
			{"timeOnPage", "number", func(h *ingest.Hit) any { return &h.TimeOnPage }},
			{"seq", "number", func(h *ingest.Hit) any { return &h.Seq }},
			{"isBounce", "boolean", func(h *ingest.Hit) any { return &h.IsBounce }},
		},
		"click": {
			{"x", "number", func(h *ingest.Hit) any { return &h.X }},
			{"y", "number", func(h *ingest.Hit) any { return &h.Y }},
			viewportField,
			{"selector", "string", func(h *ingest.Hit) any { return &h.Selector }},
			{"element", "string", func(h *ingest.Hit) any { return &h.Element }},
			{"text", "string", func(h *ingest.Hit) any { return &h.Text }},
			{"sinceLoad", "number", func(h *ingest.Hit) any { return &h.SinceLoad }},
			{"dead", "boolean", func(h *ingest.Hit) any { return &h.Dead }},
			{"rage", "number", func(h *ingest.Hit) any { return &h.Rage }},
		},
		"scroll": {
			{"depth", "number", func(h *ingest.Hit) any { return &h.Depth }},
			viewportField,
			{"document", "object", func(h *ingest.Hit) any { return &h.Document }},
			{"dwell", "array", func(h *ingest.Hit) any { return &h.Dwell }},
		},
		"move": {
			{"points", "array", func(h *ingest.Hit) any { return &h.Points }},
			viewportField,
		},
	}
	utmFields = []string{"source", "medium", "campaign", "term", "content"}
)

// decodeHit reads the fields of the event's kind one by one; wrong is the message of the first one of the wrong type. Fields that the kind does
// not have may be anything.
func decodeHit(raw []byte) (h ingest.Hit, wrong, badContext string) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil || fields == nil {
		return h, "event must be a object", ""
	}
	if wrong = readTrackFields(everyField, fields, &h); wrong == "" {
		wrong = readTrackFields(kindFields[h.Type], fields, &h)
	}
	if wrong != "" {
		return h, wrong, ""
	}
	if sent, ok := fields["context"]; ok && unmarshal(string(sent), &h.Context) != nil {
		h.Context, badContext = nil, "context must be a object"
	}
	return h, "", badContext
}

// readTrackFields reads the fields of a list; wrong is the message of the first one of the wrong type.
func readTrackFields(list []trackField, fields map[string]json.RawMessage, h *ingest.Hit) (wrong string) {
	for _, f := range list {
		sent, ok := fields[f.name]
		if ok && unmarshal(string(sent), f.into(h)) != nil { // encoding/json would take a member whose name differs in case
			return wrongTrackField(f, sent)
		}
	}
	return ""
}

// wrongTrackField names the field, or the member of utm, that is of the wrong type.
func wrongTrackField(f trackField, sent []byte) string {
	var members map[string]json.RawMessage
	if f.name == "utm" && json.Unmarshal(sent, &members) == nil {
		for _, name := range utmFields {
			var text string
			if m, ok := members[name]; ok && json.Unmarshal(m, &text) != nil {
				return "utm." + name + " must be a string"
			}
		}
	}
	return f.name + " must be a " + f.kind
}

// decodeAny is json.Unmarshal that keeps numbers as they are written.
func decodeAny(raw []byte, v any) error {
	if len(raw) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	return d.Decode(v)
}
