package api

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

// publicReport is the data of GET /api/public/stats. Its counts are visits unless they say otherwise.
type publicReport struct {
	Site               publicSite       `json:"site"`
	Period             string           `json:"period"`
	AllowedPeriods     []string         `json:"allowedPeriods"`
	UniqueVisitors     int64            `json:"uniqueVisitors"`
	Pageviews          int64            `json:"pageviews"`
	BounceRate         float64          `json:"bounceRate"`
	AvgSessionDuration int64            `json:"avgSessionDuration"` // s
	Pages              []publicPath     `json:"pages"`
	Referrers          []publicReferrer `json:"referrers"`
	Devices            []publicDevice   `json:"devices"`
	Browsers           []publicBrowser  `json:"browsers"`
	Countries          []publicCountry  `json:"countries"`
	Daily              []publicDay      `json:"daily"`
}

type publicSite struct {
	Domain string `json:"domain"`
	Name   string `json:"name"`
}

type publicPath struct {
	Path           string `json:"path"`
	Pageviews      int64  `json:"pageviews"`
	UniqueVisitors int64  `json:"uniqueVisitors"`
	Estimated      bool   `json:"estimated,omitempty"`
}

type publicReferrer struct {
	Source    string `json:"source"`
	Visits    int64  `json:"visits"`
	Estimated bool   `json:"estimated,omitempty"`
}

type publicDevice struct {
	Type  string `json:"type"`
	Count int64  `json:"count"`
}

type publicBrowser struct {
	Name      string `json:"name"`
	Count     int64  `json:"count"`
	Estimated bool   `json:"estimated,omitempty"`
}

type publicCountry struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	Count     int64  `json:"count"`
	Estimated bool   `json:"estimated,omitempty"`
}

type publicDay struct {
	Date           string `json:"date"`
	Pageviews      int64  `json:"pageviews"`
	UniqueVisitors int64  `json:"uniqueVisitors"`
}

// publicQuestion is what a visitor without an account asks for.
type publicQuestion struct {
	token  string           // of a share; wins over siteID
	siteID analytics.SiteID // of a public site
	period string           // "": the default
}

// publicCache lets caches keep an answer: it may be five minutes old, the one exception from the contract's freshness.
const publicCache = "public, max-age=300"

var (
	errShareToken     = invalid("Share token required")
	errShareLink      = notFound("Invalid or expired share link")
	errSharePeriod    = forbidden("Period not allowed for this share")
	publicLimit       = "10" // rows of each list
	defaultPublicSpan = "7d"
)

// check looks at the parameters alone.
func (q *publicQuestion) check() error {
	switch {
	case q.token == "" && q.siteID == "":
		return errShareToken
	case q.period != "" && !slices.Contains(sharePeriods, q.period):
		return errPeriod
	}
	return nil
}

// publicStats serves GET /api/public/stats.
func (s *Server) publicStats(x *exchange) (action, error) {
	q := publicQuestion{x.c.Query("token"), analytics.SiteID(x.c.Query("siteId")), x.c.Query("period")}
	if err := q.check(); err != nil {
		return nil, err
	}
	return func() error {
		answer, err := s.publicReport(x.c.Request.Context(), &q)
		if err != nil {
			return err
		}
		x.c.Header("Cache-Control", publicCache)
		data(x.c, http.StatusOK, answer)
		return nil
	}, nil
}

// publicReport answers a question whose parameters are good.
func (s *Server) publicReport(ctx context.Context, q *publicQuestion) (*publicReport, error) {
	site, periods, err := s.publicView(q)
	if err != nil {
		return nil, err
	}
	period := q.period
	switch {
	case period == "" && slices.Contains(periods, defaultPublicSpan):
		period = defaultPublicSpan
	case period == "":
		period = periods[0]
	case !slices.Contains(periods, period):
		return nil, errSharePeriod
	}
	zone, err := analytics.LoadZone(site.Timezone)
	if err != nil {
		return nil, err
	}
	params := analytics.StatsParams{Period: period, Interval: string(analytics.Daily), Limit: publicLimit}
	ask, err := params.Resolve(zone, s.now().UnixMilli())
	if err != nil {
		return nil, err
	}
	stats, err := s.deps.Reader.Stats(ctx, site.ID, ask)
	if err != nil {
		return nil, err
	}
	answer := publicOf(stats)
	answer.Site, answer.Period, answer.AllowedPeriods = publicSite{site.Domain, site.Name}, period, periods
	return answer, nil
}

// publicView finds the site that a question may see, and for which periods.
func (s *Server) publicView(q *publicQuestion) (*analytics.Site, []string, error) {
	if q.token == "" {
		site, ok := s.sites.Site(q.siteID)
		if !ok || !site.Public {
			return nil, nil, errShareLink
		}
		return site, sharePeriods, nil
	}
	share, ok := s.deps.Catalog.shares.byToken(q.token)
	if !ok || share.expired(s.now()) {
		return nil, nil, errShareLink
	}
	site, ok := s.sites.Site(share.Site)
	if !ok {
		return nil, nil, errShareLink
	}
	return site, share.AllowedPeriods, nil
}

// publicOf says what a report of GET /api/stats says, as the public sees it.
func publicOf(r *analytics.StatsReport) *publicReport {
	p := &publicReport{
		UniqueVisitors: r.Summary.UniqueVisitors, Pageviews: r.Summary.Pageviews, BounceRate: r.Summary.BounceRate,
		AvgSessionDuration: r.Summary.AvgSessionDuration,
		Pages:              []publicPath{}, Referrers: []publicReferrer{}, Devices: []publicDevice{}, Browsers: []publicBrowser{},
		Countries: []publicCountry{}, Daily: []publicDay{},
	}
	for _, row := range r.TopPages {
		p.Pages = append(p.Pages, publicPath(row))
	}
	for _, row := range r.TopReferrers {
		p.Referrers = append(p.Referrers, publicReferrer{row.Domain, row.Visits, row.Estimated})
	}
	for _, d := range []publicDevice{
		{"desktop", r.DeviceVisits.Desktop}, {"mobile", r.DeviceVisits.Mobile}, {"tablet", r.DeviceVisits.Tablet},
	} {
		if d.Count > 0 {
			p.Devices = append(p.Devices, d)
		}
	}
	slices.SortStableFunc(p.Devices, func(a, b publicDevice) int { return cmp.Compare(b.Count, a.Count) })
	for _, row := range r.Browsers {
		p.Browsers = append(p.Browsers, publicBrowser{row.Name, row.Visits, row.Estimated})
	}
	for _, row := range r.Countries {
		p.Countries = append(p.Countries, publicCountry{row.Code, row.Name, row.Visits, row.Estimated})
	}
	for _, row := range r.Timeseries {
		p.Daily = append(p.Daily, publicDay{row.Date, row.Pageviews, row.UniqueVisitors})
	}
	return p
}
