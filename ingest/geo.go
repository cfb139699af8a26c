package ingest

import (
	"net/netip"
	"strings"

	"github.com/phuslu/iploc"
)

// place is a country (ISO 3166-1 alpha-2) and a region (ISO 3166-2); "ZZ" and "" when unknown.
type place struct{ country, region string }

var nowhere = place{country: "ZZ"}

// Geo tells where an address is: by the operator's own database if there is one, else by the built-in table of countries. Safe for concurrent
// use.
type Geo struct {
	database *GeoDatabase // nil: none
}

// NewGeo makes a Geo; database may be nil.
func NewGeo(database *GeoDatabase) *Geo { return &Geo{database} }

// locate finds the place of an address in text form.
func (g *Geo) locate(ip string) place {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return nowhere
	}
	addr = addr.Unmap()
	if g.database != nil {
		if p, ok := g.database.locate(addr); ok {
			return p
		}
	}
	// The built-in table has global addresses only, and IPv6 from 2000:: on.
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || addr.Is6() && addr.As16()[0]>>5 != 1 {
		return nowhere
	}
	return place{country: countryCode(iploc.IPCountry(addr))}
}

// regionCode is a region's code with its country in front, "" for what is none.
func regionCode(country, region string) string {
	region = strings.ToUpper(strings.TrimSpace(region))
	region = strings.TrimPrefix(region, country+"-")
	if country == nowhere.country || len(region) < 1 || len(region) > 3 {
		return ""
	}
	for i := 0; i < len(region); i++ {
		if !letters[region[i]] {
			return ""
		}
	}
	return country + "-" + region
}

// deriveGeo gives the event its place: the trusted headers win, where they name a country. They tell where the request came from, not whom a
// context names.
func (r *Run) deriveGeo() *verdict {
	from := r.from
	if !from.hasPlace {
		from.place = nowhere
		if from == &r.direct {
			country := countryCode(strings.TrimSpace(r.request.Country))
			from.place = place{country, regionCode(country, r.request.Region)}
		}
		if from.place.country == nowhere.country {
			from.place = r.pipeline.geo.locate(from.ip)
		}
		from.hasPlace = true
	}
	r.event.Country, r.event.Region = from.place.country, from.place.region
	return nil
}
