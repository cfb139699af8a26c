package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestFilterSyntax reads right and wrong filter texts; echo is what the error repeats, "" when the text is right.
func TestFilterSyntax(t *testing.T) {
	f := func(text, echo string) {
		t.Helper()
		filters, err := ParseFilters(text, nil)
		if echo == "" {
			require.NoError(t, err, text)
			require.False(t, filters.Empty())
			return
		}
		require.Equal(t, analytics.Invalid("Invalid filter: "+echo), err, text)
	}
	for _, p := range strings.Fields("source channel referrer utm_source utm_medium utm_campaign utm_term utm_content country region device browser " +
		"browser_version os os_version entry_page exit_page page event prop:plan goal") {
		f(p+"==x", "")
		f(p+"!=x|y*", "")
		f(p+"=~^x", "")
		f(p+"!~x$", "")
	}
	f("device==mobile;channel==organic", "")
	f(`page==/a\;b`, "")
	f("page==a==b", "")
	f("prop:a.b-c_D==x;prop:9=~x", "")
	f("foo", "foo")
	f("foo==x", "foo==x")
	f("prop_key==plan", "prop_key==plan")
	f("prop:==x", "prop:==x")
	f("prop:a b==x", "prop:a b==x") // no event has such a key
	f("prop==x", "prop==x")
	f("Device==mobile", "Device==mobile")
	f("device=mobile", "device=mobile")
	f("device==", "device==")
	f("device=~", "device=~")
	f("==mobile", "==mobile")
	f("page=~(", "page=~(")
	f("page=~(?=x)", "page=~(?=x)") // not RE2
	f("device==mobile;page=~[;os==iOS", "page=~[")
	f(`device==mobile;foo==a\;b;bar==c`, `foo==a\;b`)
	f("device==mobile;", "device==mobile;")
	f(";", ";")
	f("page==/;;device==mobile", "page==/;;device==mobile")

	f("page=~"+strings.Repeat("é", 512), "")
	long := "page=~" + strings.Repeat("é", 513)
	f("device==mobile;"+long, long)
	f(strings.TrimSuffix(strings.Repeat("os==a;", 10), ";"), "")
	eleven := strings.TrimSuffix(strings.Repeat("os==a;", 11), ";")
	f(eleven, eleven)
	f("page=="+strings.Repeat("é", 1994), "")
	long = "page==" + strings.Repeat("é", 1995)
	f(long, long)

	none, err := ParseFilters("", nil)
	require.NoError(t, err)
	require.True(t, none.Empty())
	require.Equal(t, Filters{}, none)
}

