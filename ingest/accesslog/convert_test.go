package accesslog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"
	"github.com/ulikunitz/xz"
	"pgregory.net/rapid"
)

// outcome is everything that a conversion says.
type outcome struct {
	sum     Summary
	events  []Event
	batches []Batch
	refused []LineError
}

func convert(t require.TestingT, r io.Reader, c Classifier, window int) outcome {
	var o outcome
	conv := Converter{Classifier: c, Window: window,
		Refuse: func(e LineError) { o.refused = append(o.refused, e) },
		Emit: func(b Batch) error {
			o.batches = append(o.batches, b)
			o.events = append(o.events, b...)
			return nil
		}}
	in, err := Decompress(r)
	require.NoError(t, err)
	o.sum, err = conv.Convert(in)
	require.NoError(t, err)
	skipped := 0
	for _, n := range o.sum.Skipped {
		skipped += n
	}
	require.Equal(t, o.sum.Lines, o.sum.Pageviews+skipped+o.sum.Refused, "lines = pageviews + skipped + refused")
	require.Len(t, o.events, o.sum.Pageviews)
	require.Len(t, o.refused, o.sum.Refused)
	for _, b := range o.batches {
		require.NotEmpty(t, b)
		require.LessOrEqual(t, len(b), MaxBatch)
		require.LessOrEqual(t, len(b.Body("site_abc123")), 262144)
	}
	return o
}

type decoded struct {
	Type, ID, Path, Referrer, ClickID string
	Timestamp                         int64
	UTM                               *wireUTM
	Context                           wireContext
}

func checkEventJSON(t require.TestingT, data []byte) decoded {
	var d decoded
	require.NoError(t, json.Unmarshal(data, &d))
	require.Equal(t, "pageview", d.Type)
	require.Regexp(t, `^[A-Za-z0-9_-]{8,64}$`, d.ID)
	require.True(t, strings.HasPrefix(d.Path, "/"))
	return d
}

func open(t require.TestingT, name string) *os.File {
	f, err := os.Open("../../testdata/access/" + name)
	require.NoError(t, err)
	return f
}

func TestElasticLog(t *testing.T) {
	f := open(t, "elastic_apache_combined_10k.log.gz")
	defer f.Close()
	o := convert(t, f, Classifier{All: true}, 0)
	require.Equal(t, 10000, o.sum.Lines)
	require.Equal(t, 9999, o.sum.Pageviews)
	require.Equal(t, []LineError{{8899, "unterminated or unquoted user agent"}}, o.refused)
	ids, last := map[string]bool{}, int64(0)
	for _, e := range o.events {
		ids[checkEventJSON(t, e.JSON).ID] = true
		require.GreaterOrEqual(t, e.Time, last)
		last = e.Time
	}
	require.Len(t, ids, 9999, "equal lines stay distinct")
}

func TestNASALog(t *testing.T) {
	f := open(t, "nasa_http_1995-07-09.log.gz")
	defer f.Close()
	o := convert(t, f, Classifier{All: true}, 0)
	require.Equal(t, 35272, o.sum.Pageviews, "not one line of that day is malformed: its odd request lines are readable")
	require.Empty(t, o.refused)
	hosts := map[string]bool{}
	for _, e := range o.events {
		d := checkEventJSON(t, e.JSON)
		require.Empty(t, d.Context.UserAgent)
		hosts[d.Context.IP] = true
	}
	require.Len(t, hosts, 2554)
}

func TestClassify(t *testing.T) {
	bot := func(ua string) bool { return strings.Contains(ua, "bot") }
	for _, c := range []struct {
		e    Entry
		want SkipReason
	}{
		{Entry{Method: "GET", Target: "/", Status: 200}, NotSkipped},
		{Entry{Method: "GET", Target: "/", Status: 299}, NotSkipped},
		{Entry{Method: "GET", Target: "/", Status: 304}, NotSkipped},
		{Entry{Method: "HEAD", Target: "/a.css", Status: 404, UserAgent: "bot"}, SkippedMethod},
		{Entry{Method: "get", Target: "/", Status: 200}, SkippedMethod},
		{Entry{Status: 400}, SkippedMethod},
		{Entry{Method: "GET", Target: "/a.css", Status: 301, UserAgent: "bot"}, SkippedStatus},
		{Entry{Method: "GET", Target: "/", Status: 0}, SkippedStatus},
		{Entry{Method: "GET", Target: "/a.css?v=1", Status: 200, UserAgent: "bot"}, SkippedStatic},
		{Entry{Method: "GET", Target: "/", Status: 206, UserAgent: "a bot"}, SkippedBot},
	} {
		require.Equal(t, c.want, Classifier{IsBot: bot}.Classify(&c.e), "%+v", c.e)
		require.Equal(t, NotSkipped, Classifier{IsBot: bot, All: true}.Classify(&c.e))
	}
}

