package testkit

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"

	"github.com/ztas-io/ztas/analytics"
	"modernc.org/sqlite"
)

func init() {
	sqlite.MustRegisterDeterministicScalarFunction("regexp", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		pattern, _ := args[0].(string)
		text, ok := args[1].(string)
		if !ok {
			return nil, nil // of NULL
		}
		return matches(pattern, text)
	})
}

// storedRow is one line of the export of events: the columns of data-model.md.
type storedRow struct {
	EventID        string                     `json:"event_id"`
	TS             int64                      `json:"ts"`
	ReceivedAt     int64                      `json:"received_at"`
	Type           string                     `json:"type"`
	Visitor        string                     `json:"visitor_id"`
	Session        string                     `json:"session_id"`
	Path           string                     `json:"path"`
	Country        string                     `json:"country"`
	Region         string                     `json:"region"`
	Device         string                     `json:"device"`
	Browser        string                     `json:"browser"`
	BrowserVersion string                     `json:"browser_version"`
	OS             string                     `json:"os"`
	OSVersion      string                     `json:"os_version"`
	Referrer       *string                    `json:"referrer_domain"`
	Channel        *string                    `json:"channel"`
	Source         *string                    `json:"source"`
	UTMSource      *string                    `json:"utm_source"`
	UTMMedium      *string                    `json:"utm_medium"`
	UTMCampaign    *string                    `json:"utm_campaign"`
	UTMTerm        *string                    `json:"utm_term"`
	UTMContent     *string                    `json:"utm_content"`
	Action         *string                    `json:"action"`
	Category       *string                    `json:"category"`
	Label          *string                    `json:"label"`
	Value          json.Number                `json:"value,omitempty"`
	Properties     map[string]json.RawMessage `json:"properties"`
	TimeOnPage     *int64                     `json:"time_on_page_ms"`
	Seq            *int64                     `json:"seq"`
	IsBounce       *bool                      `json:"is_bounce"`
	X              *int64                     `json:"x"`
	Y              *int64                     `json:"y"`
	VW             *int64                     `json:"vw"`
	VH             *int64                     `json:"vh"`
	DH             *int64                     `json:"dh"`
	Selector       *string                    `json:"selector"`
	Element        *string                    `json:"element"`
	Text           *string                    `json:"text"`
	SinceLoad      *int64                     `json:"since_load_ms"`
	Dead           *bool                      `json:"dead"`
	Rage           *int64                     `json:"rage"`
	Depth          json.Number                `json:"depth,omitempty"`
	Dwell          json.RawMessage            `json:"dwell"`
	Points         json.RawMessage            `json:"points"`
}

// LoadNDJSON takes the rows of `ztas export events --format ndjson`: one JSON object a line, with the columns of data-model.md.
func (o *Oracle) LoadNDJSON(r io.Reader) error {
	d := json.NewDecoder(r)
	for line := 1; ; line++ {
		var row storedRow
		if err := d.Decode(&row); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("row %d: %w", line, err)
		}
		if err := o.insert(&row); err != nil {
			return fmt.Errorf("row %d: %w", line, err)
		}
	}
}

// Add takes an event in the order of the log, without an export. An id that is there already changes nothing; stored is then false. serverID
// is the id of an event that has none. Ids are known forever here: streams must not send one again that the product may have forgotten.
func (o *Oracle) Add(e *analytics.Event, serverID string) (stored bool) {
	o.t.Helper()
	id := e.ID.Text()
	if id == "" {
		id = serverID
	} else if o.ids[id] {
		return false
	}
	o.ids[id] = true
	row := rowOf(e)
	row.EventID, row.Session = id, o.session(e, id)
	if err := o.insert(row); err != nil {
		o.t.Fatalf("oracle: %v", err)
	}
	return true
}

