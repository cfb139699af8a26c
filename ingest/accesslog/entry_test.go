package accesslog

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const at = `[17/May/2015:10:05:03 +0200]`

func TestParseLine(t *testing.T) {
	when := time.Date(2015, 5, 17, 8, 5, 3, 0, time.UTC)
	for name, c := range map[string]struct {
		line string
		want Entry
	}{
		"combined": {`1.2.3.4 - - ` + at + ` "GET /a?b=c HTTP/1.1" 200 12 "http://x.org/" "Mozilla/5.0"`,
			Entry{"1.2.3.4", when, "GET", "/a?b=c", 200, "http://x.org/", "Mozilla/5.0"}},
		"common":                 {`host.example.com - - ` + at + ` "GET / HTTP/1.0" 304 -`, Entry{Host: "host.example.com", Method: "GET", Target: "/", Status: 304}},
		"common, trailing space": {`h - - ` + at + ` "GET / HTTP/1.0" 304 0 `, Entry{Host: "h", Method: "GET", Target: "/", Status: 304}},
		"dashes":                 {`::1 - - ` + at + ` "-" 408 - "-" "-"`, Entry{Host: "::1", Status: 408}},
		"empty quotes":           {`::1 - - ` + at + ` "" 400 0 "" ""`, Entry{Host: "::1", Status: 400}},
		"IPv6":                   {`2001:db8::1:80 - - ` + at + ` "GET / HTTP/2.0" 200 1`, Entry{Host: "2001:db8::1:80", Method: "GET", Target: "/", Status: 200}},
		"user with space":        {`1.2.3.4 - jane doe ` + at + ` "GET / HTTP/1.1" 200 1`, Entry{Host: "1.2.3.4", Method: "GET", Target: "/", Status: 200}},
		"user with brackets":     {`1.2.3.4 - [x] ` + at + ` "GET / HTTP/1.1" 200 1`, Entry{Host: "1.2.3.4", Method: "GET", Target: "/", Status: 200}},
		"virtual host":           {`www.example.com:443 1.2.3.4 - - ` + at + ` "GET / HTTP/1.1" 200 1`, Entry{Host: "1.2.3.4", Method: "GET", Target: "/", Status: 200}},
		"no protocol":            {`h - - ` + at + ` "GET /ksc.html" 200 7067`, Entry{Host: "h", Method: "GET", Target: "/ksc.html", Status: 200}},
		"odd protocol":           {`h - - ` + at + ` "GET / HTTP/V1.0" 200 7067`, Entry{Host: "h", Method: "GET", Target: "/", Status: 200}},
		"words after target":     {`h - - ` + at + ` "GET /k.html   NASA Home Page HTTP/1.0" 200 7`, Entry{Host: "h", Method: "GET", Target: "/k.html", Status: 200}},
		"no target":              {`h - - ` + at + ` "GET HTTP/1.0" 400 7`, Entry{Host: "h", Method: "GET", Status: 400}},
		"TLS on the HTTP port":   {`h - - ` + at + ` "\x16\x03\x01\x02" 400 7 "-" "-"`, Entry{Host: "h", Status: 400}},
		"escaped quotes": {`h - - ` + at + ` "GET /\"q\" HTTP/1.1" 200 7 "http://x/\"" "a \"b\" \\ c"`,
			Entry{"h", when, "GET", `/"q"`, 200, `http://x/"`, `a "b" \ c`}},
		"nginx escapes": {`h - - ` + at + ` "GET /\x22\xC3\xA9 HTTP/1.1" 200 7 "-" "a\x5Cb\qc\x4"`,
			Entry{"h", when, "GET", "/\"\u00e9", 200, "", `a\b\qc\x4`}},
		"bare quotes":      {`h - - ` + at + ` "GET /a HTTP/1.1" 200 7 "-" "say"hello"now"`, Entry{"h", when, "GET", "/a", 200, "", `say"hello"now`}},
		"not UTF-8":        {"h - - " + at + " \"GET /caf\xe9 HTTP/1.1\" 200 7", Entry{Host: "h", Method: "GET", Target: "/caf\xe9", Status: 200}},
		"more fields":      {`h - - ` + at + ` "GET / HTTP/1.1" 200 7 "-" "ua" "1.1.1.1" 0.003`, Entry{Host: "h", Method: "GET", Target: "/", Status: 200, UserAgent: "ua"}},
		"absolute target":  {`h - - ` + at + ` "GET http://example.com/x?y HTTP/1.1" 200 7`, Entry{Host: "h", Method: "GET", Target: "http://example.com/x?y", Status: 200}},
		"no status":        {`h - - ` + at + ` "GET / HTTP/1.1" - -`, Entry{Host: "h", Method: "GET", Target: "/"}},
		"lower-case month": {`h - - [17/may/2015:10:05:03 +0200] "GET / HTTP/1.1" 200 -`, Entry{Host: "h", Method: "GET", Target: "/", Status: 200}},
	} {
		got, err := ParseLine(c.line)
		require.NoError(t, err, name)
		require.True(t, got.Time.Equal(when), name)
		got.Time, c.want.Time = when, when
		require.Equal(t, c.want, got, name)
	}
}