func TestIsStatic(t *testing.T) {
	for _, p := range []string{"/x.css", "/X.JS?v=1", "/a/b.PNG", "/f.woff2", "/m.mp4", "/a.tar.gz", "/robots.txt", "/favicon.ico", "/favicon.png",
		"/blog/feed", "/blog/feed/", "/rss", "/atom.xml", "/index.rss", "/images/launch-logo.gif;jsessionid=1", "/icons/blank.xbm"} {
		require.True(t, IsStatic(p), p)
	}
	for _, p := range []string{"/", "", "/a", "/a.html", "/paper.pdf", "/readme.txt", "/x.php?f=a.css", "/css", "/js/", "/v1.2.3/", "/feedback", "/a.css/", "/css.html"} {
		require.False(t, IsStatic(p), p)
	}
}

func TestEventFields(t *testing.T) {
	e, err := ParseLine(`h.example.com - - ` + at + ` "GET /p?b=2&utm_source=news+letter&UTM_Medium=e%2Dmail&gclid=SECRET&a=%zz&utm_term=%zz HTTP/1.1" 200 1 "https://www.google.com/search?q=x" "UA \xff"`)
	require.NoError(t, err)
	data, err := e.EncodeEvent("abcdefgh")
	require.NoError(t, err)
	d := checkEventJSON(t, data)
	require.Equal(t, decoded{Type: "pageview", ID: "abcdefgh", Path: "/p?b=2&a=%zz", Referrer: "https://www.google.com/search?q=x", ClickID: "gclid",
		Timestamp: time.Date(2015, 5, 17, 8, 5, 3, 0, time.UTC).UnixMilli(), UTM: &wireUTM{Source: "news letter", Medium: "e-mail", Term: "%zz"},
		Context: wireContext{"h.example.com", "UA \ufffd"}}, d)
	require.NotContains(t, string(data), "SECRET")
}

func TestCompressions(t *testing.T) {
	plain := strings.Repeat(`h - - `+at+` "GET / HTTP/1.0" 200 1`+"\r\n", 3) + "broken\n\n" + `h - - ` + at + ` "GET /last HTTP/1.0" 200 1`
	want := convert(t, strings.NewReader(plain), Classifier{}, 0)
	require.Equal(t, []LineError{{4, errHost.Error()}, {5, errEmpty.Error()}}, want.refused)
	require.Equal(t, 4, want.sum.Pageviews)

	var gz, xzed bytes.Buffer
	g := gzip.NewWriter(&gz)
	_, _ = io.WriteString(g, plain[:40])
	require.NoError(t, g.Close())
	g.Reset(&gz) // a second member, as `cat a.gz b.gz` makes
	_, _ = io.WriteString(g, plain[40:])
	require.NoError(t, g.Close())
	x, err := xz.NewWriter(&xzed)
	require.NoError(t, err)
	_, _ = io.WriteString(x, plain)
	require.NoError(t, x.Close())
	require.Equal(t, want, convert(t, &gz, Classifier{}, 0))
	require.Equal(t, want, convert(t, &xzed, Classifier{}, 0))
	require.Zero(t, convert(t, strings.NewReader(""), Classifier{}, 0).sum.Lines)
}

