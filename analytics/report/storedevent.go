package report

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// StoredEvent is a row with the columns of data-model.md in their order, then its place in the log and a checksum. Columns that do not apply are
// null. docs/formats.md describes it.
type StoredEvent struct {
	SiteID         string  `json:"site_id" parquet:"site_id,dict"`
	EventID        string  `json:"event_id" parquet:"event_id"`
	TS             int64   `json:"ts" parquet:"ts"`                   // UTC ms
	ReceivedAt     int64   `json:"received_at" parquet:"received_at"` // UTC ms
	Type           string  `json:"type" parquet:"type,dict"`
	VisitorID      string  `json:"visitor_id" parquet:"visitor_id"`
	SessionID      string  `json:"session_id" parquet:"session_id"`
	Path           string  `json:"path" parquet:"path,dict"`
	Country        string  `json:"country" parquet:"country,dict"`
	Region         string  `json:"region" parquet:"region,dict"`
	Device         string  `json:"device" parquet:"device,dict"`
	Browser        string  `json:"browser" parquet:"browser,dict"`
	OS             string  `json:"os" parquet:"os,dict"`
	BrowserVersion string  `json:"browser_version" parquet:"browser_version,dict"`
	OSVersion      string  `json:"os_version" parquet:"os_version,dict"`
	ReferrerDomain *string `json:"referrer_domain" parquet:"referrer_domain,optional,dict"`
	Channel        *string `json:"channel" parquet:"channel,optional,dict"`
	Source         *string `json:"source" parquet:"source,optional,dict"`
	UTMSource      *string `json:"utm_source" parquet:"utm_source,optional,dict"`
	UTMMedium      *string `json:"utm_medium" parquet:"utm_medium,optional,dict"`
	UTMCampaign    *string `json:"utm_campaign" parquet:"utm_campaign,optional,dict"`
	UTMTerm        *string `json:"utm_term" parquet:"utm_term,optional,dict"`
	UTMContent     *string `json:"utm_content" parquet:"utm_content,optional,dict"`
	Action         *string `json:"action" parquet:"action,optional,dict"`
	Category       *string `json:"category" parquet:"category,optional,dict"`
	Label          *string `json:"label" parquet:"label,optional,dict"`

	Value      *Decimal4       `json:"value" parquet:"value,optional,decimal(4:18)"`
	Properties json.RawMessage `json:"properties" parquet:"properties,optional"`
	TimeOnPage *int32          `json:"time_on_page_ms" parquet:"time_on_page_ms,optional"`
	Seq        *int32          `json:"seq" parquet:"seq,optional"`
	IsBounce   *bool           `json:"is_bounce" parquet:"is_bounce,optional"`
	X          *int32          `json:"x" parquet:"x,optional"`
	Y          *int32          `json:"y" parquet:"y,optional"`
	VW         *int32          `json:"vw" parquet:"vw,optional"`
	VH         *int32          `json:"vh" parquet:"vh,optional"`
	DH         *int32          `json:"dh" parquet:"dh,optional"`
	Selector   *string         `json:"selector" parquet:"selector,optional,dict"`
	Element    *string         `json:"element" parquet:"element,optional,dict"`
	Text       *string         `json:"text" parquet:"text,optional,dict"`
	SinceLoad  *int32          `json:"since_load_ms" parquet:"since_load_ms,optional"`
	Dead       *bool           `json:"dead" parquet:"dead,optional"`
	Rage       *int32          `json:"rage" parquet:"rage,optional"`
	Depth      *Decimal2       `json:"depth" parquet:"depth,optional,decimal(2:5)"`
	Dwell      json.RawMessage `json:"dwell" parquet:"dwell,optional"`
	Points     json.RawMessage `json:"points" parquet:"points,optional"`

	Position int64  `json:"position" parquet:"position"` // of the block in the site's partition
	Index    int64  `json:"index" parquet:"index"`       // among the site's records of the block
	Checksum string `json:"checksum" parquet:"checksum"` // CRC32C, see Line
}

// StoredRow gives row i of a run of rows as it is stored. The session's id is not in the row itself: it is that of its ordinal in the day.
func StoredRow(site analytics.SiteID, r *analytics.Rows, i int, visitor analytics.VisitorID, session analytics.SessionID) (*StoredEvent, error) {
	row, at := &r.List[i], &r.Arrivals[i]
	c := &r.Clients[row.Client]
	e := &StoredEvent{
		SiteID: string(site), EventID: r.EventID(site.Partition(), i).Text(), TS: r.Base + int64(row.TS), ReceivedAt: at.Received,
		Type: row.Kind.String(), VisitorID: visitor.String(), SessionID: session.String(), Path: r.Texts[row.Path],
		Country: c.Country, Region: c.Region, Device: c.Device, Browser: c.Browser, OS: c.OS, BrowserVersion: c.BrowserVersion, OSVersion: c.OSVersion,
		Position: int64(at.Pos), Index: int64(at.Index),
	}
	return e, e.detail(r, row)
}

