package accesslog

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// wireEvent is a pageview as POST /api/import/events takes it.
type wireEvent struct {
	Type      string      `json:"type"`
	ID        string      `json:"id"`
	Timestamp int64       `json:"timestamp"` // UTC ms
	Path      string      `json:"path"`
	Referrer  string      `json:"referrer,omitempty"`
	UTM       *wireUTM    `json:"utm,omitempty"`
	ClickID   string      `json:"clickId,omitempty"`
	Context   wireContext `json:"context"`
}

type wireUTM struct {
	Source   string `json:"source,omitempty"`
	Medium   string `json:"medium,omitempty"`
	Campaign string `json:"campaign,omitempty"`
	Term     string `json:"term,omitempty"`
	Content  string `json:"content,omitempty"`
}

// wireContext is sent whole, so that nothing is derived from the importing request.
type wireContext struct {
	IP        string `json:"ip"`
	UserAgent string `json:"userAgent"`
}

const maxReferrer = 2000 // bytes; only the host is kept of it

// EncodeEvent returns the JSON of the pageview with this id.
func (e *Entry) EncodeEvent(id string) ([]byte, error) {
	w := wireEvent{
		Type: "pageview", ID: id, Timestamp: e.Time.UnixMilli(), Referrer: e.Referrer,
		Context: wireContext{e.Host, e.UserAgent},
	}
	if len(w.Referrer) > maxReferrer {
		w.Referrer = w.Referrer[:maxReferrer]
	}
	w.Path, w.UTM, w.ClickID = splitCampaign(e.Path())
	data, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("encode event: %w", err)
	}
	return data, nil
}

// clickParams are the names of ad parameters (track.md, Traffic source).
var clickParams = setOf("gclid gbraid wbraid dclid msclkid yclid ttclid twclid li_fat_id")

// splitCampaign takes the campaign parameters and click ids out of a target's query. A click id's value goes no further than here.
func splitCampaign(target string) (path string, utm *wireUTM, clickID string) {
	path, query, ok := strings.Cut(target, "?")
	if !ok {
		return target, nil, ""
	}
	var u wireUTM
	fields := map[string]*string{"utm_source": &u.Source, "utm_medium": &u.Medium, "utm_campaign": &u.Campaign, "utm_term": &u.Term, "utm_content": &u.Content}
	var kept []string
	for _, pair := range strings.Split(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		name := strings.ToLower(key)
		switch field := fields[name]; {
		case field != nil:
			if text, err := url.QueryUnescape(value); err == nil {
				value = text
			}
			if *field == "" {
				*field = value
			}
		case clickParams[name]:
			if clickID == "" && value != "" {
				clickID = name
			}
		case pair != "":
			kept = append(kept, pair)
		}
	}
	if len(kept) > 0 {
		path += "?" + strings.Join(kept, "&")
	}
	if u != (wireUTM{}) {
		utm = &u
	}
	return path, utm, clickID
}

// numberer gives each line an id that depends on its text and on how many equal lines came before it in the file, and on nothing else: a
// second import of the file, or of one that has grown, makes the same ids, and equal lines of one file stay distinct.
//
// Equal lines carry the same second, so they stand close together. To keep memory flat (about 50 MB) the numberer forgets lines when
// twinWindow to 2·twinWindow newer ones have been seen; an equal line after that counts as the same one again.
type numberer struct {
	young, old map[uint64]uint32 // hash of a line → how often it was seen; a collision only shifts a number
	window     int
}

const twinWindow = 1 << 20 // lines

func newNumberer(window int) *numberer {
	return &numberer{young: map[uint64]uint32{}, old: map[uint64]uint32{}, window: window}
}

func (n *numberer) id(line []byte) string {
	key := xxhash.Sum64(line)
	before, ok := n.young[key]
	if !ok {
		before = n.old[key]
	}
	if len(n.young) >= n.window {
		n.old, n.young = n.young, make(map[uint64]uint32, n.window/4)
	}
	n.young[key] = before + 1
	h := sha256.New()
	h.Write([]byte("ztas access log 1\n"))
	h.Write(line)
	h.Write(binary.BigEndian.AppendUint32([]byte{'\n'}, before))
	return hex.EncodeToString(h.Sum(nil)[:12])
}