func TestDamagedInputIsAnError(t *testing.T) {
	var gz bytes.Buffer
	g := gzip.NewWriter(&gz)
	_, _ = io.WriteString(g, strings.Repeat(`h - - `+at+` "GET / HTTP/1.0" 200 1`+"\n", 1000))
	require.NoError(t, g.Close())
	in, err := Decompress(bytes.NewReader(gz.Bytes()[:gz.Len()/2]))
	require.NoError(t, err)
	_, err = (&Converter{Emit: func(Batch) error { return nil }}).Convert(in)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestLongLines(t *testing.T) {
	line := `h - - ` + at + ` "GET /` + strings.Repeat("a", maxLine) + ` HTTP/1.0" 200 1` + "\n"
	short := `h - - ` + at + ` "GET /" 200 1` + "\n"
	fits := `h - - ` + at + ` "GET /`
	fits += strings.Repeat("b", maxLine-len(fits)-len(`" 200 1`)) + `" 200 1` + "\r\n"
	o := convert(t, strings.NewReader(short+line+fits+strings.Repeat("x", 5*maxLine)+"\n"+short), Classifier{}, 0)
	require.Equal(t, []LineError{{2, errTooLong.Error()}, {4, errTooLong.Error()}}, o.refused)
	require.Equal(t, 3, o.sum.Pageviews)
}

// TestIDs: ids depend on the line and its equal predecessors only, so an import can be repeated, and of a grown file too.
func TestIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.IntRange(0, 20), 1, 60).Draw(t, "lines")
		var log strings.Builder
		for _, n := range numbers {
			fmt.Fprintf(&log, "h - - [17/May/2015:10:%02d:03 +0200] \"GET /%d HTTP/1.0\" 200 1\n", n, n)
		}
		cut := rapid.IntRange(0, len(numbers)).Draw(t, "cut")
		prefix := strings.Join(strings.SplitAfter(log.String(), "\n")[:cut], "")
		byLine := func(o outcome) map[int]string {
			m := map[int]string{}
			for _, e := range o.events {
				m[e.Line] = checkEventJSON(t, e.JSON).ID
			}
			return m
		}
		whole := byLine(convert(t, strings.NewReader(log.String()), Classifier{}, rapid.IntRange(1, 70).Draw(t, "window")))
		part := byLine(convert(t, strings.NewReader(prefix), Classifier{}, 0))
		distinct := map[string]bool{}
		for line, id := range whole {
			distinct[id] = true
			if line <= cut && part[line] != id {
				t.Fatalf("line %d has id %s, in the shorter file %s", line, id, part[line])
			}
		}
		if len(distinct) != len(numbers) {
			t.Fatalf("%d ids for %d lines", len(distinct), len(numbers))
		}
	})
}

func TestSortsByTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		window := rapid.IntRange(1, 40).Draw(t, "window")
		minutes := rapid.SliceOfN(rapid.IntRange(0, 59), 1, window).Draw(t, "minutes") // fits the window: sorted whole
		var log strings.Builder
		for _, m := range minutes {
			fmt.Fprintf(&log, "h - - [17/May/2015:10:%02d:03 +0200] \"GET / HTTP/1.0\" 200 1\n", m)
		}
		o := convert(t, strings.NewReader(log.String()), Classifier{}, window)
		for i := 1; i < len(o.events); i++ {
			a, b := o.events[i-1], o.events[i]
			if a.Time > b.Time || a.Time == b.Time && a.Line > b.Line {
				t.Fatalf("event %d is out of order", i)
			}
		}
	})
}

func TestNumbererForgets(t *testing.T) {
	n := newNumberer(10)
	first := n.id([]byte("a"))
	require.NotEqual(t, first, n.id([]byte("a")))
	for i := range 1000 {
		n.id(fmt.Appendf(nil, "other %d", i))
		require.LessOrEqual(t, len(n.young)+len(n.old), 21)
	}
	require.Equal(t, first, n.id([]byte("a")))
}

func TestEmitErrorEnds(t *testing.T) {
	line := `h - - ` + at + ` "GET / HTTP/1.0" 200 1` + "\n"
	calls := 0
	_, err := (&Converter{Window: 1, Emit: func(Batch) error { calls++; return io.ErrClosedPipe }}).Convert(strings.NewReader(strings.Repeat(line, 3000)))
	require.ErrorIs(t, err, io.ErrClosedPipe)
	require.Equal(t, 1, calls)
}

func BenchmarkConvert(b *testing.B) {
	f := open(b, "nasa_http_1995-07-09.log.gz")
	defer f.Close()
	in, err := Decompress(f)
	require.NoError(b, err)
	data, err := io.ReadAll(in)
	require.NoError(b, err)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		convert := Converter{Emit: func(Batch) error { return nil }}
		if _, err := convert.Convert(bytes.NewReader(data)); err != nil {
			b.Fatal(err)
		}
	}
}
