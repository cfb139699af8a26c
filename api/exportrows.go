package api

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

// summaryRow is a local day.
type summaryRow struct {
	Date           string  `json:"date"`
	Pageviews      int64   `json:"pageviews"`
	UniqueVisitors int64   `json:"unique_visitors"`
	Sessions       int64   `json:"sessions"`
	Bounces        int64   `json:"bounces"`
	BounceRate     float64 `json:"bounce_rate"`      // percent
	AvgTimeOnPage  int64   `json:"avg_time_on_page"` // s
}

func summaryRowOf(day analytics.Day, n report.DayTotals) *summaryRow {
	return &summaryRow{
		day.String(), n.Pageviews, n.Visitors, n.Sessions, n.Bounced,
		analytics.Percent(n.Bounced, n.Sessions), analytics.MeanSeconds(n.TimeMS, n.TimedPages),
	}
}

func (r *summaryRow) cells(into []string) []string {
	return append(into, r.Date, count(r.Pageviews), count(r.UniqueVisitors), count(r.Sessions), count(r.Bounces),
		strconv.FormatFloat(r.BounceRate, 'f', -1, 64)+"%", count(r.AvgTimeOnPage)+"s")
}

// viewRow is a pageview.
type viewRow struct {
	Timestamp   string `json:"timestamp"`
	Path        string `json:"page_path"`
	Referrer    string `json:"referrer"`
	UTMSource   string `json:"utm_source"`
	UTMMedium   string `json:"utm_medium"`
	UTMCampaign string `json:"utm_campaign"`
	Device      string `json:"device"`
	Browser     string `json:"browser"`
	OS          string `json:"os"`
	Country     string `json:"country"`
	Region      string `json:"region"`
	TimeOnPage  int64  `json:"time_on_page"` // s
	IsBounce    bool   `json:"is_bounce"`

	ts int64 // UTC ms
}

func (r *viewRow) fill(t *report.Table, at uint32, f *report.ViewFacts) {
	row := &t.Rows[at]
	c, o := &t.Clients[row.Client], t.Origin(row.Origin)
	ts := t.Time(at)
	*r = viewRow{
		instant(time.UnixMilli(ts)), t.Texts[row.Path], o.Referrer, o.UTM.Source, o.UTM.Medium, o.UTM.Campaign,
		c.Device, c.Browser, c.OS, c.Country, c.Region, analytics.MeanSeconds(f.TimeOnPage(at), 1), f.Bounced(at), ts,
	}
}

func (r *viewRow) cells(into []string) []string {
	bounce := "0"
	if r.IsBounce {
		bounce = "1"
	}
	return append(into, r.Timestamp, r.Path, r.Referrer, r.UTMSource, r.UTMMedium, r.UTMCampaign, r.Device, r.Browser, r.OS,
		r.Country, r.Region, count(r.TimeOnPage)+"s", bounce)
}

// customRow is a custom event.
type customRow struct {
	Timestamp string          `json:"timestamp"`
	Type      string          `json:"event_type"`
	Name      string          `json:"event_name"`
	Data      json.RawMessage `json:"event_data"`
	Path      string          `json:"page_path"`
	Device    string          `json:"device"`
	Country   string          `json:"country"`

	ts int64 // UTC ms
}

// customData is what a customRow says of the event itself.
type customData struct {
	Category   string             `json:"category"`
	Label      string             `json:"label"`
	Value      *report.Decimal4   `json:"value"`
	Properties *report.Properties `json:"properties"`
}

func (r *customRow) fill(t *report.Table, at uint32) error {
	row := &t.Rows[at]
	c, e := &t.Clients[row.Client], &t.Customs[row.Detail]
	d := customData{Category: t.Texts[e.Category], Label: t.Texts[e.Label]}
	if e.HasValue {
		v := report.Decimal4(e.Value)
		d.Value = &v
	}
	if p := report.Properties(t.Properties[e.Properties]); len(p) > 0 {
		d.Properties = &p
	}
	body, err := plainJSON(d)
	if err != nil {
		return err
	}
	ts := t.Time(at)
	*r = customRow{instant(time.UnixMilli(ts)), row.Kind.String(), t.Texts[e.Action], body, t.Texts[row.Path], c.Device, c.Country, ts}
	return nil
}

func (r *customRow) cells(into []string) []string {
	return append(into, r.Timestamp, r.Type, r.Name, string(r.Data), r.Path, r.Device, r.Country)
}

func count(n int64) string { return strconv.FormatInt(n, 10) }