// detail sets what only some kinds have.
func (e *StoredEvent) detail(r *analytics.Rows, row *analytics.Row) (err error) {
	text := func(i uint32) *string { return &r.Texts[i] }
	switch row.Kind {
	case analytics.Pageview:
		o := &r.Origins[row.Origin]
		e.ReferrerDomain, e.Channel, e.Source = &o.Referrer, &o.Channel, &o.Source
		e.UTMSource, e.UTMMedium, e.UTMCampaign, e.UTMTerm, e.UTMContent = &o.UTM.Source, &o.UTM.Medium, &o.UTM.Campaign, &o.UTM.Term, &o.UTM.Content
	case analytics.Custom:
		d := &r.Customs[row.Detail]
		e.Action, e.Category, e.Label = text(d.Action), text(d.Category), text(d.Label)
		if d.HasValue {
			v := Decimal4(d.Value)
			e.Value = &v
		}
		if p := Properties(r.Properties[d.Properties]); len(p) > 0 {
			e.Properties, err = p.MarshalJSON()
		}
	case analytics.Engagement:
		d := &r.Engagements[row.Detail]
		e.TimeOnPage, e.Seq = &d.TimeOnPage, &d.Seq
		if d.IsBounce != analytics.Absent {
			bounce := d.IsBounce == analytics.True
			e.IsBounce = &bounce
		}
	case analytics.Click:
		d := &r.Clicks[row.Detail]
		e.X, e.Y, e.VW, e.VH, e.Rage, e.Dead = &d.X, &d.Y, positive(&d.ViewportW), positive(&d.ViewportH), positive(&d.Rage), &d.Dead
		e.Selector, e.Element, e.Text = text(d.Selector), text(d.Element), text(d.Text)
		if d.HasSinceLoad {
			e.SinceLoad = &d.SinceLoad
		}
	case analytics.Scroll:
		d := &r.Scrolls[row.Detail]
		depth := Decimal2(d.Depth)
		e.Depth, e.VW, e.VH, e.DH = &depth, positive(&d.ViewportW), positive(&d.ViewportH), positive(&d.DocumentH)
		e.Dwell, err = pairs(d.Dwell)
	case analytics.Move:
		d := &r.Moves[row.Detail]
		e.VW, e.VH = positive(&d.ViewportW), positive(&d.ViewportH)
		e.Points, err = pairs(d.Points)
	}
	return err
}

// positive is nil for 0, which stands for null.
func positive(n *int32) *int32 {
	if *n == 0 {
		return nil
	}
	return n
}

func pairs(list []analytics.Pair) (json.RawMessage, error) {
	if list == nil {
		return nil, nil
	}
	b, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("encode pairs: %w", err)
	}
	return b, nil
}

// Event gives the event back for an import. Its session's id becomes its client's sessionId, so that the events of a session find each other
// again.
func (e *StoredEvent) Event() (analytics.Event, error) {
	kind, ok := analytics.ParseKind(e.Type)
	if !ok {
		return analytics.Event{}, fmt.Errorf("type %q", e.Type)
	}
	out := analytics.Event{
		ID: analytics.PackEventID(e.EventID), TS: e.TS, ReceivedAt: e.ReceivedAt, Kind: kind, Imported: true, SessionKey: e.SessionID, Path: e.Path,
		Country: e.Country, Region: e.Region, Device: e.Device, Browser: e.Browser, BrowserVersion: e.BrowserVersion, OS: e.OS, OSVersion: e.OSVersion,
		ReferrerDomain: value(e.ReferrerDomain), Channel: value(e.Channel), Source: value(e.Source),
		UTM:    analytics.UTM{Source: value(e.UTMSource), Medium: value(e.UTMMedium), Campaign: value(e.UTMCampaign), Term: value(e.UTMTerm), Content: value(e.UTMContent)},
		Action: value(e.Action), Category: value(e.Category), Label: value(e.Label), Value: analytics.Fixed(value(e.Value)), HasValue: e.Value != nil,
		TimeOnPage: value(e.TimeOnPage), Seq: value(e.Seq), X: value(e.X), Y: value(e.Y), ViewportW: value(e.VW), ViewportH: value(e.VH), DocumentH: value(e.DH),
		Selector: value(e.Selector), Element: value(e.Element), Text: value(e.Text), SinceLoad: value(e.SinceLoad), HasSinceLoad: e.SinceLoad != nil,
		Dead: value(e.Dead), Rage: value(e.Rage), Depth: int32(value(e.Depth)),
	}
	if e.IsBounce != nil {
		out.IsBounce = analytics.False
		if *e.IsBounce {
			out.IsBounce = analytics.True
		}
	}
	raw, err := hex.DecodeString(strings.TrimPrefix(e.VisitorID, "vis_"))
	if err != nil || len(raw) != len(out.Visitor) || e.EventID == "" {
		return out, fmt.Errorf("ids of the event %q of the visitor %q", e.EventID, e.VisitorID)
	}
	copy(out.Visitor[:], raw)
	for _, x := range []struct {
		name string
		raw  json.RawMessage
		into any
	}{{"properties", e.Properties, (*Properties)(&out.Properties)}, {"dwell", e.Dwell, &out.Dwell}, {"points", e.Points, &out.Points}} {
		if len(x.raw) > 0 && !bytes.Equal(x.raw, []byte("null")) {
			if err := json.Unmarshal(x.raw, x.into); err != nil {
				return out, fmt.Errorf("decode %s: %w", x.name, err)
			}
		}
	}
	return out, nil
}

// value is what p points to; nil is the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