func TestFilterValues(t *testing.T) {
	f := func(filter, value string, want bool) {
		t.Helper()
		filters, err := ParseFilters("page"+filter, nil)
		require.NoError(t, err, filter)
		require.Len(t, filters.clauses, 1, filter)
		c := filters.clauses[0]
		require.Equal(t, want, c.match(value) != c.negated, "%s of %q", filter, value)
	}
	f("==/a", "/a", true)
	f("==/a", "/ab", false)
	f("!=/a", "/a", false)
	f("!=/a", "/b", true)
	f("==/A", "/a", false)
	f("==*", "", true)
	f("==/a*", "/a", true)
	f("==/a*", "/a/b", true)
	f("==/a*", "/b/a", false)
	f("==*a", "/b/a", true)
	f("==*a*", "xay", true)
	f("==a*a", "a", false)
	f("==a*a", "aa", true)
	f("==a*b*c", "a-b-b-c", true)
	f("==a*b*c", "acb", false)
	f("==a*bc*c", "abc", false)
	f("==a**c", "abc", true)
	f("==/a|/b", "/b", true)
	f("==/a|/b", "/a|/b", false)
	f("!=/a|/b", "/b", false)
	f("!=/a|/b", "/c", true)
	f("==/a*|*z", "/xz", true)
	f(`==/a\|/b`, "/a|/b", true)
	f(`==/a\|/b`, "/a", false)
	f(`==/a\*`, "/a*", true)
	f(`==/a\*`, "/ab", false)
	f(`==/a\;b`, "/a;b", true)
	f(`==a\\b`, `a\b`, true)
	f(`==a\\*`, `a\xyz`, true)
	f(`==a\\\*`, `a\*`, true)
	f(`==a\d`, `a\d`, true)
	f(`==a\`, `a\`, true)
	f("=~b", "/abc", true)
	f("=~^b", "/abc", false)
	f("=~B", "/abc", false)
	f("=~(?i)B", "/abc", true)
	f("!~b", "/abc", false)
	f("!~x", "/abc", true)
	f("=~a|x", "x", true)
	f(`=~^\d+$`, "42", true)
	f(`=~a\|b`, "a|b", true)
	f(`=~a\;b`, "a;b", true)
	f(`=~\\$`, `a\`, true)
	f(`=~\\\;`, `a\;`, true)
	f(`=~a=b`, `a=b`, true)
}

// TestFilterSplit pins that a backslash belongs to the character after it, whatever the operator.
func TestFilterSplit(t *testing.T) {
	require.Equal(t, []string{`a==\;`, `b`}, splitFilters(`a==\;;b`))
	require.Equal(t, []string{`a==\\`, `b`}, splitFilters(`a==\\;b`))
	require.Equal(t, []string{`a=~\\\;`, `b\`}, splitFilters(`a=~\\\;;b\`))
	require.Equal(t, []string{`a\`}, splitFilters(`a\`))
}

func TestFilterKey(t *testing.T) {
	goal := analytics.Goal{ID: "goal_abc123", Type: analytics.PageviewGoal, Path: "/thank-you", MatchType: analytics.MatchExact}
	key := func(text string, goals ...*analytics.Goal) string {
		t.Helper()
		f, err := ParseFilters(text, goals)
		require.NoError(t, err)
		return f.Key()
	}
	require.Empty(t, key(""))
	require.Equal(t, key("os==a;page!=b"), key("page!=b;os==a;os==a"))
	distinct := map[string]bool{}
	add := func(k string) {
		t.Helper()
		require.False(t, distinct[k], k)
		distinct[k] = true
	}
	for _, text := range []string{
		"os==a", "os!=a", "os=~a", "os!~a", "os==b", `os==a\*`, "os==a*", "os==a;os==b", `os==a\;os==b`, "prop:os==a", `os==a"\;"os"=="a`,
	} {
		add(key(text))
	}
	add(key("goal==goal_abc123"))
	add(key("goal==goal_abc123", &goal))
	for _, change := range []func(*analytics.Goal){
		func(g *analytics.Goal) { g.Path = "/" }, func(g *analytics.Goal) { g.MatchType = analytics.MatchContains },
		func(g *analytics.Goal) { g.TrackedSince = 1 }, func(g *analytics.Goal) {
			*g = analytics.Goal{ID: g.ID, Type: analytics.DurationGoal, DurationSeconds: 9}
		},
		func(g *analytics.Goal) { *g = analytics.Goal{ID: g.ID, Type: analytics.EventGoal, EventAction: "buy"} },
		func(g *analytics.Goal) {
			*g = analytics.Goal{ID: g.ID, Type: analytics.EventGoal, EventAction: "buy", EventLabel: "x"}
		},
		func(g *analytics.Goal) {
			*g = analytics.Goal{ID: g.ID, Type: analytics.EventGoal, EventAction: "buy", EventCategory: "x"}
		},
	} {
		changed := goal
		change(&changed)
		add(key("goal==goal_abc123", &changed))
	}
	other := analytics.Goal{ID: "goal_other", Type: analytics.DurationGoal, DurationSeconds: 1}
	require.Equal(t, key("goal==goal_abc123", &goal), key("goal==goal_abc123", &other, &goal), "what is not asked about does not matter")
	require.Equal(t, key("goal==goal_*", &goal, &other), key("goal==goal_*", &other, &goal))
}
