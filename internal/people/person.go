package people

import (
	"net/netip"
)

// person is who a visitor is; all of it follows from the seed and the person's number.
type person struct {
	ip       string
	agent    *agent
	viewport Size
	pace     float64 // how slowly they read, around 1
	habit    int     // the source they come from most often
}

// country is a country with networks (/16 each) that the public registries give to it.
type country struct {
	weight   float64
	code     string
	networks [4][2]byte
}

var countries = []country{
	{30, "US", [4][2]byte{{18, 122}, {63, 14}, {131, 124}, {172, 89}}},
	{12, "DE", [4][2]byte{{49, 13}, {79, 194}, {93, 198}, {164, 22}}},
	{10, "GB", [4][2]byte{{25, 86}, {57, 63}, {92, 24}, {161, 2}}},
	{7, "FR", [4][2]byte{{77, 207}, {86, 235}, {92, 136}, {163, 93}}},
	{6, "IN", [4][2]byte{{27, 62}, {106, 194}, {118, 95}, {182, 57}}},
	{5, "CA", [4][2]byte{{50, 72}, {129, 128}, {142, 139}, {174, 93}}},
	{4, "NL", [4][2]byte{{77, 63}, {94, 212}, {145, 85}, {164, 140}}},
	{4, "BR", [4][2]byte{{177, 76}, {179, 201}, {189, 56}, {200, 178}}},
	{3, "JP", [4][2]byte{{60, 75}, {126, 1}, {153, 227}, {219, 125}}},
	{3, "AU", [4][2]byte{{16, 26}, {101, 187}, {131, 242}, {167, 130}}},
	{3, "ES", [4][2]byte{{51, 49}, {83, 42}, {89, 60}, {176, 80}}},
	{3, "PL", [4][2]byte{{46, 112}, {83, 7}, {89, 77}, {188, 47}}},
	{2, "IT", [4][2]byte{{31, 196}, {82, 90}, {94, 160}, {151, 96}}},
	{2, "SE", [4][2]byte{{16, 199}, {83, 253}, {135, 225}, {192, 165}}},
	{2, "CH", [4][2]byte{{57, 14}, {85, 4}, {150, 205}, {178, 39}}},
	{1, "ZA", [4][2]byte{{41, 25}, {105, 9}, {163, 196}, {197, 79}}},
	{1, "KR", [4][2]byte{{27, 239}, {115, 16}, {165, 133}, {218, 39}}},
	{1, "MX", [4][2]byte{{148, 239}, {187, 193}, {189, 173}, {201, 111}}},
	{1, "SG", [4][2]byte{{16, 158}, {43, 106}, {117, 105}, {178, 97}}},
}

// agent is a browser on a device.
type agent struct {
	weight float64
	text   string
	sizes  []Size
}

var (
	desktop = []Size{{1920, 970}, {1536, 730}, {1440, 790}, {1366, 650}, {2560, 1290}}
	phone   = []Size{{390, 664}, {393, 660}, {412, 740}, {360, 640}}
	tablet  = []Size{{820, 1080}, {800, 1120}}
)

var agents = []agent{
	{30, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", desktop},
	{12, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", desktop},
	{7, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", desktop},
	{7, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0", desktop},
	{4, "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0", desktop},
	{4, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", desktop},
	{2, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", desktop},
	{1, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 OPR/125.0.0.0", desktop},
	{14, "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1", phone},
	{12, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36", phone},
	{3, "Mozilla/5.0 (Linux; Android 14; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile Safari/537.36", phone},
	{1, "Mozilla/5.0 (Android 14; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0", phone},
	{2, "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1", tablet},
	{1, "Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36", tablet},
}

func newPerson(seed, number uint64) person {
	d := newDice(seed, streamPerson, number)
	c := &countries[weighted(d, countries, func(c *country) float64 { return c.weight })]
	network := c.networks[d.below(len(c.networks))]
	a := &agents[weighted(d, agents, func(a *agent) float64 { return a.weight })]
	return person{
		ip:       netip.AddrFrom4([4]byte{network[0], network[1], byte(d.below(256)), byte(1 + d.below(254))}).String(),
		agent:    a,
		viewport: a.sizes[d.below(len(a.sizes))],
		pace:     d.around(1, 0.35),
		habit:    weighted(d, sources, func(s *source) float64 { return s.weight }),
	}
}
