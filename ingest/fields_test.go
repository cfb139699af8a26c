package ingest

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

func TestPath(t *testing.T) {
	keep := func(s *analytics.Settings) { s.KeepQuery, s.IgnoreParams = true, []string{"token"} }
	f := func(sent, want, wantWithQuery string) {
		t.Helper()
		body, _ := json.Marshal(map[string]string{"type": "pageview", "path": sent})
		require.Equal(t, want, stored(t, string(body)).Path, sent)
		require.Equal(t, wantWithQuery, stored(t, string(body), keep).Path, sent)
	}
	f("", "/", "/")
	f("/", "/", "/")
	f("pricing", "/pricing", "/pricing")
	f("/Pricing/", "/Pricing/", "/Pricing/")
	f("/a/../b//c", "/a/../b//c", "/a/../b//c")
	f("/a#top", "/a", "/a")
	f("/app#/users", "/app#/users", "/app#/users")
	f("/app#!/users", "/app#!/users", "/app#!/users")
	f("#/users", "/#/users", "/#/users")
	f("?q=1", "/", "/?q=1")
	f("/s?q=shoes&page=2", "/s", "/s?page=2&q=shoes")
	f("/s?b=2&a=2&a=1&utm_source=x&gclid=y&token=z&&fbclid=1", "/s", "/s?a=1&a=2&b=2&fbclid=1")
	f("/s?utm_source=x", "/s", "/s")
	f("/s?%75tm_source=x&GCLID=1&li_fat_id=2", "/s", "/s")
	f("/app?a=1#/users?z=1&b=2", "/app#/users", "/app?a=1#/users?b=2&z=1")
	f("/app?a=1#top?b=2", "/app", "/app?a=1")
	f(" /tr\x00i\x1fm\x7f ", "/trim", "/trim")
	f("/space ?q=1", "/space", "/space?q=1")
	f("/space #top", "/space", "/space")
	f("/a#/space ?q=1", "/a#/space", "/a#/space?q=1")
	f("/"+strings.Repeat("a", 2046)+" b", "/"+strings.Repeat("a", 2046), "/"+strings.Repeat("a", 2046))
	f("/u/jane.doe@example.com/edit", "/u/[redacted]/edit", "/u/[redacted]/edit")
	f("/s?mail=jane%40example.com", "/s", "/s?mail=[redacted]")
	f("/"+strings.Repeat("ä", 2050), "/"+strings.Repeat("ä", 2047), "/"+strings.Repeat("ä", 2047))
	f("/"+strings.Repeat("a", 2040)+"/j@example.com", "/"+strings.Repeat("a", 2040)+"/[redac", "/"+strings.Repeat("a", 2040)+"/[redac")
}

func TestURL(t *testing.T) {
	f := func(body, path string, utm analytics.UTM, channel string) {
		t.Helper()
		e := stored(t, `{"type":"pageview",`+body+`}`)
		require.Equal(t, path, e.Path, body)
		require.Equal(t, utm, e.UTM, body)
		require.Equal(t, channel, e.Channel, body)
	}
	f(`"url":"https://example.com"`, "/", analytics.UTM{}, "direct")
	f(`"url":"HTTPS://example.com/a?x=1#top"`, "/a", analytics.UTM{}, "direct")
	f(`"url":"https://example.com?utm_source=google&utm_medium=Organic"`, "/", analytics.UTM{Source: "google", Medium: "Organic"}, "organic")
	f(`"url":"https://example.com/a?utm_campaign=summer+sale%21&utm_term=a&utm_content=b%zz"`, "/a",
		analytics.UTM{Campaign: "summer sale!", Term: "a", Content: "b%zz"}, "direct")
	f(`"url":"https://example.com/a?gclid=secret"`, "/a", analytics.UTM{}, "paid")
	f(`"url":"https://example.com/a?utm_source=x&utm_term=t","path":"/b","utm":{"source":"y"}`, "/b", analytics.UTM{Source: "y", Term: "t"}, "referral")
	f(`"url":"https://example.com/app#/users?utm_source=no"`, "/app#/users", analytics.UTM{}, "direct")
}

