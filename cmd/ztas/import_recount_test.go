package main

import (
	"cmp"
	"compress/gzip"
	"io"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/ingest"
)

// The recount reads a log and counts it by itself: it takes lines apart at their quotes and counts in plain maps. It shares nothing with the
// importer or the fold but the decision which user agents are bots.

// recount is what the log says.
type recount struct {
	lines   int
	refused []int // line numbers
	skipped map[string]int
	days    map[string]*recountDay // YYYY-MM-DD in the zone
}

type recountDay struct {
	pageviews int
	visitors  map[string]bool
	pages     map[string]*recountPage
}

type recountPage struct {
	path      string
	pageviews int
	visitors  map[string]bool
}

func (r *recount) pageviews() (n int) {
	for _, d := range r.days {
		n += d.pageviews
	}
	return n
}

// topPages are the day's pages by pageviews, then visitors, then path.
func (d *recountDay) topPages(limit int) []*recountPage {
	var pages []*recountPage
	for _, p := range d.pages {
		pages = append(pages, p)
	}
	slices.SortFunc(pages, func(a, b *recountPage) int {
		return cmp.Or(b.pageviews-a.pageviews, len(b.visitors)-len(a.visitors), strings.Compare(a.path, b.path))
	})
	return pages[:min(limit, len(pages))]
}

// recountLog counts a log; all takes every well-formed line for a pageview.
func recountLog(t *testing.T, file string, zone *time.Location, all bool) *recount {
	t.Helper()
	f, err := os.Open(file)
	require.NoError(t, err)
	defer f.Close()
	z, err := gzip.NewReader(f)
	require.NoError(t, err)
	text, err := io.ReadAll(z)
	require.NoError(t, err)
	r := &recount{skipped: map[string]int{}, days: map[string]*recountDay{}}
	bots := map[string]bool{}
	for _, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		r.lines++
		hit, ok := splitLine(line)
		if !ok {
			r.refused = append(r.refused, r.lines)
			continue
		}
		if _, known := bots[hit.agent]; !known {
			bots[hit.agent] = hit.agent != "" && ingest.IsBot(hit.agent)
		}
		if reason := hit.skip(bots[hit.agent]); !all && reason != "" {
			r.skipped[reason]++
			continue
		}
		r.count(hit, zone)
	}
	return r
}

func (r *recount) count(hit logHit, zone *time.Location) {
	date := hit.at.In(zone).Format(time.DateOnly)
	d := r.days[date]
	if d == nil {
		d = &recountDay{visitors: map[string]bool{}, pages: map[string]*recountPage{}}
		r.days[date] = d
	}
	p := d.pages[hit.path]
	if p == nil {
		p = &recountPage{path: hit.path, visitors: map[string]bool{}}
		d.pages[hit.path] = p
	}
	visitor := hit.host + "\n" + hit.agent
	d.pageviews++
	p.pageviews++
	d.visitors[visitor], p.visitors[visitor] = true, true
}

type logHit struct {
	host, method, path, status, agent string
	at                                time.Time
}

// splitLine takes a line apart at its quotes: a common line has one quoted text, a combined one has three.
func splitLine(line string) (hit logHit, ok bool) {
	parts := strings.Split(line, `"`)
	if len(parts) != 3 && (len(parts) != 7 || parts[4] != " " || parts[6] != "") {
		return hit, false
	}
	front, numbers := strings.Fields(parts[0]), strings.Fields(parts[2])
	if len(front) != 5 || len(numbers) != 2 {
		return hit, false
	}
	at, err := time.Parse("[2/Jan/2006:15:04:05 -0700]", front[3]+" "+front[4])
	if err != nil {
		return hit, false
	}
	hit = logHit{host: front[0], at: at, status: numbers[0]}
	if len(parts) == 7 && parts[5] != "-" {
		hit.agent = parts[5]
	}
	request := strings.Fields(parts[1])
	hit.method, hit.path = request[0], "/"
	if len(request) > 1 {
		hit.path, _, _ = strings.Cut(request[1], "?")
		hit.path, _, _ = strings.Cut(hit.path, "#")
	}
	if hit.path[:1] != "/" {
		return hit, false // neither log has one; a recount that guessed here would prove nothing
	}
	return hit, true
}

// staticEndings are the endings of style, script, image, font, media and archive files that stand in the two logs.
var staticEndings = strings.Fields(".gif .png .xbm .css .jpg .jpeg .bmp .svg .ico .js .ttf .woff .mpg .wav .swf .jar .exe .gz .deb")

var feedNames = strings.Fields("robots.txt feed feeds rss atom rss.xml atom.xml feed.xml")

// skip is why a hit is no pageview without --all; "" when it is one.
func (h logHit) skip(bot bool) string {
	name := strings.ToLower(path.Base(h.path))
	switch {
	case h.method != "GET":
		return "method"
	case h.status[0] != '2' && h.status != "304":
		return "status"
	case slices.Contains(feedNames, name), !strings.HasSuffix(h.path, "/") && slices.Contains(staticEndings, path.Ext(name)):
		return "static"
	case bot:
		return "bot"
	}
	return ""
}
