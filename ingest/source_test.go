package ingest

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

func TestReferrer(t *testing.T) {
	allow := func(s *analytics.Settings) { s.AllowedDomains = []string{"shop.example.net", "*.partner.org"} }
	f := func(referrer, domain, source string) {
		t.Helper()
		e := stored(t, `{"type":"pageview","referrer":"`+referrer+`"}`, allow)
		require.Equal(t, []string{domain, source}, []string{e.ReferrerDomain, e.Source}, referrer)
	}
	f("", "", "(direct)")
	f("https://News.Example.ORG/path?q=secret#x", "news.example.org", "news.example.org")
	f("http://www.blog.com:8080/", "blog.com", "blog.com")
	f("HTTPS://user:pw@blog.com", "blog.com", "blog.com")
	f("android-app://com.google.android.gm/", "com.google.android.gm", "com.google.android.gm")
	f("https://blog.com./", "blog.com", "blog.com")
	f("https://[2001:db8::1]/", "[2001:db8::1]", "[2001:db8::1]")
	f("ftp://blog.com/", "", "(direct)")
	f("blog.com", "", "(direct)")
	f("https://", "", "(direct)")
	f("https://a b.com/", "", "(direct)")
	f("https://<script>/", "", "(direct)")
	f("https://"+strings.Repeat("a", 254)+"/", "", "(direct)")
	f("https://example.com/", "", "(direct)")
	f("https://www.example.com/", "", "(direct)")
	f("https://sub.example.com/", "sub.example.com", "sub.example.com")
	f("https://shop.example.net/", "", "(direct)")
	f("https://www.shop.example.net/", "", "(direct)")
	f("https://a.b.partner.org/", "", "(direct)")
	f("https://partner.org/", "partner.org", "partner.org")
}

func TestChannel(t *testing.T) {
	f := func(fields, channel, source string) {
		t.Helper()
		e := stored(t, `{"type":"pageview"`+fields+`}`)
		require.Equal(t, []string{channel, source}, []string{e.Channel, e.Source}, fields)
	}
	host := func(h, channel string) {
		t.Helper()
		f(`,"referrer":"https://`+h+`/"`, channel, strings.TrimPrefix(h, "www."))
	}
	source := func(s, channel string) {
		t.Helper()
		f(`,"utm":{"source":"`+s+`"}`, channel, strings.ToLower(s))
	}
	medium := func(m, channel string) {
		t.Helper()
		f(`,"utm":{"medium":"`+m+`"}`, channel, "(direct)")
	}
	f(``, "direct", "(direct)")
	for _, m := range strings.Fields("cpc PPC cpm cpv cpa paid paidsearch paidsocial paid-search paid-social paid_search paid_social display banner retargeting") {
		medium(m, "paid")
	}
	for _, id := range strings.Fields("gclid gbraid wbraid dclid msclkid yclid ttclid twclid li_fat_id GCLID") {
		f(`,"clickId":"`+id+`"`, "paid", "(direct)")
	}
	f(`,"clickId":"fbclid"`, "direct", "(direct)")
	f(`,"clickId":"gclid","utm":{"medium":"email"}`, "paid", "(direct)")
	for _, m := range strings.Fields("email e-mail e_mail Newsletter") {
		medium(m, "email")
		source(m, "email")
	}
	for _, h := range strings.Fields("mail.google.com outlook.live.com outlook.office.com mail.yahoo.com mail.proton.me") {
		host(h, "email")
	}
	f(`,"referrer":"android-app://com.google.android.gm/"`, "email", "com.google.android.gm")
	for _, m := range strings.Fields("social social-media social_media social-network sm") {
		medium(m, "social")
	}
	for _, h := range strings.Fields("facebook.com m.facebook.com www.facebook.com l.instagram.com t.co x.com old.reddit.com youtu.be news.ycombinator.com bsky.app") {
		host(h, "social")
	}
	for _, s := range strings.Fields("facebook FB instagram ig threads twitter x linkedin pinterest reddit tiktok youtube telegram whatsapp vk tumblr quora snapchat bluesky mastodon hackernews m.facebook.com") {
		source(s, "social")
	}
	for _, h := range strings.Fields("chatgpt.com chat.openai.com claude.ai www.perplexity.ai gemini.google.com copilot.microsoft.com grok.com chat.deepseek.com chat.mistral.ai meta.ai you.com duck.ai phind.com") {
		host(h, "ai")
	}
	source("chatgpt.com", "ai")
	source("www.Perplexity.ai", "ai")
	medium("organic", "organic")
	for _, h := range strings.Fields("google.com www.google.de google.co.uk google.com.br news.google.com images.google.fr bing.com cn.bing.com duckduckgo.com yahoo.com uk.search.yahoo.com search.yahoo.com baidu.com m.baidu.com yandex.ru yandex.com.tr ya.ru ecosia.org qwant.com startpage.com search.brave.com kagi.com search.seznam.cz naver.com") {
		host(h, "organic")
	}
	f(`,"referrer":"android-app://com.google.android.googlequicksearchbox/"`, "organic", "com.google.android.googlequicksearchbox")
	for _, h := range strings.Fields("docs.google.com google.info google.com.evil.org notfacebook.com finance.yahoo.com brave.com github.com 192.0.2.1 mail.example.org") {
		host(h, "referral")
	}
	source("google", "referral")
	source("partner", "referral")
	medium("whatever", "direct")
	f(`,"utm":{"campaign":"x"}`, "direct", "(direct)")
	f(`,"utm":{"source":"Partner"},"referrer":"https://www.google.com/"`, "organic", "partner")
	f(`,"utm":{"source":"google","medium":"cpc","campaign":"summer-sale"},"referrer":"https://google.com/"`, "paid", "google")
	f(`,"utm":{"source":"jane@example.com"}`, "referral", "[redacted]")
	f(`,"utm":{"source":"`+strings.Repeat("s", 250)+`"}`, "referral", strings.Repeat("s", 200))
}

func TestOrigin(t *testing.T) {
	p := testPipeline(t)
	site := testSite(func(s *analytics.Settings) { s.AllowedDomains = []string{"shop.example.net", "*.partner.org"} })
	f := func(origin string, want bool) {
		t.Helper()
		ok, err := p.AllowsOrigin(site, origin)
		require.NoError(t, err)
		require.Equal(t, want, ok, origin)
	}
	f("https://example.com", true)
	f("http://EXAMPLE.com:8080", true)
	f("https://www.example.com", true)
	f("capacitor://example.com", true)
	f("https://shop.example.net", true)
	f("https://a.partner.org", true)
	f("https://a.b.partner.org", true)
	f("https://partner.org", false)
	f("https://evilpartner.org", false)
	f("https://www.shop.example.net", false)
	f("https://sub.example.com", false)
	f("https://example.com.evil.org", false)
	f("https://evil.org/example.com", false)
	f("https://evil.org?@example.com", false)
	f("null", false)
	f("example.com", false)
	f("https://", false)
	www := testSite()
	www.ID, www.Domain = "site_www123", "www.example.org"
	for _, origin := range []string{"https://example.org", "https://www.example.org"} {
		ok, err := p.AllowsOrigin(www, origin)
		require.NoError(t, err)
		require.True(t, ok, origin)
	}
	broken := testSite()
	broken.ID, broken.Timezone = "site_zone12", "Mars/Olympus"
	_, err := p.AllowsOrigin(broken, "https://example.com")
	require.Error(t, err)
}
