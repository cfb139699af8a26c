package ingest

// Agent tells browser and system of a user agent by the tables, "" for what it does not know.
func Agent(userAgent string) (browser, system string) {
	a := parseUserAgent(cutBytes(userAgent, maxUserAgent))
	if a.browser != other {
		browser = a.browser
	}
	if a.os != other {
		system = a.os
	}
	return browser, system
}
