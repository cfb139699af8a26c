package api

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/ingest"
)

// Plausible serves POST /api/event.
func (h *CompatHandler) Plausible(c *gin.Context) {
	h.serve(c, h.readPlausible, func(c *gin.Context, v verdictOfHit) {
		if v.ignored {
			c.Header("X-Plausible-Dropped", "1")
		}
		c.String(http.StatusAccepted, "ok")
	})
}

// plausibleHit is a body of POST /api/event, by the short names of its fields.
type plausibleHit struct {
	n, u, d, r string
	p          map[string]any // properties
	amount     any            // of $
	h          bool           // hash mode: the fragment belongs to the path
	sd, e      *float64       // scroll depth, percent; engaged time, ms
}

func (h *CompatHandler) readPlausible(r *http.Request) (*foreignHit, *Problem) {
	fields, p := h.readForeign(r)
	if p != nil {
		return nil, p
	}
	sent, p := decodePlausible(fields)
	if p != nil {
		return nil, p
	}
	return &foreignHit{sites: strings.Split(sent.d, ","), hits: sent.hits()}, nil
}

func decodePlausible(fields foreignFields) (b plausibleHit, p *Problem) {
	for _, f := range []struct {
		into        *string
		short, long string
	}{{&b.n, "n", "name"}, {&b.u, "u", "url"}, {&b.d, "d", "domain"}, {&b.r, "r", "referrer"}} {
		if *f.into, p = fields.text(f.short, f.long); p != nil {
			return b, p
		}
	}
	if b.p, p = fields.object(true, "p", "props"); p != nil {
		return b, p
	}
	revenue, p := fields.object(true, "$", "revenue")
	if p != nil {
		return b, p
	}
	b.amount = amountOf(revenue["amount"])
	if b.sd, p = fields.number("sd"); p != nil {
		return b, p
	}
	if b.e, p = fields.number("e"); p != nil {
		return b, p
	}
	b.h = isSwitchedOn(fields["h"])
	switch {
	case cleanText(b.n) == "":
		return b, invalid("Name is required")
	case b.u == "":
		return b, invalid("URL is required")
	case !strings.Contains(b.u, "://"):
		return b, invalid("url must be an absolute http(s) URL")
	}
	return b, nil
}

// isSwitchedOn reads a switch that is sent as 1 or true.
func isSwitchedOn(raw json.RawMessage) bool {
	switch string(raw) {
	case "1", "true", `"1"`, `"true"`:
		return true
	}
	return false
}

// amountOf turns an amount that is written as a string, as those from class names are, into a number. What is none stays as it is and is
// rejected by the pipeline in its own words.
func amountOf(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	var n json.Number
	if text = strings.TrimSpace(text); json.Unmarshal([]byte(text), &n) == nil && n != "" {
		return n
	}
	return v
}

// maxPlausibleDepth is the deepest scroll; the script sends 255 for a page whose depth it does not know.
const maxPlausibleDepth = 100 // percent

func (b *plausibleHit) hits() []ingest.Hit {
	base := ingest.Hit{URL: absolute(b.u), KeepFragment: b.h}
	switch b.n {
	case "pageview":
		base.Type, base.Referrer = "pageview", b.r
	case "engagement":
		base.Type = "engagement"
		if b.e != nil {
			seconds := *b.e / 1000
			base.TimeOnPage = &seconds
		}
		if b.sd != nil && *b.sd >= 0 && *b.sd <= maxPlausibleDepth {
			scroll := ingest.Hit{URL: base.URL, KeepFragment: b.h, Type: "scroll", Depth: b.sd, NoViewport: true}
			return []ingest.Hit{base, scroll}
		}
	default:
		base.Type, base.Action, base.Value, base.Properties = "event", b.n, b.amount, b.p
	}
	return []ingest.Hit{base}
}
