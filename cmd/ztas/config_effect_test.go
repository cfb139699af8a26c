package main

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// reached are the settings of the packages that a setting goes to: where it has its effect, which the tests of that package prove.
func reached(t *testing.T, cfg Config) []any {
	t.Helper()
	return []any{apiConfig(cfg), trackConfig(cfg, nil, slog.New(slog.DiscardHandler)), wsConfig(cfg), outboxConfig(cfg), alertingConfig(cfg), logConfig(cfg.Data, cfg.MinFreeSpace)}
}

// provedElsewhere are the settings that this program applies by itself, with the test that proves each.
var provedElsewhere = map[string]string{
	"LISTEN": "TestSettingsAtWork", "METRICS_LISTEN": "TestSettingsAtWork", "DATA_DIR": "TestSettingsAtWork", "TLS_CERT": "TestConfigCheck", "TLS_KEY": "TestConfigCheck",
	"MEMORY_LIMIT": "TestDemoSite", "LOG_LEVEL": "TestLoggerFormats", "LOG_FORMAT": "TestLoggerFormats", "GEO_DB_PATH": "TestConfigCheck",
	"SMTP_URL": "actors/outbox TestMail", "MAIL_FROM": "actors/outbox TestMail", "INGEST_MAX_AGE": "TestSettingsAtWork",
	"ACTIVITY_RETENTION_DAYS": "api TestActivityErasing",
	"MAX_VISITORS_EXACT":      "visitors are always counted exactly, however many they are", // analytics TestRecount
}

// TestEverySettingReachesItsPackage: another value of each setting changes what one of the packages is told, or another test proves it.
func TestEverySettingReachesItsPackage(t *testing.T) {
	clean(t)
	_, flags := resolved(t)
	data := "--data=" + t.TempDir()
	base, err := loadConfig(data)
	require.NoError(t, err)
	before := reached(t, base)
	for _, s := range settings {
		if provedElsewhere[s.name] != "" {
			continue
		}
		cfg, err := loadConfig(data, "--"+flags[s.name]+"="+asText(s.other))
		require.NoError(t, err, s.name)
		after := reached(t, cfg)
		changed := 0
		for i := range before {
			changed += changes(reflect.ValueOf(before[i]), reflect.ValueOf(after[i]))
		}
		want := 1
		switch s.name {
		case "PUBLIC_URL": // and the issuer of tokens
			want = 2
		case "WEBHOOK_ALLOW_HTTP": // where webhooks are saved, and where they are delivered
			want = 2
		}
		require.Equal(t, want, changed, "%s has no effect, or one too many", s.name)
	}
}

// changes counts the fields in which two configurations differ.
func changes(a, b reflect.Value) (n int) {
	if a.Kind() != reflect.Struct {
		if !reflect.DeepEqual(a.Interface(), b.Interface()) {
			n = 1
		}
		return n
	}
	for i := range a.NumField() {
		if f := a.Type().Field(i); f.IsExported() && f.Type.Kind() != reflect.Func && f.Type.Kind() != reflect.Pointer {
			n += changes(a.Field(i), b.Field(i))
		}
	}
	return n
}

