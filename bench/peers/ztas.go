package main

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"time"
)

// ztas is this product.
type ztas struct {
	bin, dir  string
	at        placement
	process   *server
	key, site string
}

func (z *ztas) server() *server { return z.process }

func (z *ztas) data() string { return filepath.Join(z.dir, "ztas-data") }

var limitNames = []string{"MINUTE", "HOUR", "TRACK", "TRACK_SITE", "LOGIN", "LOGIN_FAILURES", "REGISTER", "REFRESH"}

func (z *ztas) start(ctx context.Context) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	// The visitors' addresses come as from a reverse proxy.
	env := []string{"LISTEN=" + addr, "METRICS_LISTEN=off", "LOG_FORMAT=json", "TRUSTED_PROXIES=127.0.0.1", "DATA_DIR=" + z.data()}
	for _, limit := range limitNames {
		env = append(env, "RATE_LIMIT_"+limit+"=0")
	}
	if z.process, err = startServer(ctx, z.at, "ztas", addr, z.dir, env, z.bin, "serve"); err != nil {
		return err
	}
	if z.site != "" {
		return nil
	}
	return z.setUp(ctx)
}

// setUp makes an account, a site and an API key.
func (z *ztas) setUp(ctx context.Context) error {
	var account struct{ Data struct{ Token string } }
	who := map[string]string{"email": "bench@example.com", "password": "a-long-benchmark-password", "name": "Bench"}
	if err := ask(ctx, http.MethodPost, z.url("/api/auth/register"), "", who, &account); err != nil {
		return err
	}
	var site struct{ Data struct{ ID string } }
	in := map[string]string{"domain": "bench.example.com", "timezone": "UTC"}
	if err := ask(ctx, http.MethodPost, z.url("/api/sites"), account.Data.Token, in, &site); err != nil {
		return err
	}
	var key struct{ Data struct{ Key string } }
	in = map[string]string{"name": "bench", "scope": "admin"}
	if err := ask(ctx, http.MethodPost, z.url("/api/api-keys"), account.Data.Token, in, &key); err != nil {
		return err
	}
	z.site, z.key = site.Data.ID, key.Data.Key
	return nil
}

func (z *ztas) url(path string) string { return "http://" + z.process.addr + path }

func (z *ztas) stored(ctx context.Context) (int64, error) {
	var stats struct {
		Data struct{ Totals struct{ Pageviews int64 } }
	}
	err := ask(ctx, http.MethodGet, z.url("/api/stats-api?period=12mo&interval=none&metrics=pageviews&site_id="+z.site), z.key, nil, &stats)
	return stats.Data.Totals.Pageviews, err
}

func (z *ztas) atRest(context.Context) (all, log int64, err error) {
	if err := z.process.stop(); err != nil {
		return 0, 0, err
	}
	if log, err = allocated(filepath.Join(z.data(), "log")); err != nil {
		return 0, 0, err
	}
	all, err = allocated(z.data())
	return all, log, err
}

// track hands in a pageview as the browser script does.
func (z *ztas) track() way {
	return way{
		name: "ztas `POST /api/track`", product: z, status: http.StatusOK, body: `{"data":{"success":true,"count":1,"duplicates":0,"rejected":[]}}`,
		promise: "durable: synced to disk, counted, found again by its id",
		requests: func(n int) []request {
			made := make([]request, 0, n)
			for _, h := range newCrowd(1).hits(n) {
				body := fmt.Sprintf(`{"type":"pageview","siteId":%q,"id":"%s","path":%q,"referrer":%q}`, z.site, stampMark, h.path, h.referrer)
				made = append(made, newRequest("POST /api/track HTTP/1.1\r\n"+browserHead(h), body))
			}
			return made
		},
	}
}

// pixel hands in a pageview with the bytes that GoatCounter's script sends, over connections that last one request as GoatCounter's do.
func (z *ztas) pixel() way {
	return way{
		name: "ztas `GET /count`", product: z, status: http.StatusOK, closes: true, promise: "durable: synced to disk and counted",
		requests: func(n int) []request { return pixelRequests(n, "/count/"+z.site, "Connection: close\r\n") },
	}
}

// browserHead is what every browser sends, and the proxy before the server adds.
func browserHead(h hit) string {
	return fmt.Sprintf("Host: 127.0.0.1\r\nUser-Agent: %s\r\nX-Forwarded-For: %s\r\n", h.agent, h.address)
}

func (z *ztas) load(ctx context.Context, h *history) error {
	return h.batches(func(events []past) error {
		body := fmt.Appendf(nil, `{"siteId":%q,"events":[`, z.site)
		for i, e := range events {
			if i > 0 {
				body = append(body, ',')
			}
			body = fmt.Appendf(body, `{"type":"pageview","id":"%016x","timestamp":%d,"path":%q,"referrer":%q,"context":{"ip":%q,"userAgent":%q}}`,
				e.id, e.at.UnixMilli(), e.path, e.referrer, e.address, e.agent)
		}
		_, err := call(ctx, http.MethodPost, z.url("/api/import/events"), z.key, append(body, "]}"...))
		return err
	})
}

// days writes a range of whole days as the API takes it.
func days(from, to time.Time) (first, last string) {
	return from.Format(time.DateOnly), to.Add(-time.Second).Format(time.DateOnly)
}