func TestScrub(t *testing.T) {
	f := func(sent, want string) {
		t.Helper()
		require.Equal(t, want, safeText(sent, 500), sent)
	}
	f("mail me: jane.doe+news@mail.example.co.uk.", "mail me: [redacted].")
	f("jane%40example.com", "[redacted]")
	f("q=jane%2540example.com&x", "q=[redacted]&x")
	f("a@b.de,c@d.de", "[redacted],[redacted]")
	f("jörg@exämple.de", "[redacted]")
	f("@mention", "@mention")
	f("user@localhost", "user@localhost")
	f("100% of 40", "100% of 40")
	f("a@b@c.de", "a@[redacted]")
	f("a@b.com..x", "[redacted]..x")
	f("/old/joe@example.com-2024/jane@example.com24/x", "/old/[redacted]/[redacted]/x")
	f("joe@163.com joe@mail2.example.museum joe@xn--bcher-kva.xn--p1ai joe@почта.рф", "[redacted] [redacted] [redacted] [redacted]")
	f("joe@example.com.1", "[redacted].1")
	for _, version := range []string{"/pkg@1.0.0-beta.1", "/@scope/pkg@2.3.4", "/pkg@1.0.0-beta", "/pkg%401.0.0-rc.2-5", "/react@0.0.0-experimental-a1b2c3/index.js",
		"/next@13.4.20-canary.5", "/@user/post.html", "/checkout@v4.x", "/pkg@latest", "/go@1.21rc2"} {
		f(version, version)
	}
	f("from 192.168.1.10:8080", "from [redacted]:8080")
	f("10.0.0.1", "[redacted]")
	f("user@10.0.0.1", "user@[redacted]")
	f("v1.2.3", "v1.2.3")
	f("1.2.3.4.5", "1.2.3.4.5")
	f("1.2.3.256", "1.2.3.256")
	f("Ends with 8.8.8.8.", "Ends with [redacted].")
	f("2001:0db8:0000:0000:0000:ff00:0042:8329", "[redacted]")
	f("[2001:db8::1]:443", "[[redacted]]:443")
	f("::ffff:192.0.2.1", "[redacted]")
	f("at 2001:db8:1:2:3:4:5:6: fine", "at [redacted]: fine")
	// Paths and queries have escapes, whose digits are none of the address behind them.
	f("/search/from%20192.168.1.10", "/search/from%20[redacted]")
	f("/at%2010.0.0.1%20to%2010.0.0.2", "/at%20[redacted]%20to%20[redacted]")
	f("q=%22203.0.113.7%22", "q=%22[redacted]%22")
	f("q=%2522203.0.113.7%2522", "q=%2522[redacted]%2522")
	f("host=%5B2001:db8:1:2:3:4:5:6%5D", "host=%5B[redacted]%5D")
	f("a%202001:db8:1::6", "a%20[redacted]")
	f("a%253D2001:db8:1::6", "a%253D[redacted]")
	f("ip=2001%3Adb8%3A1%3a%3A6&x", "ip=[redacted]&x")
	f("ip%3D2001%3Adb8%3A1%3A%3A6", "ip%3D[redacted]")
	f("%5B2001%3Adb8%3A1%3A%3A6%5D%3A443", "%5B[redacted]%5D%3A443")
	f("from%3A2001%3Adb8%3A1%3A%3A6", "from%3A[redacted]")
	f("from:2001:db8:1::6", "from:[redacted]")
	f("std%3A%3Amap at 12%3A30%3A45, 100%3", "std%3A%3Amap at 12%3A30%3A45, 100%3")
	f("50%10.0.0.1", "50%[redacted]")
	f("/v%201.2.3", "/v%201.2.3")
	f("%2012:30:45", "%2012:30:45")
	f("std::map::iterator", "std::map::iterator")
	f("std::cafe", "std::cafe")
	f("12:30:45", "12:30:45")
	f("", "")
}

func TestScrubIsLinear(t *testing.T) {
	for _, piece := range []string{"@", "a@", "a%40", "%25", "25", "%2525252525.", "%2525252525:", "%3A", "a%3A", "%3", "1.", "1.1.1.1.", "a:", "::", ".@.", "a.b@"} {
		s := strings.Repeat(piece, 300_000/len(piece))
		_ = safeText(s, 500) // a quadratic scan would take minutes
	}
}

func TestText(t *testing.T) {
	require.Equal(t, "ab", plainText("\t a\x00b \n", 10))
	require.Equal(t, "äöü", plainText("äöüß", 3))
	require.Equal(t, "ä", plainText("ä öß", 2), "no filter could name a value with a space at its end")
	require.Equal(t, "a\uFFFDb", plainText("a\xffb", 10))
	require.Equal(t, "x", plainText("\u00a0x\u2003", 10))
	require.Equal(t, "", plainText("\x01\x02", 10))
}