// TestSettingsAtWork: a server whose limits are all as low as they get refuses the second of everything.
func TestSettingsAtWork(t *testing.T) {
	clean(t)
	for _, name := range []string{
		"MAX_SITES_PER_USER", "MAX_API_KEYS_PER_USER", "MAX_GOALS_PER_SITE", "MAX_FUNNELS_PER_SITE", "MAX_ALERTS_PER_SITE",
		"MAX_WEBHOOKS_PER_SITE", "MAX_ANNOTATIONS_PER_SITE", "MAX_SHARES_PER_SITE", "MAX_SEGMENTS_PER_SITE", "MAX_MEMBERS_PER_SITE", "INGEST_MAX_BATCH",
	} {
		t.Setenv(name, "1")
	}
	t.Setenv("INGEST_MAX_BODY", "1024")
	t.Setenv("INGEST_MAX_AGE", "1h")
	t.Setenv("GEO_COUNTRY_HEADER", "X-Country")
	t.Setenv("ALLOW_LOCAL_SITES", "true")
	t.Setenv("RETENTION_DAYS", "60")
	t.Setenv("WEBHOOK_ALLOW_PRIVATE", "true") // so that nothing is asked of the DNS
	s := newImportServer(t)
	ctx := context.Background()
	site := s.site("localhost", "UTC")
	post := func(path string, body map[string]any) error {
		if !strings.Contains(path, "/api/sites") {
			body["siteId"] = site
		}
		return s.api.send(ctx, http.MethodPost, path, body, nil)
	}
	for _, c := range []struct {
		path, message string
		body          map[string]any
	}{
		{"/api/api-keys", "API key limit reached", map[string]any{"name": "a", "scope": "read"}},
		{"/api/goals", "Goal limit reached", map[string]any{"name": "a", "type": "pageview", "path": "/a"}},
		{"/api/funnels", "Funnel limit reached", map[string]any{"name": "a", "steps": []any{
			map[string]any{"name": "a", "type": "pageview", "path": "/a"}, map[string]any{"name": "b", "type": "pageview", "path": "/b"}}}},
		{"/api/alerts", "Alert limit reached", map[string]any{"name": "a", "type": "anomaly", "metric": "pageviews", "notifications": []string{"email"}}},
		{"/api/webhooks", "Webhook limit reached", map[string]any{"url": "https://127.0.0.1:9/", "events": []string{"goal"}}},
		{"/api/annotations", "Annotation limit reached", map[string]any{"date": "2026-01-12"}},
		{"/api/segments", "Segment limit reached", map[string]any{"name": "a", "filters": "device==mobile"}},
		{"/api/sites/" + site + "/shares", "Share limit reached", map[string]any{}},
		{"/api/sites", "Site limit reached", map[string]any{"domain": "example.com"}},
		{"/api/teams", "Team member limit reached", map[string]any{"email": "a@example.com", "role": "viewer"}},
	} {
		if c.path != "/api/sites" && c.path != "/api/teams" { // of these there is one
			require.NoError(t, post(c.path, c.body), c.path)
		}
		requireRefused(t, post(c.path, c.body), http.StatusForbidden, c.message)
	}
	view := map[string]any{"type": "pageview", "path": "/a"}
	track := newClient(s.api.base, "")
	send := func(body map[string]any) error {
		body["siteId"] = site
		return track.send(ctx, http.MethodPost, "/api/track", body, nil)
	}
	requireRefused(t, send(map[string]any{"events": []any{view, view}}), http.StatusBadRequest, "Batch cannot exceed 1 events")
	requireRefused(t, send(map[string]any{"type": "pageview", "path": strings.Repeat("x", 2000)}), http.StatusRequestEntityTooLarge, "Request body too large")
	now := time.Now()
	late := encode(map[string]any{"siteId": site, "type": "pageview", "timestamp": now.Add(-3 * time.Hour).UnixMilli(), "sentAt": now.UnixMilli()})
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.api.base+"/api/track", bytes.NewReader(late))
	require.NoError(t, err)
	req.Header.Set("User-Agent", agent) // the program's own client is a robot
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	require.Equal(t, http.StatusOK, res.StatusCode)
	var sample struct {
		TS int64 `json:"ts"`
	}
	require.NoError(t, s.api.call(ctx, http.MethodGet, "/api/sites/"+site+"/sample", nil, &sample))
	require.WithinDuration(t, now.Add(-time.Hour), time.UnixMilli(sample.TS), time.Minute, "INGEST_MAX_AGE")
	var made struct {
		Settings struct{ DataRetention int }
	}
	require.NoError(t, s.api.call(ctx, http.MethodGet, "/api/sites/"+site, nil, &made))
	require.Equal(t, 60, made.Settings.DataRetention)
	_, err = os.Stat(filepath.Join(s.data, "jwt.key"))
	require.NoError(t, err, "DATA_DIR")
}

func requireRefused(t *testing.T, err error, status int, message string) {
	t.Helper()
	var refusal *apiError
	require.ErrorAs(t, err, &refusal, message)
	require.Equal(t, status, refusal.Status, err)
	require.Contains(t, refusal.Error(), message)
}

// TestConfigCheck: every setting with its value, secrets hidden, and what a start would stumble over.
func TestConfigCheck(t *testing.T) {
	clean(t)
	dir := t.TempDir()
	t.Setenv("JWT_SECRET", strings.Repeat("hunter2", 5))
	t.Setenv("SMTP_URL", "smtp://u:hunter2@mail.example.com")
	code, out, errOut := ztas(context.Background(), "config", "check", "--data="+dir+"/new/data", "--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0", "--trusted-proxies=10.0.0.0/8,::1", "--retention-days=90")
	require.Zero(t, code, errOut)
	require.NotContains(t, out, "hunter2")
	for _, s := range settings {
		require.Regexp(t, `(?m)^`+s.name+` `, out)
	}
	for _, line := range []string{"JWT_SECRET [secret]", "SMTP_URL [secret]", "RETENTION_DAYS 90", "TRUSTED_PROXIES 10.0.0.0/8,::1/128", "WS_ALLOWED_ORIGINS *", "the settings are good"} {
		require.Contains(t, strings.Join(strings.Fields(out), " "), line)
	}
	require.NoDirExists(t, dir+"/new", "nothing is changed")

	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, []byte("hunter2"), 0o600))
	code, out, errOut = ztas(context.Background(), "config", "check", "--data="+file, "--listen=192.0.2.1:80", "--metrics-listen=off", "--tls-cert="+file, "--tls-key="+file,
		"--geo-db-path="+file)
	require.Equal(t, 1, code)
	for _, says := range []string{"DATA_DIR: " + file + " is not a directory", "LISTEN: ", "TLS_CERT and TLS_KEY: ", "GEO_DB_PATH: "} {
		require.Contains(t, errOut, says)
	}
	require.NotContains(t, out+errOut, "hunter2")
	code, _, errOut = ztas(context.Background(), "config", "check", "--retention-days=1", "--max-sites-per-user=0")
	require.Equal(t, 2, code)
	require.Contains(t, errOut, "RETENTION_DAYS must be from 30 to 3650, not 1")
	require.Contains(t, errOut, "MAX_SITES_PER_USER must be from 1")
}
