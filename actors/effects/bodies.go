package effects

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/ztas-io/ztas/actors/outbox"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// The data of messages, with the members and the order of webhooks.md.

type pageviewData struct {
	Site      analytics.SiteID `json:"siteId"`
	Path      string           `json:"path"`
	Referrer  string           `json:"referrer"`
	Channel   string           `json:"channel"`
	Source    string           `json:"source"`
	UTM       utmData          `json:"utm"`
	Country   string           `json:"country"`
	Region    string           `json:"region"`
	Device    string           `json:"device"`
	Browser   string           `json:"browser"`
	OS        string           `json:"os"`
	VisitorID string           `json:"visitorId"`
	SessionID string           `json:"sessionId"`
}

type utmData struct {
	Source   string `json:"source"`
	Medium   string `json:"medium"`
	Campaign string `json:"campaign"`
	Term     string `json:"term"`
	Content  string `json:"content"`
}

type customData struct {
	Site       analytics.SiteID           `json:"siteId"`
	Action     string                     `json:"action"`
	Category   string                     `json:"category"`
	Label      string                     `json:"label"`
	Value      *json.Number               `json:"value"`
	Properties map[string]json.RawMessage `json:"properties"`
	Path       string                     `json:"path"`
	Country    string                     `json:"country"`
	Device     string                     `json:"device"`
	VisitorID  string                     `json:"visitorId"`
	SessionID  string                     `json:"sessionId"`
}

type goalData struct {
	Site      analytics.SiteID `json:"siteId"`
	GoalID    string           `json:"goalId"`
	GoalName  string           `json:"goalName"`
	Path      string           `json:"path"`
	Value     json.Number      `json:"value"`
	VisitorID string           `json:"visitorId"`
	SessionID string           `json:"sessionId"`
}

func pageviewEffect(site analytics.SiteID, l *analytics.Landed) outbox.Effect {
	e := l.Event
	return effectOf("pageview\n"+l.ID.Text(), analytics.WebhookPageview, l, pageviewData{
		site, e.Path, e.ReferrerDomain, e.Channel, e.Source, utmData(e.UTM), e.Country, e.Region, e.Device, e.Browser, e.OS,
		e.Visitor.String(), l.Session.String(),
	})
}

func customEffect(site analytics.SiteID, l *analytics.Landed) outbox.Effect {
	e := l.Event
	d := customData{
		Site: site, Action: e.Action, Category: e.Category, Label: e.Label, Path: e.Path, Country: e.Country, Device: e.Device,
		VisitorID: e.Visitor.String(), SessionID: l.Session.String(),
	}
	if e.HasValue {
		n := number(e.Value)
		d.Value = &n
	}
	if len(e.Properties) > 0 {
		d.Properties = make(map[string]json.RawMessage, len(e.Properties))
		for _, p := range e.Properties {
			d.Properties[p.Key] = propertyJSON(p)
		}
	}
	return effectOf("event\n"+l.ID.Text(), analytics.WebhookEvent, l, d)
}

// goalEffect tells of a completion, at the time of the event that made it: of a duration, when it was reached.
func goalEffect(site analytics.SiteID, c *report.Completion, l *analytics.Landed) outbox.Effect {
	return effectOf("goal\n"+c.Goal.ID+"\n"+c.ID, analytics.WebhookGoal, l, goalData{
		site, c.Goal.ID, c.Goal.Name, c.Path, number(c.Value), c.Visitor.String(), c.Session.String(),
	})
}

func effectOf(cause, kind string, l *analytics.Landed, data any) outbox.Effect {
	return outbox.Effect{Cause: cause, Type: kind, At: l.Event.TS, Arrived: l.Event.ReceivedAt, Data: encode(data)}
}

// encode writes one of the structs above, which cannot fail.
func encode(data any) json.RawMessage {
	body, err := json.Marshal(data)
	if err != nil {
		panic(fmt.Sprintf("effects: data of a message: %v", err))
	}
	return body
}

// propertyJSON is a property's value as the tracker sent it.
func propertyJSON(p analytics.Property) json.RawMessage {
	if p.Type != analytics.StringProperty && json.Valid([]byte(p.Text)) {
		return json.RawMessage(p.Text)
	}
	return encode(p.Text)
}

// number writes a decimal with four places without the zeros at its end.
func number(v analytics.Fixed) json.Number {
	text := new(big.Rat).SetFrac64(int64(v), 10_000).FloatString(4)
	return json.Number(strings.TrimSuffix(strings.TrimRight(text, "0"), "."))
}