func TestCustom(t *testing.T) {
	e := stored(t, `{"type":"event"}`)
	require.Equal(t, "custom_event", e.Action)
	require.False(t, e.HasValue)
	require.Nil(t, e.Properties)
	e = stored(t, `{"type":"event","action":" `+strings.Repeat("a", 130)+`","category":"`+strings.Repeat("b", 130)+`","label":"`+strings.Repeat("ü", 600)+`","value":null}`)
	require.Equal(t, []string{strings.Repeat("a", 120), strings.Repeat("b", 120), strings.Repeat("ü", 500)}, []string{e.Action, e.Category, e.Label})
	require.False(t, e.HasValue)
	require.Equal(t, "mail [redacted]", stored(t, `{"type":"event","label":"mail a@b.de"}`).Label)
}

func TestValue(t *testing.T) {
	f := func(sent string, want analytics.Fixed) {
		t.Helper()
		e := stored(t, `{"type":"event","value":`+sent+`}`)
		require.True(t, e.HasValue)
		require.Equal(t, want, e.Value, sent)
	}
	f("0", 0)
	f("99", 990000)
	f("1.5", 15000)
	f("1.00005", 10001)
	f("1.00004999", 10000)
	f("0.00005", 1)
	f("-0.00005", 0)
	f("-0.000051", -1)
	f("-1.0000500", -10000)
	f("-1.00006", -10001)
	f("-1.00004", -10000)
	f("-1.25e-3", -12)
	f("-2.5", -25000)
	f("1e3", 10000000)
	f("1.25e-3", 13)
	f("1e-400", 0)
	f("1000000000000", 1e16)
	f("-1E12", -1e16)
	f("0.1", 1000)
	f("1.005", 10050)
}

func TestProperties(t *testing.T) {
	e := stored(t, `{"type":"event","properties":{"b":"x@y.de","a":1.50,"c":true,"d":null,"e":{},"f":[1],"bad key":1,"":2,"n":12345678901234567890,"z":1e400,"big":123456789012345678,"m":-0.0}}`)
	require.Equal(t, []analytics.Property{
		{Key: "a", Type: analytics.NumberProperty, Text: "1.5"},
		{Key: "b", Type: analytics.StringProperty, Text: "[redacted]"},
		{Key: "big", Type: analytics.NumberProperty, Text: "123456789012345678"},
		{Key: "c", Type: analytics.BoolProperty, Text: "true"},
		{Key: "m", Type: analytics.NumberProperty, Text: "0"},
		{Key: "n", Type: analytics.NumberProperty, Text: "12345678901234567000"},
	}, e.Properties)
	many := map[string]any{strings.Repeat("k", 64): strings.Repeat("ä", 501), strings.Repeat("k", 65): 1}
	for i := range 100 {
		many[fmt.Sprintf("p%02d", i)] = "v"
	}
	list := readProperties(many)
	require.Len(t, list, 30)
	require.Equal(t, strings.Repeat("k", 64), list[0].Key)
	require.Equal(t, strings.Repeat("ä", 500), list[0].Text)
	for i, p := range list[1:] {
		require.Equal(t, "p"+fmt.Sprintf("%02d", i), p.Key)
	}
	for _, p := range e.Properties {
		if p.Type == analytics.NumberProperty {
			_, err := strconv.ParseFloat(p.Text, 64)
			require.NoError(t, err)
			require.True(t, json.Valid([]byte(p.Text)))
		}
	}
}

func TestEngagement(t *testing.T) {
	f := func(fields string, time, seq int32, bounce analytics.Tri) {
		t.Helper()
		e := stored(t, `{"type":"engagement"`+fields+`}`)
		require.Equal(t, []any{time, seq, bounce}, []any{e.TimeOnPage, e.Seq, e.IsBounce}, fields)
	}
	f("", 0, 1, analytics.Absent)
	f(`,"timeOnPage":45,"seq":2,"isBounce":false`, 45000, 2, analytics.False)
	f(`,"timeOnPage":-1,"seq":0,"isBounce":true`, 0, 1, analytics.True)
	f(`,"timeOnPage":3600.1,"seq":-5`, 3600000, 1, analytics.Absent)
	f(`,"timeOnPage":1.0005,"seq":1e300`, 1001, 1<<31-1, analytics.Absent)
	f(`,"timeOnPage":1e300`, 3600000, 1, analytics.Absent)
	f(`,"timeOnPage":0.1`, 100, 1, analytics.Absent)
}

