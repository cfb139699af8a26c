package analytics

import "strconv"

// StatsParams are the query parameters of GET /api/stats and of the topic stats, as sent; "" is absent.
type StatsParams struct{ Period, StartDate, EndDate, Interval, Limit string }

// StatsQuery is a resolved question.
type StatsQuery struct {
	Range Range
	Limit int // rows of each top list, 1 to 100
}

// Resolve checks the parameters at the time now (UTC ms) and applies the defaults of stats.md. Errors are Invalid.
func (p StatsParams) Resolve(zone Zone, now int64) (StatsQuery, error) {
	r, err := ResolveRange(p.Period, p.StartDate, p.EndDate, "7d", zone, now)
	if err != nil {
		return StatsQuery{}, err
	}
	if r, err = r.withInterval(p.Interval); err != nil {
		return StatsQuery{}, err
	}
	q := StatsQuery{Range: r, Limit: 10}
	if p.Limit != "" {
		n, err := strconv.Atoi(p.Limit)
		if err != nil || n < 1 || n > 100 {
			return StatsQuery{}, Invalid("Limit must be between 1 and 100")
		}
		q.Limit = n
	}
	return q, nil
}

// StatsReport is the data of GET /api/stats and the state of topic stats.
type StatsReport struct {
	Range            RangeReport    `json:"range"`
	Summary          Summary        `json:"summary"`
	Timeseries       []Bucket       `json:"timeseries"`
	TopPages         []PageRow      `json:"topPages"`
	TopReferrers     []ReferrerRow  `json:"topReferrers"`
	Devices          Devices        `json:"devices"`
	Browsers         []ShareRow     `json:"browsers"`
	OperatingSystems []ShareRow     `json:"operatingSystems"`
	Countries        []CountryRow   `json:"countries"`
	TrafficSources   TrafficSources `json:"trafficSources"`
	Filtered         FilteredReport `json:"filtered"`
	DeviceVisits     DeviceVisits   `json:"-"` // what Devices are percentages of
	LastPageview     int64          `json:"-"` // UTC ms of the latest pageview of all time; 0: none
	Estimated        bool           `json:"estimated,omitempty"`
}

// RangeReport says which time an answer covers.
type RangeReport struct {
	Start    string   `json:"start"` // RFC 3339 UTC with milliseconds
	End      string   `json:"end"`
	Timezone string   `json:"timezone"`
	Interval Interval `json:"interval"`
}

// Summary holds M1 to M6 of metrics.md.
type Summary struct {
	Pageviews          int64   `json:"pageviews"`
	UniqueVisitors     int64   `json:"uniqueVisitors"`
	Sessions           int64   `json:"sessions"`
	BounceRate         float64 `json:"bounceRate"`         // percent
	AvgSessionDuration int64   `json:"avgSessionDuration"` // s
	AvgTimeOnPage      int64   `json:"avgTimeOnPage"`      // s
}

// Bucket is one point of the time series.
type Bucket struct {
	Date           string `json:"date"` // YYYY-MM-DD, or the RFC 3339 start of the hour with the zone's offset
	Pageviews      int64  `json:"pageviews"`
	UniqueVisitors int64  `json:"uniqueVisitors"`
	Sessions       int64  `json:"sessions"`
}

// PageRow is one page of topPages.
type PageRow struct {
	Path           string `json:"path"`
	Pageviews      int64  `json:"pageviews"`
	UniqueVisitors int64  `json:"uniqueVisitors"`
	Estimated      bool   `json:"estimated,omitempty"`
}

// ReferrerRow is one referring host; "(direct)" is none.
type ReferrerRow struct {
	Domain    string `json:"domain"`
	Visits    int64  `json:"visits"`
	Estimated bool   `json:"estimated,omitempty"`
}

// ShareRow is a browser or a system and its share of the sessions.
type ShareRow struct {
	Name       string  `json:"name"`
	Visits     int64   `json:"visits"`
	Percentage float64 `json:"percentage"`
	Estimated  bool    `json:"estimated,omitempty"`
}

// CountryRow is a country by its ISO 3166-1 code; "ZZ" is unknown.
type CountryRow struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	Visits    int64  `json:"visits"`
	Estimated bool   `json:"estimated,omitempty"`
}

// Devices are percentages of sessions.
type Devices struct {
	Desktop float64 `json:"desktop"`
	Mobile  float64 `json:"mobile"`
	Tablet  float64 `json:"tablet"`
}

// DeviceVisits are sessions by device.
type DeviceVisits struct{ Desktop, Mobile, Tablet int64 }

// TrafficSources are percentages of sessions by channel.
type TrafficSources struct {
	Direct   float64 `json:"direct"`
	Organic  float64 `json:"organic"`
	Referral float64 `json:"referral"`
	Social   float64 `json:"social"`
	Paid     float64 `json:"paid"`
	Email    float64 `json:"email"`
	AI       float64 `json:"ai"`
}

// FilteredReport counts ignored hits by reason.
type FilteredReport struct {
	Bot         FilteredBots `json:"bot"`
	OptOut      int64        `json:"optOut"`
	Path        int64        `json:"path"`
	HeatmapsOff int64        `json:"heatmapsOff"`
	Prefetch    int64        `json:"prefetch"`
}

// FilteredBots counts ignored bots by category.
type FilteredBots struct {
	Total  int64 `json:"total"`
	Search int64 `json:"search"`
	AI     int64 `json:"ai"`
	Other  int64 `json:"other"`
}

// RealtimeReport is the data of GET /api/realtime and the state of topic realtime. The last three members are nil without detail.
type RealtimeReport struct {
	ActiveVisitors     int64            `json:"activeVisitors"`
	PageviewsLast5Min  int64            `json:"pageviewsLast5Min"`
	PageBreakdown      map[string]int64 `json:"pageBreakdown"`
	RecentPageviews    []RecentPageview `json:"recentPageviews"`
	VisitorsPerMinute  []MinuteVisitors `json:"visitorsPerMinute"`
	Timestamp          string           `json:"timestamp"` // RFC 3339 UTC with milliseconds
	SourceBreakdown    map[string]int64 `json:"sourceBreakdown,omitzero"`
	CountryBreakdown   map[string]int64 `json:"countryBreakdown,omitzero"`
	PageviewsPerMinute []MinuteViews    `json:"pageviewsPerMinute,omitzero"`
}

// RecentPageview is one of the latest pageviews.
type RecentPageview struct {
	Page      string `json:"page"`
	Timestamp string `json:"timestamp"`
	Country   string `json:"country"`
}

// MinuteVisitors counts distinct visitors of a clock minute, "15:04" in the site's zone.
type MinuteVisitors struct {
	Minute   string `json:"minute"`
	Visitors int64  `json:"visitors"`
}

// MinuteViews counts pageviews of a clock minute.
type MinuteViews struct {
	Minute    string `json:"minute"`
	Pageviews int64  `json:"pageviews"`
}
