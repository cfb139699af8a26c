package ingest

import "strings"

// group is a set of sources that a channel is told by.
type group uint8

const (
	groupEmail group = 1 << iota
	groupSocial
	groupAI
	groupSearch
	exact // whose subdomains do not belong to it
)

// mediums that name a channel.
var mediums = map[string]string{
	"cpc": "paid", "ppc": "paid", "cpm": "paid", "cpv": "paid", "cpa": "paid", "paid": "paid", "paidsearch": "paid", "paidsocial": "paid",
	"paid-search": "paid", "paid-social": "paid", "paid_search": "paid", "paid_social": "paid", "display": "paid", "banner": "paid",
	"retargeting": "paid",
	"email":       "email", "e-mail": "email", "e_mail": "email", "newsletter": "email",
	"social": "social", "social-media": "social", "social_media": "social", "social-network": "social", "sm": "social",
	"organic": "organic",
}

// hosts count with all their subdomains, unless they are exact.
var hosts = map[string]group{
	"mail.google.com": groupEmail | exact, "outlook.live.com": groupEmail | exact, "outlook.office.com": groupEmail | exact,
	"mail.yahoo.com": groupEmail | exact, "mail.proton.me": groupEmail | exact, "com.google.android.gm": groupEmail | exact,
	"com.google.android.googlequicksearchbox": groupSearch | exact, "yahoo.com": groupSearch | exact,

	"facebook.com": groupSocial, "fb.com": groupSocial, "instagram.com": groupSocial, "threads.net": groupSocial, "twitter.com": groupSocial,
	"x.com": groupSocial, "t.co": groupSocial, "linkedin.com": groupSocial, "lnkd.in": groupSocial, "pinterest.com": groupSocial,
	"reddit.com": groupSocial, "tiktok.com": groupSocial, "youtube.com": groupSocial, "youtu.be": groupSocial, "t.me": groupSocial,
	"wa.me": groupSocial, "vk.com": groupSocial, "tumblr.com": groupSocial, "quora.com": groupSocial, "snapchat.com": groupSocial,
	"bsky.app": groupSocial, "mastodon.social": groupSocial, "news.ycombinator.com": groupSocial,

	"chatgpt.com": groupAI, "chat.openai.com": groupAI, "claude.ai": groupAI, "perplexity.ai": groupAI, "gemini.google.com": groupAI,
	"copilot.microsoft.com": groupAI, "grok.com": groupAI, "chat.deepseek.com": groupAI, "chat.mistral.ai": groupAI, "meta.ai": groupAI,
	"you.com": groupAI, "duck.ai": groupAI, "phind.com": groupAI,

	"bing.com": groupSearch, "duckduckgo.com": groupSearch, "search.yahoo.com": groupSearch, "baidu.com": groupSearch, "ya.ru": groupSearch,
	"ecosia.org": groupSearch, "qwant.com": groupSearch, "startpage.com": groupSearch, "search.brave.com": groupSearch, "kagi.com": groupSearch,
	"seznam.cz": groupSearch, "naver.com": groupSearch,
}

// sources are names in utm.source that are no host.
var sources = map[string]group{
	"email": groupEmail, "e-mail": groupEmail, "e_mail": groupEmail, "newsletter": groupEmail,

	"facebook": groupSocial, "fb": groupSocial, "instagram": groupSocial, "ig": groupSocial, "threads": groupSocial, "twitter": groupSocial,
	"x": groupSocial, "linkedin": groupSocial, "pinterest": groupSocial, "reddit": groupSocial, "tiktok": groupSocial, "youtube": groupSocial,
	"telegram": groupSocial, "whatsapp": groupSocial, "vk": groupSocial, "tumblr": groupSocial, "quora": groupSocial, "snapchat": groupSocial,
	"bluesky": groupSocial, "mastodon": groupSocial, "hackernews": groupSocial,
}

// channelOf is the table of track.md: the first row that fits. All texts are in lower case.
func channelOf(source, medium, host string, paidClick bool) string {
	byMedium := mediums[medium]
	if source == "" && host == "" && byMedium == "" && !paidClick {
		return "direct"
	}
	named, byHost := sources[source], hostGroups(host)
	switch either := named | byHost | hostGroups(source); {
	case byMedium == "paid" || paidClick:
		return "paid"
	case byMedium == "email" || named&groupEmail != 0 || byHost&groupEmail != 0:
		return "email"
	case byMedium == "social" || either&groupSocial != 0:
		return "social"
	case either&groupAI != 0:
		return "ai"
	case byMedium == "organic" || byHost&groupSearch != 0:
		return "organic"
	case host != "" || source != "":
		return "referral"
	}
	return "direct"
}

// hostGroups finds every group that a host belongs to.
func hostGroups(host string) (found group) {
	if host == "" {
		return 0
	}
	for domain := host; ; {
		if g := hosts[domain]; g&exact == 0 || domain == host {
			found |= g
		}
		if rest, ok := strings.CutPrefix(domain, "yandex."); ok && isTopLevels(rest) {
			found |= groupSearch
		}
		dot := strings.IndexByte(domain, '.')
		if dot < 0 || strings.IndexByte(domain[dot+1:], '.') < 0 { // no host of the table is a single label
			break
		}
		domain = domain[dot+1:]
	}
	rest, isNews := strings.CutPrefix(host, "news.")
	if !isNews {
		rest = strings.TrimPrefix(host, "images.")
	}
	if rest, ok := strings.CutPrefix(rest, "google."); ok && isTopLevels(rest) {
		found |= groupSearch
	}
	return found
}

// isTopLevels tells whether s is two or three letters, and perhaps a dot and two letters behind them.
func isTopLevels(s string) bool {
	first, second, both := strings.Cut(s, ".")
	return (len(first) == 2 || len(first) == 3) && onlyLetters(first) && (!both || len(second) == 2 && onlyLetters(second))
}

func onlyLetters(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 'a' || s[i] > 'z' {
			return false
		}
	}
	return true
}
