package people

// page is a page of the made-up site: a small product with documentation and a blog.
type page struct {
	path   string
	read   float64 // median seconds that people stay
	height int     // of the document in CSS px on a desktop
	links  []link
	act    []action // what people may do here
}

// link leads to another page, chosen with this weight.
type link struct {
	to     string
	weight float64
}

// action is a custom event that a visitor of a page causes with a probability, after which the visit may go on elsewhere.
type action struct {
	chance                float64
	name, category, label string
	value                 float64
	properties            func(*dice) map[string]any // nil: none
	then                  string                     // page that follows; "": as the links say
}

var pages = []page{
	{"/", 25, 3400, []link{{"/features", 5}, {"/pricing", 4}, {"/docs", 3}, {"/blog", 2}, {"/about", 1}},
		[]action{{0.03, "video_play", "engagement", "product tour", 0, nil, ""}}},
	{"/features", 45, 5200, []link{{"/pricing", 5}, {"/docs", 2}, {"/signup", 2}, {"/", 1}}, nil},
	{"/pricing", 40, 2600, []link{{"/signup", 5}, {"/features", 2}, {"/docs", 1}, {"/contact", 1}},
		[]action{{0.22, "plan_select", "conversion", "", 0, plan, ""}}},
	{"/signup", 35, 1100, []link{{"/pricing", 2}, {"/", 1}},
		[]action{{0.38, "form_submit", "form", "signup", 0, nil, "/welcome"}}},
	{"/welcome", 20, 1500, []link{{"/docs/install", 5}, {"/docs", 2}},
		[]action{{1, "signup", "conversion", "", 12, plan, ""}}},
	{"/docs", 30, 2200, []link{{"/docs/install", 5}, {"/docs/api", 3}, {"/docs/self-hosting", 2}, {"/pricing", 1}}, nil},
	{"/docs/install", 95, 4100, []link{{"/docs/api", 3}, {"/docs/self-hosting", 2}, {"/docs", 1}},
		[]action{{0.25, "copy_snippet", "docs", "install", 0, language, ""}}},
	{"/docs/api", 140, 9800, []link{{"/docs", 2}, {"/docs/install", 1}},
		[]action{{0.12, "copy_snippet", "docs", "api", 0, language, ""}, {0.04, "file_download", "download", "openapi.zip", 0, nil, ""}}},
	{"/docs/self-hosting", 110, 6200, []link{{"/docs/install", 2}, {"/pricing", 1}},
		[]action{{0.15, "outbound_click", "outbound", "github.com", 0, nil, ""}}},
	{"/blog", 25, 3000, []link{{"/blog/getting-started", 4}, {"/blog/privacy-by-design", 3}, {"/blog/one-binary", 2}, {"/blog/release-2", 2}}, nil},
	{"/blog/getting-started", 120, 7400, []link{{"/docs/install", 3}, {"/signup", 2}, {"/blog", 2}}, newsletter},
	{"/blog/privacy-by-design", 150, 8800, []link{{"/features", 3}, {"/blog", 2}, {"/pricing", 1}}, newsletter},
	{"/blog/one-binary", 130, 8100, []link{{"/docs/self-hosting", 4}, {"/blog", 2}}, newsletter},
	{"/blog/release-2", 70, 4300, []link{{"/features", 3}, {"/docs", 2}, {"/blog", 1}}, newsletter},
	{"/about", 35, 2400, []link{{"/contact", 2}, {"/blog", 1}, {"/", 1}}, nil},
	{"/contact", 40, 1300, []link{{"/", 1}}, []action{{0.2, "form_submit", "form", "contact", 0, nil, ""}}},
	{"/old-docs", 6, 900, []link{{"/docs", 1}}, []action{{1, "404", "error", "", 0, nil, ""}}},
}

var newsletter = []action{{0.06, "newsletter_subscribe", "conversion", "blog footer", 0, nil, ""}}

func plan(d *dice) map[string]any {
	return map[string]any{"plan": pick(d, "hobby", "team", "team", "business"), "yearly": d.chance(0.35), "seats": 1 + d.below(12)}
}

func language(d *dice) map[string]any {
	return map[string]any{"language": pick(d, "html", "html", "next", "vue", "go", "curl")}
}

var pageAt = func() map[string]*page {
	m := make(map[string]*page, len(pages))
	for i := range pages {
		m[pages[i].path] = &pages[i]
	}
	return m
}()
