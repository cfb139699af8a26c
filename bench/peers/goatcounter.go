package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// goatcounter is GoatCounter on SQLite as it comes, except that it keeps individual pageviews (a setting of the site; without it only the
// counters are stored), has no rate limits, and takes as many rows as it likes.
type goatcounter struct {
	bin, dir string
	at       placement
	process  *server
	token    string
}

func (g *goatcounter) server() *server { return g.process }

func (g *goatcounter) file() string { return filepath.Join(g.dir, "goatcounter.sqlite3") }

const noLimit = "100000000/1"

func (g *goatcounter) start(ctx context.Context) error {
	if g.token == "" {
		if err := g.setUp(ctx); err != nil {
			return err
		}
	}
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	g.process, err = startServer(ctx, g.at, "GoatCounter", addr, g.dir, nil, g.bin, "serve", "-db", "sqlite+"+g.file(), "-listen", addr,
		"-ratelimit", "count:"+noLimit+",api:"+noLimit+",api-count:"+noLimit, "-json")
	return err
}

// keepsHits is the bit of a site's "collect" setting that stores pageviews one by one.
const keepsHits = 256

// mayAll are an API token's rights: to count, export, read the site and its statistics. The command line cannot give the last one.
const mayAll = 2 | 4 | 8 | 64

// setUp makes a site, its owner and an API token.
func (g *goatcounter) setUp(ctx context.Context) error {
	if _, err := g.run(ctx, "create", "site", "-createdb", "-db", "sqlite+"+g.file(), "-vhost", "127.0.0.1",
		"-user.email", "bench@example.com", "-user.password", "a-long-benchmark-password"); err != nil {
		return err
	}
	if _, err := g.run(ctx, "create", "apitoken", "-db", "sqlite+"+g.file(), "-user", "1", "-name", "bench",
		"-perm", "count,export,site_read"); err != nil {
		return err
	}
	for _, statement := range []string{
		fmt.Sprintf(`update sites set settings = json_set(settings, '$.collect', json_extract(settings, '$.collect') | %d)`, keepsHits),
		fmt.Sprintf(`update api_tokens set permissions = %d`, mayAll),
	} {
		if _, err := g.run(ctx, "query", "-db", "sqlite+"+g.file(), "-format", "exec", statement); err != nil {
			return err
		}
	}
	var err error
	g.token, err = g.query(ctx, "select token from api_tokens")
	return err
}

// run is a call of "goatcounter db".
func (g *goatcounter) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, g.bin, append([]string{"db"}, args...)...)
	cmd.Dir = g.dir
	text, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("goatcounter db %s: %w: %.300s", args[0], err, text)
	}
	return string(text), nil
}

// query returns the one value that a query has. While the database is locked it tries again.
func (g *goatcounter) query(ctx context.Context, query string) (string, error) {
	for attempt := 1; ; attempt++ {
		text, err := g.run(ctx, "query", "-db", "sqlite+"+g.file(), "-format", "csv", query)
		if lines := strings.Fields(text); err == nil && len(lines) == 2 {
			return lines[1], nil
		}
		if err == nil {
			return "", fmt.Errorf("goatcounter db query: no name and value in %.100q", text)
		}
		if attempt == attempts {
			return "", err
		}
		if err := pause(ctx, retryTime); err != nil {
			return "", err
		}
	}
}

func (g *goatcounter) stored(ctx context.Context) (int64, error) {
	text, err := g.query(ctx, "select count(*) as n from hits")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// atRest moves the write-ahead log into the database and kills the server: one that is asked to end adds its sessions to the database, which
// the next start takes out again.
func (g *goatcounter) atRest(ctx context.Context) (all, log int64, err error) {
	if _, err := g.run(ctx, "query", "-db", "sqlite+"+g.file(), "-format", "exec", "pragma wal_checkpoint(truncate)"); err != nil {
		return 0, 0, err
	}
	if err := g.process.kill(); err != nil {
		return 0, 0, err
	}
	info, err := os.Stat(g.file())
	if err != nil {
		return 0, 0, fmt.Errorf("measure database: %w", err)
	}
	return info.Size(), 0, nil
}

// pixel hands in a pageview as GoatCounter's script does.
func (g *goatcounter) pixel() way {
	return way{
		name: "GoatCounter `GET /count`", product: g, status: http.StatusOK, closes: true,
		promise:  "in memory: written within 10 s (`-store-every`)",
		requests: func(n int) []request { return pixelRequests(n, "/count", "") },
	}
}

// pixelRequests asks for the counting pixel as GoatCounter's script does; rnd is what the script sends against caches.
func pixelRequests(n int, target, head string) []request {
	made := make([]request, 0, n)
	for _, h := range newCrowd(1).hits(n) {
		query := url.Values{"p": {h.path}, "r": {h.referrer}}.Encode() + "&rnd=" + stampMark
		made = append(made, newRequest("GET "+target+"?"+query+" HTTP/1.1\r\n"+browserHead(h)+head, ""))
	}
	return made
}

// api hands in a pageview as a server does.
func (g *goatcounter) api() way {
	return way{
		name: "GoatCounter `POST /api/v0/count`", product: g, status: http.StatusAccepted,
		promise: "in memory: written within 10 s, or once 5,000 wait",
		requests: func(n int) []request {
			made := make([]request, 0, n)
			for _, h := range newCrowd(1).hits(n) {
				body := fmt.Sprintf(`{"hits":[{"path":%q,"ref":%q,"ip":%q,"user_agent":%q}]}`, h.path, h.referrer, h.address, h.agent)
				made = append(made, newRequest("POST /api/v0/count HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer "+g.token+"\r\n", body))
			}
			return made
		},
	}
}

func (g *goatcounter) load(ctx context.Context, h *history) error {
	type line struct {
		Path      string    `json:"path"`
		Ref       string    `json:"ref"`
		IP        string    `json:"ip"`
		UserAgent string    `json:"user_agent"`
		CreatedAt time.Time `json:"created_at"`
		Session   string    `json:"session"`
	}
	return h.batches(func(events []past) error {
		lines := make([]line, 0, len(events))
		for _, e := range events {
			// Visitors are told apart for one day, as the other product does by itself.
			session := e.address + e.agent + e.at.Format(time.DateOnly)
			lines = append(lines, line{e.path, e.referrer, e.address, e.agent, e.at, session})
		}
		body, err := json.Marshal(map[string]any{"hits": lines})
		if err != nil {
			return fmt.Errorf("encode hits: %w", err)
		}
		_, err = call(ctx, http.MethodPost, g.url("/api/v0/count"), g.token, body)
		return err
	})
}

func (g *goatcounter) url(path string) string { return "http://" + g.process.addr + path }
