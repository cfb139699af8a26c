package api

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/ztas-io/ztas/analytics"
)

// The page of GET /public/…: rendered here, so that it works without a script, and without anything else than this one answer.

//go:embed pages/public.html pages/public.css
var publicFiles embed.FS

var publicTemplate = template.Must(template.New("public.html").Funcs(template.FuncMap{
	"number":   humanize.Comma,
	"duration": minutes,
	"period":   func(p string) string { return periodNames[p] },
}).ParseFS(publicFiles, "pages/public.html"))

// publicStyle stands in the page; the policy names it by its hash.
var publicStyle, publicPolicy = func() (template.CSS, string) {
	css, err := publicFiles.ReadFile("pages/public.css")
	if err != nil {
		panic(fmt.Errorf("api: the style of the public page: %w", err)) // a broken binary
	}
	sum := sha256.Sum256(css)
	return template.CSS(css), "default-src 'none'; img-src 'self'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

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

// publicPageData is what the page shows; Report is nil when there is only a problem to tell.
type publicPageData struct {
	Title   string
	Style   template.CSS
	Report  *publicReport
	Zone    string
	Bars    []publicBar
	Lists   []publicList
	Problem string
}

// publicBar is a day in the chart, whose height is 100.
type publicBar struct{ X, Y, Height int64 }

type publicList struct {
	Title, Key, Count string
	Rows              []publicRow
}

type publicRow struct {
	Name      string
	Count     int64
	Estimated bool
}

// publicPage serves GET /public/:token and GET /public/:siteId.
func (s *Server) publicPage(x *exchange) (action, error) {
	q := publicQuestion{period: x.c.Query("period")}
	if name := x.c.Param("token"); strings.HasPrefix(name, "share_") {
		q.token = name
	} else {
		q.siteID = analytics.SiteID(name)
	}
	return func() error {
		err := q.check()
		var report *publicReport
		if err == nil {
			report, err = s.publicReport(x.c.Request.Context(), &q)
		}
		if err != nil {
			p := s.problemOf(x.c, err)
			return showPublic(x, p.Status, &publicPageData{Title: http.StatusText(p.Status), Problem: p.Message})
		}
		site, _, err := s.publicView(&q)
		if err != nil { // revoked a moment ago
			return errShareLink
		}
		x.c.Header("Cache-Control", publicCache)
		return showPublic(x, http.StatusOK, &publicPageData{
			Title: report.Site.Name, Report: report, Zone: site.Timezone, Bars: publicBars(report.Daily), Lists: publicLists(report),
		})
	}, nil
}

func showPublic(x *exchange, status int, page *publicPageData) error {
	page.Style = publicStyle
	var b bytes.Buffer
	if err := publicTemplate.Execute(&b, page); err != nil {
		return fmt.Errorf("render the public page: %w", err)
	}
	h := x.c.Writer.Header()
	h.Set("Content-Security-Policy", publicPolicy)
	h.Set("X-Robots-Tag", "noindex")
	if h.Get("Cache-Control") == "" {
		h.Set("Cache-Control", "no-store")
	}
	x.c.Data(status, "text/html; charset=utf-8", b.Bytes())
	return nil
}

func publicBars(days []publicDay) []publicBar {
	most := int64(1)
	for _, d := range days {
		most = max(most, d.UniqueVisitors)
	}
	bars := make([]publicBar, len(days))
	for i, d := range days {
		height := (d.UniqueVisitors*100 + most - 1) / most
		bars[i] = publicBar{int64(i), 100 - height, height}
	}
	return bars
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