func rowOf(e *analytics.Event) *storedRow {
	r := &storedRow{TS: e.TS, ReceivedAt: e.ReceivedAt, Type: e.Kind.String(), Visitor: e.Visitor.String(), Path: e.Path,
		Country: e.Country, Region: e.Region, Device: e.Device, Browser: e.Browser, BrowserVersion: e.BrowserVersion, OS: e.OS, OSVersion: e.OSVersion}
	number := func(n int32) *int64 { return new(int64(n)) }
	some := func(n int32) *int64 {
		if n == 0 {
			return nil
		}
		return number(n)
	}
	switch e.Kind {
	case analytics.Pageview:
		r.Referrer, r.Channel, r.Source = &e.ReferrerDomain, &e.Channel, &e.Source
		r.UTMSource, r.UTMMedium, r.UTMCampaign, r.UTMTerm, r.UTMContent = &e.UTM.Source, &e.UTM.Medium, &e.UTM.Campaign, &e.UTM.Term, &e.UTM.Content
	case analytics.Custom:
		r.Action, r.Category, r.Label = &e.Action, &e.Category, &e.Label
		if e.HasValue {
			r.Value = json.Number(new(big.Rat).SetFrac64(int64(e.Value), 10_000).FloatString(4))
		}
		for _, p := range e.Properties {
			if r.Properties == nil {
				r.Properties = make(map[string]json.RawMessage)
			}
			r.Properties[p.Key] = json.RawMessage(p.Text)
			if p.Type == analytics.StringProperty {
				r.Properties[p.Key], _ = json.Marshal(p.Text)
			}
		}
	case analytics.Engagement:
		r.TimeOnPage, r.Seq = number(e.TimeOnPage), number(e.Seq)
		if e.IsBounce != analytics.Absent {
			r.IsBounce = new(e.IsBounce == analytics.True)
		}
	case analytics.Click:
		r.X, r.Y, r.VW, r.VH = number(e.X), number(e.Y), some(e.ViewportW), some(e.ViewportH)
		r.Selector, r.Element, r.Text, r.Dead, r.Rage = &e.Selector, &e.Element, &e.Text, &e.Dead, some(e.Rage)
		if e.HasSinceLoad {
			r.SinceLoad = number(e.SinceLoad)
		}
	case analytics.Scroll:
		r.Depth = json.Number(new(big.Rat).SetFrac64(int64(e.Depth), 100).FloatString(2))
		r.VW, r.VH, r.DH = some(e.ViewportW), some(e.ViewportH), some(e.DocumentH)
		if len(e.Dwell) > 0 {
			r.Dwell, _ = json.Marshal(e.Dwell)
		}
	case analytics.Move:
		r.VW, r.VH = some(e.ViewportW), some(e.ViewportH)
		r.Points, _ = json.Marshal(e.Points)
	}
	return r
}

// scaled is a decimal as an integer of its last place, half up.
func scaled(n json.Number, places int64) (any, error) {
	if n == "" {
		return nil, nil
	}
	r, ok := new(big.Rat).SetString(string(n))
	if !ok {
		return nil, fmt.Errorf("%q is not a number", string(n))
	}
	r.Mul(r, new(big.Rat).SetInt64(places)).Add(r, big.NewRat(1, 2))
	q, _ := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int)) // Euclidean: floor
	if !q.IsInt64() {
		return nil, nil
	}
	return q.Int64(), nil
}

func (o *Oracle) insert(r *storedRow) error {
	value, err := scaled(r.Value, 10_000)
	if err != nil {
		return err
	}
	depth, err := scaled(r.Depth, 100)
	if err != nil {
		return err
	}
	o.rows++
	o.dirty = true
	o.exec(`INSERT INTO events VALUES (?,'site',?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,NULL,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
		o.rows, r.EventID, r.TS, r.ReceivedAt, r.Type, r.Visitor, r.Session, r.Path, r.Country, r.Region, r.Device, r.Browser, r.BrowserVersion,
		r.OS, r.OSVersion, r.Referrer, r.Channel, r.Source, r.UTMSource, r.UTMMedium, r.UTMCampaign, r.UTMTerm, r.UTMContent,
		r.Action, r.Category, r.Label, value, r.TimeOnPage, r.Seq, r.IsBounce, r.X, r.Y, r.VW, r.VH, r.DH, r.Selector, r.Element, r.Text,
		r.SinceLoad, r.Dead, r.Rage, depth, text(r.Dwell), text(r.Points))
	for key, raw := range r.Properties {
		shown, number := string(raw), any(nil)
		switch {
		case bytes.HasPrefix(raw, []byte(`"`)):
			if err := json.Unmarshal(raw, &shown); err != nil {
				return fmt.Errorf("property %s: %w", key, err)
			}
		case shown != "true" && shown != "false":
			if number, err = scaled(json.Number(shown), 10_000); err != nil {
				return err
			}
		}
		o.exec(`INSERT INTO props VALUES (?,?,?,?)`, o.rows, key, shown, number)
	}
	return nil
}

// text is a JSON value as SQLite reads it; NULL when there is none.
func text(raw json.RawMessage) any {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	return string(raw)
}

// openSession is a session as track.md describes it: a set of events of one key.
type openSession struct {
	id          string
	first, last int64 // UTC ms
}

// session gives the event its session by the words of track.md.
func (o *Oracle) session(e *analytics.Event, id string) string {
	key := e.Visitor.String() + "\n" + e.SessionKey
	var best *openSession
	var bestGap int64
	for _, s := range o.sessions[key] { // the older first
		if e.TS <= s.first-1_800_000 || e.TS >= s.last+1_800_000 {
			continue
		}
		if gap := max(0, s.first-e.TS, e.TS-s.last); best == nil || gap < bestGap {
			best, bestGap = s, gap
		}
	}
	if best == nil {
		best = &openSession{id: "visit_" + id, first: e.TS, last: e.TS}
		o.sessions[key] = append(o.sessions[key], best)
	}
	best.first, best.last = min(best.first, e.TS), max(best.last, e.TS)
	return best.id
}
