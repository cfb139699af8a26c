package testkit

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// clause is one filter: a property, whether it is negated, and a pattern that REGEXP finds in the property's shown value.
type clause struct {
	property string
	negated  bool
	pattern  string
}

var clauseHead = regexp.MustCompile(`^(prop:[A-Za-z0-9_.-]{1,64}|[a-z_]+?)(==|!=|=~|!~)`)

// parseClauses reads a filter text by the words of extended.md.
func parseClauses(text string) ([]clause, error) {
	var out []clause
	for rest := text; ; {
		head := clauseHead.FindStringSubmatch(rest)
		if head == nil {
			return nil, fmt.Errorf("filter %q", rest)
		}
		rest = rest[len(head[0]):]
		c := clause{property: head[1], negated: head[2][0] == '!'}
		var more bool
		if head[2][1] == '~' {
			c.pattern, rest, more = regexValue(rest)
		} else {
			c.pattern, rest, more = plainValue(rest)
		}
		out = append(out, c)
		if !more {
			return out, nil
		}
	}
}

// regexValue reads up to a ";" that has no backslash before it.
func regexValue(s string) (pattern, rest string, more bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == ';':
			return b.String(), s[i+1:], true
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == ';':
			i++
			b.WriteByte(';')
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), "", false
}

// plainValue turns "*", "|" and escapes into a regular expression for the whole value.
func plainValue(s string) (pattern, rest string, more bool) {
	var b strings.Builder
	b.WriteString(`\A(?s:`)
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == ';':
			return b.String() + `)\z`, s[i+1:], true
		case s[i] == '\\' && i+1 < len(s) && strings.IndexByte(`;|*\`, s[i+1]) >= 0:
			i++
			b.WriteString(regexp.QuoteMeta(s[i : i+1]))
		case s[i] == '*':
			b.WriteString(`.*`)
		case s[i] == '|':
			b.WriteString(`|`)
		case s[i] < 0x80:
			b.WriteString(regexp.QuoteMeta(s[i : i+1]))
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String() + `)\z`, "", false
}

// named gives an empty value its name.
func named(expr, name string) string {
	return fmt.Sprintf("CASE %s WHEN '' THEN '%s' ELSE %[1]s END", expr, name)
}

// sessionValue is how a property of the session s is shown; ok is false for other properties.
func sessionValue(property string) (expr string, ok bool) {
	switch property {
	case "source", "channel", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "region", "device", "browser", "os":
		return named("s."+property, "(none)"), true
	case "referrer":
		return named("s.referrer_domain", "(direct)"), true
	case "country":
		return named("s.country", "ZZ"), true
	case "browser_version", "os_version":
		family := strings.TrimSuffix(property, "_version")
		return named(fmt.Sprintf("TRIM(s.%s||' '||s.%s)", family, property), "(none)"), true
	case "entry_page":
		return named("s.entry_path", "(none)"), true
	case "exit_page":
		return named("s.exit_path", "(none)"), true
	}
	return "", false
}

func found(expr, pattern string) string { return fmt.Sprintf("(%s) REGEXP %s", expr, quote(pattern)) }

// eventCondition is that the custom event e satisfies a clause, its negation left aside.
func eventCondition(c clause) string {
	if c.property == "event" {
		return found(named("e.action", "(none)"), c.pattern)
	}
	return fmt.Sprintf("EXISTS (SELECT 1 FROM props p WHERE p.n=e.n AND p.key=%s AND %s)",
		quote(strings.TrimPrefix(c.property, "prop:")), found(named("p.shown", "(none)"), c.pattern))
}

// where turns filters into the condition that a session s satisfies them all, and the condition that a row e of it is in the filtered table.
func (o *Oracle) where(filters string) (session, row string, err error) {
	clauses, err := parseClauses(filters)
	if err != nil {
		return "", "", err
	}
	var all, pages, events, rowEvents []string
	for _, c := range clauses {
		not := ""
		if c.negated {
			not = "NOT "
		}
		expr, own := sessionValue(c.property)
		switch {
		case own:
			all = append(all, not+found(expr, c.pattern))
		case c.property == "page":
			pages = append(pages, not+found(named("e.path", "(none)"), c.pattern))
		case c.property == "event" || strings.HasPrefix(c.property, "prop:"):
			rowEvents = append(rowEvents, not+eventCondition(c))
			if c.negated {
				all = append(all, "NOT EXISTS (SELECT 1 FROM events e WHERE e.session_id=s.session_id AND e.type='event' AND "+eventCondition(c)+")")
			} else {
				events = append(events, eventCondition(c))
			}
		case c.property == "goal":
			all = append(all, not+o.completes(c.pattern))
		default:
			return "", "", fmt.Errorf("filter on %q", c.property)
		}
	}
	exists := func(kind string, conditions []string) {
		if len(conditions) > 0 {
			all = append(all, fmt.Sprintf("EXISTS (SELECT 1 FROM events e WHERE e.session_id=s.session_id AND e.type='%s' AND %s)",
				kind, strings.Join(conditions, " AND ")))
		}
	}
	exists("pageview", pages)
	exists("event", events)
	row = "1"
	if len(pages) > 0 {
		row += " AND (e.type NOT IN ('pageview','engagement') OR " + strings.Join(pages, " AND ") + ")"
	}
	if len(rowEvents) > 0 {
		row += " AND (e.type<>'event' OR " + strings.Join(rowEvents, " AND ") + ")"
	}
	return strings.Join(all, " AND "), row, nil
}

// completes is the condition that the session s completes one of the goals with such an id.
func (o *Oracle) completes(pattern string) string {
	any := []string{"0"}
	for _, g := range o.goals {
		if ok, err := matches(pattern, g.ID); err != nil || !ok {
			continue
		}
		if g.Type == analytics.DurationGoal {
			any = append(any, fmt.Sprintf("(s.dur_ms>=%d AND s.start>=%d)", 1000*g.DurationSeconds, g.TrackedSince))
			continue
		}
		any = append(any, fmt.Sprintf("EXISTS (SELECT 1 FROM events e WHERE e.session_id=s.session_id AND %s AND e.ts>=%d)",
			goalCondition(g), g.TrackedSince))
	}
	return "(" + strings.Join(any, " OR ") + ")"
}