func TestRefusedLines(t *testing.T) {
	for line, reason := range map[string]error{
		"":                                    errEmpty,
		" \t":                                 errEmpty,
		"hello":                               errHost,
		"- - - " + at + ` "GET / H" 200 1`:    errHost,
		"h - - no time":                       errTime,
		`h - - [17/May/2015] "GET / H" 200 1`: errTime,
		`h - - [31/Feb/2015:10:05:03 +0200] "GET / H" 200 1`: errTime,
		`h - - [17/May/2015:25:05:03 +0200] "GET / H" 200 1`: errTime,
		`h - - ` + at:                                  errRequest,
		`h - - ` + at + ` GET / 200 1`:                 errRequest,
		`h - - ` + at + ` "GET / HTTP/1.1`:             errRequestEnd,
		`h - - ` + at + ` "GET /" 2000 1`:              errStatus,
		`h - - ` + at + ` "GET /" abc 1`:               errStatus,
		`h - - ` + at + ` "GET /"`:                     errStatus,
		`h - - ` + at + ` "GET /" 200`:                 errSize,
		`h - - ` + at + ` "GET /" 200 1x`:              errSize,
		`h - - ` + at + ` "GET /" 200 1 http://x "ua"`: errReferrer,
		`h - - ` + at + ` "GET /" 200 1 "http://x ua`:  errReferrer,
		`h - - ` + at + ` "GET /" 200 1 "-"`:           errAgent,
		`h - - ` + at + ` "GET /" 200 1 "-" ua`:        errAgent,
		`h - - ` + at + ` "GET /" 200 1 "-" "ua`:       errAgent,
		`h - - ` + at + ` "GET /" 200 1 "-" "ua\"`:     errAgent,
	} {
		_, err := ParseLine(line)
		require.ErrorIs(t, err, reason, "%q", line)
	}
}

func TestPath(t *testing.T) {
	for target, want := range map[string]string{
		"/a?b":                 "/a?b",
		"":                     "/",
		"*":                    "/*",
		"http://x.org":         "/",
		"http://x.org/a/b?c":   "/a/b?c",
		"https://x.org?q=1":    "/?q=1",
		"/go?to=http://x.org/": "/go?to=http://x.org/",
		"example.com:443":      "/example.com:443",
	} {
		require.Equal(t, want, (&Entry{Target: target}).Path(), target)
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add(`1.2.3.4 - - ` + at + ` "GET /a?b=c HTTP/1.1" 200 12 "http://x.org/" "Mozilla/5.0"`)
	f.Add(`a:1 h - - ` + at + ` "\x16\x3" 400 - "\"" "\\"`)
	f.Add("h [[[ " + at + " \"GET http://?utm_source=%zz&gclid=1 X HTTP/1.1\" 200 7 \"\xff\" \"\"")
	f.Fuzz(func(t *testing.T, line string) {
		e, err := ParseLine(line)
		if err != nil {
			return
		}
		if e.Host == "" || strings.ContainsRune(e.Host, ' ') || e.Time.IsZero() && !strings.Contains(line, "0001") || !strings.HasPrefix(e.Path(), "/") {
			t.Fatalf("accepted %q as %+v", line, e)
		}
		data, err := e.EncodeEvent("0123456789ab")
		if err != nil {
			t.Fatal(err)
		}
		checkEventJSON(t, data)
	})
}
