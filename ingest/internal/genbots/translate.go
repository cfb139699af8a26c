package main

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// pattern is a JavaScript pattern in terms of Go's RE2, which knows no lookaround: the texts that must not stand before or after a match are
// kept apart, and Need is a text without which the pattern cannot match.
type pattern struct {
	Need      string
	Prefix    bool   // Need must begin the user agent
	Expr      string // "" if Need says it all
	NotBefore []string
	NotAfter  []string
}

var (
	notBefore = regexp.MustCompile(`^\(\?<!([^()]*)\)`)
	notLetter = regexp.MustCompile(`^\(\?:\^\|\[\^(\w)\]\)`) // (?:^|[^g]) is (?<!g)
	notAfter  = regexp.MustCompile(`\(\?!(?:\(\?:)?([^()]*)\)?\)$`)
)

func translate(js string) (pattern, error) {
	var p pattern
	expr := strings.ReplaceAll(js, `[\w\d-.]`, `[\w\d\-.]`)
	for _, before := range []*regexp.Regexp{notBefore, notLetter} {
		if m := before.FindStringSubmatch(expr); m != nil {
			p.NotBefore, expr = strings.Split(m[1], "|"), expr[len(m[0]):]
		}
	}
	if m := notAfter.FindStringSubmatch(expr); m != nil && strings.Contains(m[0], "?!") {
		p.NotAfter, expr = strings.Split(m[1], "|"), strings.TrimSuffix(expr, m[0])
	}
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return p, err
	}
	if strings.Contains(expr, "(?!") || strings.Contains(expr, "(?<") {
		return p, fmt.Errorf("unknown lookaround")
	}
	p.Need, p.Prefix, p.Expr = need(re.Simplify(), expr)
	return p, nil
}

// need finds the longest literal that every match holds; expr is dropped if the literal is all there is.
func need(re *syntax.Regexp, expr string) (literal string, prefix bool, rest string) {
	subs := []*syntax.Regexp{re}
	if re.Op == syntax.OpConcat {
		subs = re.Sub
	}
	at := 0
	for i, s := range subs {
		if s.Op == syntax.OpLiteral && s.Flags&syntax.FoldCase == 0 && len(string(s.Rune)) > len(literal) {
			literal, at = string(s.Rune), i
		}
	}
	prefix = literal != "" && at == 1 && subs[0].Op == syntax.OpBeginText
	if literal != "" && (len(subs) == 1 || len(subs) == 2 && prefix) {
		return literal, prefix, ""
	}
	return literal, prefix, expr
}

func (p pattern) source() string {
	var b strings.Builder
	b.WriteString("{")
	if p.Need != "" {
		fmt.Fprintf(&b, "need: %q,", p.Need)
	}
	if p.Prefix {
		b.WriteString("prefix: true,")
	}
	if p.Expr != "" {
		fmt.Fprintf(&b, "expr: %q,", p.Expr)
	}
	if p.NotBefore != nil {
		fmt.Fprintf(&b, "notBefore: %#v,", p.NotBefore)
	}
	if p.NotAfter != nil {
		fmt.Fprintf(&b, "notAfter: %#v,", p.NotAfter)
	}
	b.WriteString("},")
	return b.String()
}
