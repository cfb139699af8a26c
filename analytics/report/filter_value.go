package report

import "github.com/ztas-io/ztas/analytics"

// How empty values are shown and filtered.
const (
	noValue    = "(none)"
	noReferrer = "(direct)"
	noCountry  = "ZZ"
)

// clientValues are the properties of a session that its entry's client gives, as they are shown and filtered.
var clientValues = map[string]func(*analytics.Client) string{
	"country":         func(c *analytics.Client) string { return shownAs(c.Country, noCountry) },
	"region":          func(c *analytics.Client) string { return shown(c.Region) },
	"device":          func(c *analytics.Client) string { return shown(c.Device) },
	"browser":         func(c *analytics.Client) string { return shown(c.Browser) },
	"browser_version": func(c *analytics.Client) string { return shownVersion(c.Browser, c.BrowserVersion) },
	"os":              func(c *analytics.Client) string { return shown(c.OS) },
	"os_version":      func(c *analytics.Client) string { return shownVersion(c.OS, c.OSVersion) },
}

// originValues are the properties of a session that its entry's origin gives, as they are shown and filtered.
var originValues = map[string]func(analytics.Origin) string{
	"source":       func(o analytics.Origin) string { return shown(o.Source) },
	"channel":      func(o analytics.Origin) string { return shown(o.Channel) },
	"referrer":     func(o analytics.Origin) string { return shownAs(o.Referrer, noReferrer) },
	"utm_source":   func(o analytics.Origin) string { return shown(o.UTM.Source) },
	"utm_medium":   func(o analytics.Origin) string { return shown(o.UTM.Medium) },
	"utm_campaign": func(o analytics.Origin) string { return shown(o.UTM.Campaign) },
	"utm_term":     func(o analytics.Origin) string { return shown(o.UTM.Term) },
	"utm_content":  func(o analytics.Origin) string { return shown(o.UTM.Content) },
}

// shown is how a text is shown and filtered.
func shown(text string) string { return shownAs(text, noValue) }

func shownAs(text, empty string) string {
	if text == "" {
		return empty
	}
	return text
}

// shownVersion reads "Chrome 142", the name alone where the version is unknown.
func shownVersion(name, version string) string {
	if name == "" || version == "" {
		return shown(name)
	}
	return name + " " + version
}
