package ingest

import (
	"net/url"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// clickIDs are the parameters that ad networks add to links.
var clickIDs = map[string]bool{
	"gclid": true, "gbraid": true, "wbraid": true, "dclid": true, "msclkid": true, "yclid": true, "ttclid": true, "twclid": true, "li_fat_id": true,
}

// isClickID tells whether a parameter is one of clickIDs, whatever its case.
func isClickID(name string) bool {
	return len(name) >= 5 && len(name) <= 9 && (clickIDs[name] || clickIDs[strings.ToLower(name)])
}

// readURL splits the url field: its path, campaign parameters and ad parameters stand in for the fields that were not sent.
func (r *Run) readURL() *verdict {
	if r.hit.URL == "" {
		return nil
	}
	link := plainText(r.hit.URL, analytics.MaxURL)
	scheme, rest, ok := strings.Cut(link, "://")
	if !ok || !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https") {
		return rejected("url must be an absolute http(s) URL")
	}
	host := rest
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		host, r.linkPath = rest[:end], rest[end:]
	}
	if host == "" {
		return rejected("url must be an absolute http(s) URL")
	}
	page, _, _ := strings.Cut(r.linkPath, "#")
	_, query, _ := strings.Cut(page, "?")
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		r.readParameter(pair)
	}
	return nil
}

func (r *Run) readParameter(pair string) {
	name, value, _ := strings.Cut(pair, "=")
	if isClickID(name) {
		r.paidClick = true
		return
	}
	if !strings.HasPrefix(name, "utm_") {
		return
	}
	if text, err := url.QueryUnescape(value); err == nil {
		value = text
	}
	u := &r.linkUTM
	switch name {
	case "utm_source":
		u.Source = value
	case "utm_medium":
		u.Medium = value
	case "utm_campaign":
		u.Campaign = value
	case "utm_term":
		u.Term = value
	case "utm_content":
		u.Content = value
	}
}

// readCampaign takes over the campaign parameters of a pageview; those that were sent explicitly win over those of the url.
func (r *Run) readCampaign() *verdict {
	set := func(into *string, sent, linked string) {
		if sent == "" {
			sent = linked
		}
		if sent != "" {
			*into = safeText(sent, analytics.MaxUTM)
		}
	}
	u, sent, linked := &r.event.UTM, &r.hit.UTM, &r.linkUTM
	set(&u.Source, sent.Source, linked.Source)
	set(&u.Medium, sent.Medium, linked.Medium)
	set(&u.Campaign, sent.Campaign, linked.Campaign)
	set(&u.Term, sent.Term, linked.Term)
	set(&u.Content, sent.Content, linked.Content)
	return nil
}
