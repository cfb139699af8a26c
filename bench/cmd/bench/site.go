package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"time"
)

// product is the server under test with an account and a site.
type product struct {
	*process
	token string
	site  string
}

var limitNames = []string{"MINUTE", "HOUR", "TRACK", "TRACK_SITE", "LOGIN", "LOGIN_FAILURES", "REGISTER", "REFRESH"}

// startProduct starts the server on a new data directory. The visitors' addresses come as from a reverse proxy.
func startProduct(ctx context.Context, o options, work, name string, core int) (*product, error) {
	env := []string{
		"LISTEN=127.0.0.1:0", "METRICS_LISTEN=off", "LOG_FORMAT=json", "TRUSTED_PROXIES=127.0.0.1", "DATA_DIR=" + filepath.Join(work, name),
	}
	for _, limit := range limitNames {
		env = append(env, "RATE_LIMIT_"+limit+"=0")
	}
	server, err := start(ctx, "ztas", core, env, o.bin, "serve")
	if err != nil {
		return nil, err
	}
	p := &product{process: server}
	var account struct{ Token string }
	who := map[string]string{"email": "bench@example.com", "password": "a-long-benchmark-password", "name": "Bench"}
	if err := p.call(ctx, http.MethodPost, "/api/auth/register", who, &account); err != nil {
		return nil, err
	}
	p.token = account.Token
	var site struct{ ID string }
	if err := p.call(ctx, http.MethodPost, "/api/sites", map[string]string{"domain": "bench.example.com"}, &site); err != nil {
		return nil, err
	}
	p.site = site.ID
	return p, nil
}

// call sends a request to the API and decodes the answer's data.
func (p *product) call(ctx context.Context, method, path string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode request: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, "http://"+p.addr+path, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	if p.token != "" {
		r.Header.Set("Authorization", "Bearer "+p.token)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("call server: %w", err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s %s: %d %s", method, path, res.StatusCode, text)
	}
	if err := json.Unmarshal(text, &struct{ Data any }{out}); err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	return nil
}

// checkCount asks the server how many pageviews it has: what was acknowledged must be counted, once.
func (p *product) checkCount(ctx context.Context, acknowledged int64) error {
	var stats struct{ Summary struct{ Pageviews int64 } }
	if err := p.call(ctx, http.MethodGet, "/api/stats?period=7d&siteId="+p.site, nil, &stats); err != nil {
		return err
	}
	if stats.Summary.Pageviews != acknowledged {
		return fmt.Errorf("%d events were acknowledged, %d are counted", acknowledged, stats.Summary.Pageviews)
	}
	return nil
}

// answerOf is the only right answer to a request of so many new events.
func answerOf(events int) string {
	return fmt.Sprintf(`{"data":{"success":true,"count":%d,"duplicates":0,"rejected":[]}}`, events)
}
