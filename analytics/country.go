package analytics

import (
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// CountryName is the English name of an ISO 3166-1 code; "Unknown" for "ZZ" and "Other" for the rest of a capped list.
func CountryName(code string) string {
	switch code {
	case "ZZ":
		return "Unknown"
	case OtherValue:
		return "Other"
	}
	region, err := language.ParseRegion(code)
	if err != nil {
		return code
	}
	if name := display.English.Regions().Name(region); name != "" {
		return name
	}
	return code
}
