package ingest

import (
	"regexp"
	"strings"
)

// botPattern is a pattern in terms of RE2: it matches where expr does (need itself, if expr is empty) with none of the texts of notBefore in
// front and none of notAfter behind.
type botPattern struct {
	need                string // a text that every match holds; "" for none
	prefix              bool   // need must begin the user agent
	expr                string
	notBefore, notAfter []string

	re *regexp.Regexp // of expr
}

// matches tells whether the pattern is found in s, which holds its need.
func (p *botPattern) matches(s string) bool {
	if p.prefix && !strings.HasPrefix(s, p.need) {
		return false
	}
	if p.notBefore == nil && p.notAfter == nil {
		return p.re == nil || p.re.MatchString(s)
	}
	for from := 0; from <= len(s); from++ {
		start, end := p.find(s[from:])
		if start < 0 {
			return false
		}
		start, end = from+start, from+end
		if !endsWithAny(s[:start], p.notBefore) && !startsWithAny(s[end:], p.notAfter) {
			return true
		}
		from = start
	}
	return false
}

func (p *botPattern) find(s string) (start, end int) {
	if p.re == nil {
		at := strings.Index(s, p.need)
		return at, at + len(p.need)
	}
	if loc := p.re.FindStringIndex(s); loc != nil {
		return loc[0], loc[1]
	}
	return -1, -1
}

func endsWithAny(s string, ends []string) bool {
	for _, e := range ends {
		if strings.HasSuffix(s, e) {
			return true
		}
	}
	return false
}

func startsWithAny(s string, starts []string) bool {
	for _, e := range starts {
		if strings.HasPrefix(s, e) {
			return true
		}
	}
	return false
}

// grams is the length of the beginnings by which a patternSet finds its candidates.
const grams = 3

// patternSet finds which of many patterns match. One pass over the text looks for the beginnings of the needs; only patterns whose need is
// there are tried. Immutable.
type patternSet struct {
	patterns []*botPattern
	seen     [1 << 10]uint64    // bitmap by hash of the first grams bytes of the needs
	starts   map[uint32][]int32 // the same bytes → patterns
	short    []int32            // patterns with a shorter need, or none
}

func newPatternSet(patterns []*botPattern) *patternSet {
	set := &patternSet{patterns: patterns, starts: make(map[uint32][]int32)}
	for i, p := range patterns {
		if p.expr != "" {
			p.re = regexp.MustCompile(p.expr)
		}
		if len(p.need) < grams {
			set.short = append(set.short, int32(i))
			continue
		}
		g := gramAt(p.need, 0)
		set.starts[g] = append(set.starts[g], int32(i))
		h := gramHash(g)
		set.seen[h>>6] |= 1 << (h & 63)
	}
	return set
}

func gramAt(s string, i int) uint32 { return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 }

func gramHash(g uint32) uint32 { return (g * 0x9e3779b1) >> 16 }

// each calls found with the index of every pattern that matches s, perhaps more than once, until found returns false.
func (set *patternSet) each(s string, found func(i int) bool) {
	for i := 0; i+grams <= len(s); i++ {
		g := gramAt(s, i)
		if h := gramHash(g); set.seen[h>>6]&(1<<(h&63)) == 0 {
			continue
		}
		for _, n := range set.starts[g] {
			p := set.patterns[n]
			if strings.HasPrefix(s[i:], p.need) && p.matches(s) && !found(int(n)) {
				return
			}
		}
	}
	for _, n := range set.short {
		p := set.patterns[n]
		if strings.Contains(s, p.need) && p.matches(s) && !found(int(n)) {
			return
		}
	}
}
