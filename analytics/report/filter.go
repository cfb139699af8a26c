package report

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ztas-io/ztas/analytics"
)

// The bounds of a filter text, in Unicode code points where they count text.
const (
	maxFilters    = 10
	maxFilterText = 2000
	maxFilterRE2  = 512
)

// Filters choose sessions, and of their rows those of the filtered table (extended.md, Query API). The zero value chooses everything.
// Filters are immutable.
type Filters struct {
	clauses []clause
	key     string
}

// clause is one filter, property and value.
type clause struct {
	on      string // the property; "prop" with prop:KEY
	propKey string
	negated bool                    // "!=" or "!~"
	match   func(value string) bool // compares the value as it is shown, without the negation
	goals   []*analytics.Goal       // on goal: those that match names
	key     string
}

// ParseFilters reads a filter text (extended.md, Filters); "" gives the empty filters. goals are those of the site: a filter on goal means those
// of them whose ids it matches, so one that names no goal of the site is one without completions.
//
// Errors: analytics.Invalid("Invalid filter: <text>") with the first filter that is wrong, as it was written; with the whole text when that is
// too long, has too many filters or an empty one.
func ParseFilters(text string, goals []*analytics.Goal) (Filters, error) {
	if text == "" {
		return Filters{}, nil
	}
	parts := splitFilters(text)
	if utf8.RuneCountInString(text) > maxFilterText || len(parts) > maxFilters || slices.Contains(parts, "") {
		return Filters{}, invalidFilter(text)
	}
	var f Filters
	for _, part := range parts {
		c, ok := parseClause(part, goals)
		if !ok {
			return Filters{}, invalidFilter(part)
		}
		f.clauses = append(f.clauses, c)
	}
	f.key = filterKey(f.clauses)
	return f, nil
}

func invalidFilter(text string) error { return analytics.Invalid("Invalid filter: " + text) }

// Empty tells whether there is no filter.
func (f Filters) Empty() bool { return len(f.clauses) == 0 }

// Key is equal for filters that choose the same, though not for all of them: their order and repetitions do not matter. It contains how the
// goals match that the filters depend on. The empty filters' is "".
func (f Filters) Key() string { return f.key }

// filterKey joins what the clauses say; every part is quoted, so different clauses never read the same.
func filterKey(clauses []clause) string {
	keys := make([]string, len(clauses))
	for i := range clauses {
		keys[i] = clauses[i].key
		for _, g := range clauses[i].goals {
			keys[i] += filterGoalKey(g)
		}
	}
	slices.Sort(keys)
	return strings.Join(slices.Compact(keys), ";")
}

// filterGoalKey says how a goal matches: goals with equal keys are completed by the same rows.
func filterGoalKey(g *analytics.Goal) string {
	parts := []string{
		g.ID, string(g.Type), string(g.MatchType), g.Path, g.EventAction, g.EventCategory, g.EventLabel,
		strconv.FormatInt(g.DurationSeconds, 10), strconv.FormatInt(g.TrackedSince, 10),
	}
	for i := range parts {
		parts[i] = strconv.Quote(parts[i])
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// parseClause reads one filter: property, operator, value.
func parseClause(text string, goals []*analytics.Goal) (c clause, ok bool) {
	at := operatorAt(text)
	if at <= 0 || at+2 == len(text) {
		return c, false
	}
	property, operator, value := unescape(text[:at]), text[at:at+2], text[at+2:]
	if c.on, c.propKey, ok = filterProperty(property); !ok {
		return c, false
	}
	c.negated = operator[0] == '!'
	if operator[1] == '~' {
		value = unescapeOnly(value, ";")
		re, err := regexp.Compile(value)
		if err != nil || utf8.RuneCountInString(value) > maxFilterRE2 {
			return c, false
		}
		c.match = re.MatchString
	} else {
		c.match = parsePattern(value).match
	}
	c.key = strconv.Quote(property) + operator + strconv.Quote(value)
	if c.on == "goal" {
		c.goals = matchingGoals(goals, c.match)
	}
	return c, true
}

// matchingGoals are the goals that a clause means, by id.
func matchingGoals(goals []*analytics.Goal, match func(id string) bool) []*analytics.Goal {
	var list []*analytics.Goal
	for _, g := range goals {
		if match(g.ID) {
			list = append(list, g)
		}
	}
	slices.SortFunc(list, func(a, b *analytics.Goal) int { return strings.Compare(a.ID, b.ID) })
	return list
}

// filterProperty tells what a filter can be on; propKey is KEY of prop:KEY, one that events can have.
func filterProperty(name string) (on, propKey string, ok bool) {
	if key, isKey := queryKey(name); isKey {
		return "prop", key, true
	}
	switch name {
	case "page", "event", "goal", "entry_page", "exit_page":
		return name, "", true
	}
	return name, "", clientValues[name] != nil || originValues[name] != nil
}
