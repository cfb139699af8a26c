package report

import (
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// grouping says which rows a query has.
type grouping uint8

const (
	byTime      grouping = iota // one a bucket of the interval, or a single one
	bySession                   // by an attribute of the session
	byPage                      // by path
	byEvent                     // custom events by action
	byKeys                      // custom events by each property key
	byKey                       // custom events by the value of one property
	byGoal                      // completions
	groupings                   // their number
	ofEventRows = 1<<byEvent | 1<<byKeys | 1<<byKey
)

// queryProperty is a property of the Query API. The zero value is none.
type queryProperty struct {
	name string // as it is asked for
	by   grouping
	key  string // of prop:KEY
}

const propPrefix = "prop:"

// parseQueryProperty finds a property by its name. ok is false for an unknown one.
func parseQueryProperty(name string) (p queryProperty, ok bool) {
	switch name {
	case "":
		return p, true
	case "page":
		return queryProperty{name: name, by: byPage}, true
	case "event":
		return queryProperty{name: name, by: byEvent}, true
	case "prop_key":
		return queryProperty{name: name, by: byKeys}, true
	case "goal":
		return queryProperty{name: name, by: byGoal}, true
	case "entry_page", "exit_page":
		return queryProperty{name: name, by: bySession}, true
	}
	if clientValues[name] != nil || originValues[name] != nil {
		return queryProperty{name: name, by: bySession}, true
	}
	key, ok := queryKey(name)
	return queryProperty{name: name, by: byKey, key: key}, ok
}

// queryKey reads prop:KEY.
func queryKey(text string) (key string, ok bool) {
	key, ok = strings.CutPrefix(text, propPrefix)
	if !ok || key == "" || len(key) > analytics.MaxPropertyKey {
		return "", false
	}
	for i := range len(key) {
		if c := key[i]; !isWord(c) && c != '_' && c != '.' && c != '-' {
			return "", false
		}
	}
	return key, true
}

// isWord tells whether a byte is an ASCII letter or digit.
func isWord(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' }

// member is what the property is called in a row.
func (p queryProperty) member() string {
	if p.by == byKey {
		return "value"
	}
	return p.name
}
