package people

// source is where a visit comes from.
type source struct {
	weight   float64
	referrer string
	utm      *UTM
	clickID  string
	landing  []link  // where it lands
	interest float64 // chance to read another page
}

var (
	toHome = []link{{"/", 8}, {"/pricing", 1}, {"/docs", 1}}
	toBlog = []link{{"/blog/getting-started", 4}, {"/blog/privacy-by-design", 3}, {"/blog/one-binary", 3}, {"/", 2}}
	toDocs = []link{{"/docs/install", 3}, {"/docs/api", 3}, {"/docs/self-hosting", 2}, {"/old-docs", 0.4}}
	toAny  = []link{{"/", 5}, {"/blog/getting-started", 3}, {"/features", 2}, {"/docs/install", 2}, {"/pricing", 1}, {"/old-docs", 0.2}}
	toSell = []link{{"/pricing", 3}, {"/features", 3}, {"/", 1}}
)

var sources = []source{
	{30, "", nil, "", toHome, 0.68},
	{24, "https://www.google.com/", nil, "", toAny, 0.6},
	{4, "https://www.bing.com/", nil, "", toAny, 0.58},
	{3, "https://duckduckgo.com/", nil, "", toAny, 0.62},
	{2, "https://www.ecosia.org/", nil, "", toAny, 0.6},
	{4, "https://news.ycombinator.com/", nil, "", toBlog, 0.42},
	{3, "https://www.reddit.com/", nil, "", toBlog, 0.4},
	{3, "https://www.linkedin.com/", nil, "", toBlog, 0.45},
	{2, "https://t.co/", nil, "", toBlog, 0.35},
	{1, "https://bsky.app/", nil, "", toBlog, 0.4},
	{3, "https://chatgpt.com/", nil, "", toDocs, 0.66},
	{2, "https://www.perplexity.ai/", nil, "", toDocs, 0.64},
	{3, "https://github.com/", nil, "", toDocs, 0.7},
	{2, "https://blog.example.net/tools-we-like", nil, "", toHome, 0.6},
	{2, "https://partner.example.com/integrations", nil, "", toSell, 0.66},
	{5, "", &UTM{Source: "newsletter", Medium: "email", Campaign: "weekly-digest"}, "", toBlog, 0.7},
	{3, "https://www.google.com/", &UTM{Source: "google", Medium: "cpc", Campaign: "brand", Content: "headline-a"}, "gclid", toSell, 0.55},
	{2, "https://www.google.com/", &UTM{Source: "google", Medium: "cpc", Campaign: "privacy-analytics"}, "gclid", toSell, 0.48},
	{1, "https://www.facebook.com/", &UTM{Source: "facebook", Medium: "paid_social", Campaign: "spring-launch"}, "", toSell, 0.36},
}