func TestInteraction(t *testing.T) {
	e := stored(t, `{"type":"click","x":10.5,"y":-3,"viewport":{"width":1280,"height":800},"selector":"#mail-a@b.de","element":"a#x","text":" Buy\u0000 ","sinceLoad":1500.7,"dead":true,"rage":7}`)
	require.Equal(t, []any{int32(11), int32(0), int32(1280), int32(800), "#[redacted]", "a#x", "Buy", int32(1500), true, true, int32(7)},
		[]any{e.X, e.Y, e.ViewportW, e.ViewportH, e.Selector, e.Element, e.Text, e.SinceLoad, e.HasSinceLoad, e.Dead, e.Rage})
	e = stored(t, `{"type":"click","x":1e9,"y":65535.4,"viewport":{"width":100,"height":10000},"selector":"`+strings.Repeat("s", 300)+`","element":"`+strings.Repeat("e", 300)+`","text":"`+strings.Repeat("t", 300)+`","sinceLoad":-1,"rage":4}`)
	require.Equal(t, []any{int32(65535), int32(65535), 256, 128, 80, int32(0), true, int32(0)},
		[]any{e.X, e.Y, len(e.Selector), len(e.Element), len(e.Text), e.SinceLoad, e.HasSinceLoad, e.Rage})
	e = stored(t, `{"type":"click","x":1,"y":1,"viewport":{"width":100,"height":100},"sinceLoad":1e12,"rage":1e12}`)
	require.Equal(t, []int32{86_400_000, 1000}, []int32{e.SinceLoad, e.Rage})

	const sizes = `"viewport":{"width":1280,"height":800},"document":{"width":1280,"height":600000}`
	e = stored(t, `{"type":"scroll","depth":50.005,`+sizes+`,"dwell":[[0,1000],[49.6,4000000],[-5,-1]]}`)
	require.Equal(t, []int32{5001, 500000}, []int32{e.Depth, e.DocumentH})
	require.Equal(t, []analytics.Pair{{0, 1000}, {50, 3600000}, {0, 0}}, e.Dwell)
	e = stored(t, `{"type":"scroll","depth":120,`+sizes+`,"dwell":[`+strings.Repeat("[1,1],", 70)+`[2,2]]}`)
	require.Equal(t, int32(10000), e.Depth)
	require.Len(t, e.Dwell, 60)

	e = stored(t, `{"type":"move","points":[`+strings.Repeat("[1.5,99999],", 205)+`[2,2]],"viewport":{"width":1280,"height":800}}`)
	require.Len(t, e.Points, 200)
	require.Equal(t, analytics.Pair{2, 65535}, e.Points[0])

	bare := hit(t, `{"type":"scroll","depth":10}`) // of another product's tracker
	bare.NoViewport = true
	e, out := passHit(t, testPipeline(t), testSite(), testRequest(), bare)
	require.Equal(t, Outcome{}, out)
	require.Equal(t, []int32{1000, 0, 0, 0}, []int32{e.Depth, e.ViewportW, e.ViewportH, e.DocumentH})
}

func TestFieldsOfOtherKindsAreIgnored(t *testing.T) {
	e := stored(t, `{"type":"heartbeat","path":"/a","action":"x","value":"no number","x":1,"utm":{"source":"s"},"referrer":"https://google.com/"}`)
	require.Equal(t, analytics.Event{TS: e.TS, ReceivedAt: e.ReceivedAt, Kind: analytics.Heartbeat, Visitor: e.Visitor, Path: "/a",
		Country: e.Country, Device: "desktop", Browser: "Chrome", BrowserVersion: "120", OS: "Windows", OSVersion: "10"}, e)
}

func TestIDs(t *testing.T) {
	for _, id := range []string{"c1f0a2b3c4d5", "3f0e6f0c-8d7b-4f3a-9c2e-1b2a3c4d5e6f", "abcdefgh", "A_-45678", strings.Repeat("z", 64)} {
		require.Equal(t, id, stored(t, `{"type":"pageview","id":"`+id+`","sessionId":"s-1_A"}`).ID.Text())
	}
	e := stored(t, `{"type":"pageview","sessionId":"s-1_A"}`)
	require.Equal(t, []string{"", "s-1_A"}, []string{e.ID.Text(), e.SessionKey})
}
