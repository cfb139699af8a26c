package report

import "github.com/ztas-io/ztas/analytics"

// ParseFilterParam reads filters as a request or a subscription sends them: trimmed and without control characters (README §1). Errors are
// those of ParseFilters.
func ParseFilterParam(text string, goals []*analytics.Goal) (Filters, error) {
	return ParseFilters(cleanParam(text), goals)
}
