package report

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ztas-io/ztas/analytics"
)

// FuzzFilters reads any text: it is refused with the contract's message or means the same when read again, and a pattern agrees with the
// regular expression that it stands for.
func FuzzFilters(f *testing.F) {
	for _, text := range []string{
		"", "device==mobile", `page==/a*|\*b;event!=x\;y`, `page=~^/\d+\;$`, "prop:plan!~(", ";", `page==a\\;os==b\`, "page==a*b*a|**|", "goal==*",
	} {
		f.Add(text, "/a/b")
	}
	goals := []*analytics.Goal{{ID: "goal_a", Type: analytics.EventGoal, EventAction: "x"}}
	f.Fuzz(func(t *testing.T, text, value string) {
		filters, err := ParseFilters(text, goals)
		if err != nil {
			if echo, ok := strings.CutPrefix(err.Error(), "Invalid filter: "); !ok || !strings.Contains(text, echo) {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		again, err := ParseFilters(text, goals)
		if err != nil || again.Key() != filters.Key() || filters.Empty() != (text == "") {
			t.Fatalf("%q is not read alike", text)
		}
		for i, part := range splitFilters(text) {
			at := operatorAt(part)
			if at < 0 || part[at+1] == '~' || !utf8.ValidString(part) || !utf8.ValidString(value) {
				continue
			}
			if want := patternRegexp(part[at+2:]).MatchString(value); filters.clauses[i].match(value) != want {
				t.Fatalf("%q of %q: want %v", part, value, want)
			}
		}
	})
}

var patternToken = regexp.MustCompile(`(?s)\\[;|*\\]|.`)

// patternRegexp writes a pattern as a regular expression, token by token.
func patternRegexp(value string) *regexp.Regexp {
	return regexp.MustCompile(`\A(?s:` + patternToken.ReplaceAllStringFunc(value, func(token string) string {
		switch {
		case token == "*":
			return ".*"
		case token == "|":
			return "|"
		case len(token) == 2 && token[0] == '\\':
			token = token[1:]
		}
		return regexp.QuoteMeta(token)
	}) + `)\z`)
}
