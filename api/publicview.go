package api

import (
	_ "embed" // the style
	"fmt"
	"strconv"

	"github.com/dustin/go-humanize"

	m "github.com/ztas-io/ztas/api/markup"
)

// publicStyle is the style of the page of GET /public/…, which works without a script, and without anything else than its one answer and the icon.
//
//go:embed pages/public.css
var publicStyle string

var periodNames = map[string]string{
	"24h": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days", "90d": "Last 90 days", "365d": "Last 365 days",
}

// minutes writes seconds as people say them.
func minutes(seconds int64) string {
	if seconds < 60 {
		return strconv.FormatInt(seconds, 10) + " s"
	}
	return fmt.Sprintf("%d min %d s", seconds/60, seconds%60)
}

// publicPageOf is a page with this in its middle.
func publicPageOf(title string, main ...m.Node) *m.Page {
	return &m.Page{
		Title: title, Style: m.Style(publicStyle),
		Head: m.Group{
			m.El("meta", m.Attr("name", "robots"), m.Attr("content", "noindex")),
			m.El("link", m.Attr("rel", "icon"), m.Attr("href", "/favicon.svg"), m.Attr("type", "image/svg+xml")),
		},
		Body: m.Group{m.El("main", main...)},
	}
}

// problemPage says why there is nothing to see.
func problemPage(title, problem string) *m.Page {
	return publicPageOf(title, m.El("h1", m.Text(title)), m.El("p", m.Text(problem)))
}

// page shows the report; its days are those of zone.
func (r *publicReport) page(zone string) *m.Page {
	return publicPageOf(r.Site.Name,
		m.El("h1", m.El("bdi", m.Text(r.Site.Name))),
		m.When(r.Site.Name != r.Site.Domain, m.El("p", m.Text(r.Site.Domain))),
		r.periods(),
		m.El("dl",
			figure("Visitors", humanize.Comma(r.UniqueVisitors)),
			figure("Pageviews", humanize.Comma(r.Pageviews)),
			figure("Bounce rate", fmt.Sprint(r.BounceRate)+" %"),
			figure("Visit duration", minutes(r.AvgSessionDuration))),
		r.chart(),
		m.El("div", m.Attr("class", "lists"), m.Each(publicLists(r), publicList.table)),
		m.El("p", m.Text("Days are those of "+zone+". The numbers may be five minutes old.")))
}

func (r *publicReport) periods() m.Node {
	return m.El("nav", m.Attr("aria-label", "Period"), m.Each(r.AllowedPeriods, func(period string) m.Node {
		parts := []m.Node{m.Attr("href", "?period="+period), m.Text(periodNames[period])}
		if period == r.Period {
			parts = append(parts, m.Attr("aria-current", "page"))
		}
		return m.El("a", parts...)
	}))
}

func figure(name, value string) m.Node {
	return m.El("div", m.El("dt", m.Text(name)), m.El("dd", m.Text(value)))
}

// chart draws the visitors of each day, in words too.
func (r *publicReport) chart() m.Node {
	if r.Pageviews == 0 {
		return m.El("section", m.Attr("class", "card"), m.El("h2", m.Text("Visitors by day")), m.El("p", m.Text("Nobody visited in this time.")))
	}
	return m.El("section", m.Attr("class", "card"),
		m.El("h2", m.Text("Visitors by day")),
		m.El("svg", m.Attr("viewBox", fmt.Sprintf("0 0 %d 100", len(r.Daily))), m.Attr("preserveAspectRatio", "none"), m.Attr("aria-hidden", "true"),
			publicBars(r.Daily)),
		m.El("details", m.Attr("class", "days"), m.El("summary", m.Text("As a table")),
			m.El("table", headings("Day", "Visitors", "Pageviews"), m.El("tbody", m.Each(r.Daily, func(d publicDay) m.Node {
				return cells(d.Date, humanize.Comma(d.UniqueVisitors), humanize.Comma(d.Pageviews))
			})))))
}

// publicBars are the days in a chart whose height is 100.
func publicBars(days []publicDay) m.Node {
	most := int64(1)
	for _, d := range days {
		most = max(most, d.UniqueVisitors)
	}
	bars := make(m.Group, len(days))
	for i, d := range days {
		height := (d.UniqueVisitors*100 + most - 1) / most
		bars[i] = m.El("rect", m.Attr("x", fmt.Sprintf("%d.1", i)), m.Attr("y", fmt.Sprint(100-height)),
			m.Attr("width", "0.8"), m.Attr("height", fmt.Sprint(height)))
	}
	return bars
}

// publicList is one of the lists below the chart.
type publicList struct {
	Title, Key, Count string
	Rows              []publicRow
}

type publicRow struct {
	Name      string
	Count     int64
	Estimated bool
}

// table shows the list; one without rows is left out.
func (l publicList) table() m.Node {
	if len(l.Rows) == 0 {
		return m.Group(nil)
	}
	return m.El("section", m.Attr("class", "card"),
		m.El("table", m.El("caption", m.Text(l.Title)), headings(l.Key, l.Count), m.El("tbody", m.Each(l.Rows, func(r publicRow) m.Node {
			count := humanize.Comma(r.Count)
			if r.Estimated {
				count = "~" + count
			}
			return cells(r.Name, count)
		}))))
}

func headings(names ...string) m.Node {
	return m.El("thead", m.El("tr", m.Each(names, func(name string) m.Node { return m.El("th", m.Attr("scope", "col"), m.Text(name)) })))
}

func cells(texts ...string) m.Node {
	return m.El("tr", m.Each(texts, func(text string) m.Node { return m.El("td", m.Text(text)) }))
}

func publicLists(r *publicReport) []publicList {
	pages := publicList{"Pages", "Path", "Pageviews", nil}
	for _, p := range r.Pages {
		pages.Rows = append(pages.Rows, publicRow{p.Path, p.Pageviews, p.Estimated})
	}
	referrers := publicList{"Referrers", "Source", "Visits", nil}
	for _, p := range r.Referrers {
		referrers.Rows = append(referrers.Rows, publicRow{p.Source, p.Visits, p.Estimated})
	}
	countries := publicList{"Countries", "Country", "Visits", nil}
	for _, c := range r.Countries {
		countries.Rows = append(countries.Rows, publicRow{c.Name, c.Count, c.Estimated})
	}
	devices := publicList{"Devices", "Device", "Visits", nil}
	for _, d := range r.Devices {
		devices.Rows = append(devices.Rows, publicRow{d.Type, d.Count, false})
	}
	browsers := publicList{"Browsers", "Browser", "Visits", nil}
	for _, b := range r.Browsers {
		browsers.Rows = append(browsers.Rows, publicRow(b))
	}
	return []publicList{pages, referrers, countries, devices, browsers}
}
