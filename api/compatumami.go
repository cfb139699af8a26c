package api

import (
	"encoding/json"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/ingest"
)

// Answers of POST /api/send. The script sends the cache text back with its next hit, unless it is empty.
const (
	umamiTaken = `{"cache":"","sessionId":"","visitId":""}`
	umamiBot   = `{"beep":"boop"}`
)

// Umami serves POST /api/send.
func (h *CompatHandler) Umami(c *gin.Context) {
	h.serve(c, h.readUmami, func(c *gin.Context, v verdictOfHit) {
		text := umamiTaken
		if v.bot {
			text = umamiBot
		}
		c.Data(http.StatusOK, jsonContentType[0], []byte(text))
	})
}

func (h *CompatHandler) readUmami(r *http.Request) (*foreignHit, *Problem) {
	fields, p := h.readForeign(r)
	if p != nil {
		return nil, p
	}
	kind, p := fields.text("type")
	switch {
	case p != nil:
		return nil, p
	case kind == "":
		return nil, invalid("Type is required")
	case kind != "event": // identify and what may come: it has no counterpart here
		return &foreignHit{}, nil
	}
	var payload foreignFields
	if json.Unmarshal(fields["payload"], &payload) != nil || payload == nil {
		return nil, mustBe("payload", "object")
	}
	return decodeUmami(payload)
}

// decodeUmami reads the payload. Title, host name, language and screen have no place in our events.
func decodeUmami(payload foreignFields) (*foreignHit, *Problem) {
	var website, link, referrer, name string
	for _, f := range []struct {
		into *string
		name string
	}{{&website, "website"}, {&link, "url"}, {&referrer, "referrer"}, {&name, "name"}} {
		var p *Problem
		if *f.into, p = payload.text(f.name); p != nil {
			return nil, p
		}
	}
	hit := ingest.Hit{URL: absolute(link), Type: "pageview", Referrer: referrer}
	if cleanText(name) != "" {
		properties, p := payload.object(false, "data")
		if p != nil {
			return nil, p
		}
		hit = ingest.Hit{URL: hit.URL, Type: "event", Action: name, Properties: properties}
	}
	return &foreignHit{sites: []string{website}, hits: []ingest.Hit{hit}}, nil
}
