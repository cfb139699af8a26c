package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/internal/commandline"
)

// settings are the names of contract/README §9 and §7, with their defaults as the program writes them and another valid value.
var settings = []struct{ name, standard, other string }{
	{"LISTEN", "127.0.0.1:8080", "0.0.0.0:80"}, {"METRICS_LISTEN", "127.0.0.1:9090", "off"},
	{"TLS_CERT", "", ""}, {"TLS_KEY", "", ""}, {"DATA_DIR", "data", "/var/lib/ztas"},
	{"PUBLIC_URL", "", "https://analytics.example.com"}, {"JWT_SECRET", "", strings.Repeat("k", 32)},
	{"JWT_TTL", "168h0m0s", "1h0m0s"}, {"REFRESH_TTL", "720h0m0s", "2h0m0s"}, {"REGISTRATION_ENABLED", "false", "true"},
	{"TRUSTED_PROXIES", "[]", "[10.0.0.0/8 ::1/128]"}, {"GEO_COUNTRY_HEADER", "", "CF-IPCountry"}, {"GEO_REGION_HEADER", "", "X-Region"},
	{"GEO_DB_PATH", "", "/geo.mmdb"}, {"SMTP_URL", "", "smtps://u:p@mail.example.com"}, {"MAIL_FROM", "", "a@example.com"},
	{"RETENTION_DAYS", "730", "3650"}, {"ACTIVITY_RETENTION_DAYS", "365", "30"}, {"SITE_PURGE_DAYS", "30", "0"},
	{"ALLOW_LOCAL_SITES", "false", "true"}, {"WS_ALLOWED_ORIGINS", "[*]", "[https://a.example.com https://b.example.com]"},
	{"WS_MAX_PER_USER", "10", "1"}, {"WS_MAX_PER_IP", "50", "500"}, {"MIN_FREE_SPACE", "auto", "1048576"}, {"MEMORY_LIMIT", "0", "268435456"},
	{"OPERATORS", "[]", "[a@example.com b@example.com]"}, {"LOG_LEVEL", "info", "debug"}, {"LOG_FORMAT", "auto", "json"},
	{"MAX_SITES_PER_USER", "50", "1"}, {"MAX_MEMBERS_PER_SITE", "50", "1"}, {"MAX_API_KEYS_PER_USER", "50", "1"},
	{"MAX_GOALS_PER_SITE", "200", "1"}, {"MAX_FUNNELS_PER_SITE", "100", "1"}, {"MAX_ALERTS_PER_SITE", "100", "1"},
	{"MAX_WEBHOOKS_PER_SITE", "10", "1"}, {"MAX_ANNOTATIONS_PER_SITE", "500", "1"}, {"MAX_SHARES_PER_SITE", "20", "1"},
	{"MAX_SEGMENTS_PER_SITE", "200", "1"}, {"MAX_DIMENSION_VALUES", "10000", "5"}, {"MAX_VISITORS_EXACT", "1000000", "5"},
	{"INGEST_MAX_BODY", "262144", "1048576"}, {"INGEST_MAX_BATCH", "500", "100"}, {"INGEST_MAX_AGE", "24h0m0s", "1h0m0s"},
	{"ALERT_EVAL_INTERVAL", "500ms", "1s"}, {"WEBHOOK_TIMEOUT", "5s", "10s"}, {"WEBHOOK_MAX_ATTEMPTS", "6", "1"},
	{"WEBHOOK_DISABLE_AFTER", "10", "1"}, {"WEBHOOK_ALLOW_HTTP", "false", "true"}, {"WEBHOOK_ALLOW_PRIVATE", "false", "true"},
	{"RATE_LIMIT_MINUTE", "100", "0"}, {"RATE_LIMIT_HOUR", "1000", "0"}, {"RATE_LIMIT_TRACK", "1000", "0"}, {"RATE_LIMIT_TRACK_SITE", "120000", "0"},
	{"RATE_LIMIT_LOGIN", "10", "0"}, {"RATE_LIMIT_LOGIN_FAILURES", "10", "0"}, {"RATE_LIMIT_REGISTER", "5", "0"}, {"RATE_LIMIT_RESET", "5", "0"},
	{"RATE_LIMIT_FORGOT", "3", "0"}, {"RATE_LIMIT_VERIFY_RESET_TOKEN", "10", "0"}, {"RATE_LIMIT_INVITE_PREVIEW", "10", "0"},
	{"RATE_LIMIT_REFRESH", "30", "0"}, {"RATE_LIMIT_PUBLIC_STATS", "60", "0"}, {"RATE_LIMIT_INVITATIONS_HOUR", "10", "0"},
	{"RATE_LIMIT_INVITATIONS_DAY", "50", "0"},
}

// clean takes every setting out of the test's environment.
func clean(t *testing.T) {
	t.Helper()
	for _, s := range settings {
		t.Setenv(s.name, "") // so that it is put back
		require.NoError(t, os.Unsetenv(s.name))
	}
	t.Setenv("CONFIG", "")
	require.NoError(t, os.Unsetenv("CONFIG"))
}

// resolved is what the command line says of each setting, by environment name, and the flags' names.
func resolved(t *testing.T, args ...string) (values, flags map[string]string) {
	t.Helper()
	cfg, err := loadConfig(args...)
	require.NoError(t, err)
	all, err := commandline.Flags(&cfg)
	require.NoError(t, err)
	values, flags = map[string]string{}, map[string]string{}
	for _, f := range all {
		v := f.Value()
		if secret, ok := v.(Secret); ok {
			v = string(secret)
		}
		values[f.Env], flags[f.Env] = fmt.Sprint(v), f.Name
	}
	delete(values, "CONFIG")
	return values, flags
}

func asText(value string) string { return strings.ReplaceAll(strings.Trim(value, "[]"), " ", ",") }

func TestEverySettingHasItsDefault(t *testing.T) {
	clean(t)
	values, _ := resolved(t)
	require.Len(t, values, len(settings), "a setting is missing, or has no row here")
	for _, s := range settings {
		if s.name == "DATA_DIR" {
			require.Equal(t, s.standard, filepath.Base(values[s.name]))
			continue
		}
		require.Equal(t, s.standard, values[s.name], s.name)
	}
}

// TestEverySource: each setting can be given by flag, environment and file; flag wins over environment over file.
func TestEverySource(t *testing.T) {
	clean(t)
	_, flags := resolved(t)
	file := filepath.Join(t.TempDir(), "ztas.yaml")
	give := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }
	for _, s := range settings {
		if s.other == "" { // the certificate's files come in a pair
			continue
		}
		args := []string{"--" + flags[s.name] + "=" + asText(s.other)}
		values, _ := resolved(t, args...)
		require.Equal(t, s.other, values[s.name], "%s by flag", s.name)

		give("{}")
		t.Setenv(s.name, asText(s.other))
		values, _ = resolved(t, "--config="+file)
		require.Equal(t, s.other, values[s.name], "%s by environment", s.name)
		require.NoError(t, os.Unsetenv(s.name))

		yaml := s.other
		if strings.HasPrefix(yaml, "[") {
			yaml = `["` + strings.ReplaceAll(asText(s.other), ",", `", "`) + `"]`
		}
		for _, name := range []string{flags[s.name], s.name, strings.ToLower(s.name)} {
			give(name + ": " + yaml)
			values, _ = resolved(t, "--config="+file)
			require.Equal(t, s.other, values[s.name], "%s by file as %s", s.name, name)
		}
	}
	give("rate-limit:\n  minute: 7\nretention-days: 90\nlisten: 127.0.0.1:1\n")
	t.Setenv("CONFIG", file)
	t.Setenv("RETENTION_DAYS", "60")
	t.Setenv("LISTEN", "127.0.0.1:2")
	cfg, err := loadConfig("--listen=127.0.0.1:3")
	require.NoError(t, err)
	require.Equal(t, 7, cfg.Minute, "nested")
	require.Equal(t, 60, cfg.RetentionDays)
	require.Equal(t, "127.0.0.1:3", cfg.Listen)
}

// TestWrongValues: each is refused with a message that names the setting, before anything is started.
func TestWrongValues(t *testing.T) {
	for _, c := range []struct{ name, value, says string }{
		{"LISTEN", "8080", `LISTEN must be host:port, not "8080"`},
		{"LISTEN", "127.0.0.1:70000", "LISTEN must be host:port"},
		{"METRICS_LISTEN", "no", `METRICS_LISTEN must be host:port, not "no"`},
		{"METRICS_LISTEN", "127.0.0.1:8080", "METRICS_LISTEN 127.0.0.1:8080 takes the address of LISTEN 127.0.0.1:8080"},
		{"METRICS_LISTEN", ":8080", "METRICS_LISTEN :8080 takes the address of LISTEN 127.0.0.1:8080"},
		{"LISTEN", "0.0.0.0:9090", "METRICS_LISTEN 127.0.0.1:9090 takes the address of LISTEN 0.0.0.0:9090"},
		{"PUBLIC_URL", "analytics.example.com", "PUBLIC_URL must be a URL such as https://analytics.example.com"},
		{"TLS_CERT", "/a.pem", "TLS_CERT and TLS_KEY must be given together"},
		{"JWT_SECRET", "short", "JWT_SECRET must have at least 32 bytes"},
		{"JWT_TTL", "7", `expected duration but got "7"`},
		{"JWT_TTL", "1s", "JWT_TTL must be from 1m0s to 87600h0m0s, not 1s"},
		{"REFRESH_TTL", "-1h", "REFRESH_TTL must be from"},
		{"TRUSTED_PROXIES", "10.0.0.0/33", `expected networks such as 10.0.0.0/8 but got "10.0.0.0/33"`},
		{"SMTP_URL", "mail:hunter2@example.com", "SMTP_URL must be a URL such as"},
		{"RETENTION_DAYS", "29", "RETENTION_DAYS must be from 30 to 3650, not 29"},
		{"RETENTION_DAYS", "many", `expected a valid 64 bit int but got "many"`},
		{"ACTIVITY_RETENTION_DAYS", "0", "ACTIVITY_RETENTION_DAYS must be from 1"},
		{"SITE_PURGE_DAYS", "-1", "SITE_PURGE_DAYS must be from 0"},
		{"REGISTRATION_ENABLED", "perhaps", "bool value must be true"},
		{"MIN_FREE_SPACE", "lots", `expected a size such as 262144 or 256MiB but got "lots"`},
		{"MEMORY_LIMIT", "1MiB", "MEMORY_LIMIT must be from 67108864"},
		{"OPERATORS", "somebody", `OPERATORS must be e-mails: "somebody" is none`},
		{"LOG_LEVEL", "loud", `must be one of "debug","info","warn","error" but got "loud"`},
		{"LOG_FORMAT", "xml", `must be one of "auto","text","json" but got "xml"`},
		{"MAX_DIMENSION_VALUES", "0", "MAX_DIMENSION_VALUES must be from 1"},
		{"INGEST_MAX_BODY", "10", "INGEST_MAX_BODY must be from 1024"},
		{"INGEST_MAX_BATCH", "0", "INGEST_MAX_BATCH must be from 1"},
		{"INGEST_MAX_AGE", "25h", "INGEST_MAX_AGE must be from 0s to 24h0m0s, not 25h0m0s"},
		{"ALERT_EVAL_INTERVAL", "1ms", "ALERT_EVAL_INTERVAL must be from 10ms"},
		{"WEBHOOK_TIMEOUT", "1h", "WEBHOOK_TIMEOUT must be from 100ms"},
		{"WEBHOOK_MAX_ATTEMPTS", "0", "WEBHOOK_MAX_ATTEMPTS must be from 1"},
		{"RATE_LIMIT_LOGIN", "-5", "RATE_LIMIT_LOGIN must be from 0"},
		{"PUBLIC_URL", "https://example.com/stats", "without a path"},
		{"MAIL_FROM", "nobody", `MAIL_FROM must be an e-mail, not "nobody"`},
		{"OPERATORS", "Ann <ann@example.com>", "OPERATORS must be e-mails"},
		{"GEO_COUNTRY_HEADER", "X Country", `GEO_COUNTRY_HEADER must be the name of a header such as CF-IPCountry, not "X Country"`},
		{"GEO_REGION_HEADER", "Région", "GEO_REGION_HEADER must be the name of a header"},
		{"WS_ALLOWED_ORIGINS", "https://a.example.com,b.example.com", `"b.example.com" is none`},
		{"WS_ALLOWED_ORIGINS", "https://a.example.com/page", "WS_ALLOWED_ORIGINS must be * or origins"},
		{"MAX_SITES_PER_USER", "0", "MAX_SITES_PER_USER must be from 1"},
		{"MAX_MEMBERS_PER_SITE", "0", "MAX_MEMBERS_PER_SITE must be from 1"},
		{"WS_MAX_PER_USER", "0", "WS_MAX_PER_USER must be from 1"},
		{"WS_MAX_PER_IP", "-1", "WS_MAX_PER_IP must be from 1"},
		{"WEBHOOK_DISABLE_AFTER", "0", "WEBHOOK_DISABLE_AFTER must be from 1"},
		{"MAX_VISITORS_EXACT", "0", "MAX_VISITORS_EXACT must be from 1"},
		{"MAX_GOALS_PER_SITE", "-1", "MAX_GOALS_PER_SITE must be from 0"},
	} {
		t.Run(c.name+"="+c.value, func(t *testing.T) {
			clean(t)
			t.Setenv(c.name, c.value)
			_, err := loadConfig()
			require.ErrorContains(t, err, c.says)
			require.True(t, strings.Contains(err.Error(), c.name) || strings.Contains(err.Error(), "--"+strings.ToLower(strings.ReplaceAll(c.name, "_", "-"))),
				"names the setting: %s", err)
			require.NotContains(t, err.Error(), "hunter2", "a secret stays one")
		})
	}
}

// TestAddressesApart: addresses that can both be listened on are taken.
func TestAddressesApart(t *testing.T) {
	for _, a := range [][2]string{
		{"127.0.0.1:8080", "127.0.0.1:8081"}, {"127.0.0.1:0", "127.0.0.1:0"}, {"127.0.0.1:8080", "127.0.0.2:8080"}, {"0.0.0.0:8080", "[::1]:8080"},
		{"a.example.com:8080", "127.0.0.1:8080"}, {"127.0.0.1:8080", "off"},
	} {
		require.NoError(t, checkApart(a[0], a[1]), a)
	}
	for _, a := range [][2]string{
		{"localhost:8080", "127.0.0.1:8080"}, {"a.example.com:8080", "a.example.com:8080"}, {"[::1]:8080", ":8080"}, {"127.0.0.1:8080", "[::]:8080"},
	} {
		require.Error(t, checkApart(a[0], a[1]), a)
	}
}

func TestWrongFiles(t *testing.T) {
	clean(t)
	for text, says := range map[string]string{
		"retention: 90":                          `unknown setting "retention"`,
		"rate-limit: {minuet: 9}":                `unknown setting "rate-limit-minuet"`,
		"config: other.yaml":                     `unknown setting "config"`,
		"listen":                                 "configuration file",
		"retention-days: soon":                   `expected a valid 64 bit int but got "soon"`,
		"retention-days: 29":                     "RETENTION_DAYS must be from 30 to 3650",
		"jwt-ttl: 168":                           `expected duration but got "168"`,
		"retention-days: 90\nRETENTION_DAYS: 91": "retention-days is set twice",
		"hunter2hunter2":                         "it must be lines such as",
		"[hunter2]":                              "it must be lines such as",
		"jwt-secret: hunter2":                    "JWT_SECRET must have at least 32 bytes",
		"listen: a\nlisten: b":                   "configuration file",
	} {
		file := filepath.Join(t.TempDir(), "ztas.yaml")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		_, err := loadConfig("--config=" + file)
		require.ErrorContains(t, err, says, text)
		require.NotContains(t, err.Error(), "hunter2", "a secret stays one")
	}
	_, err := loadConfig("--config=/does/not/exist.yaml")
	require.ErrorContains(t, err, "exist.yaml")
}

func TestSecretsStaySecret(t *testing.T) {
	cfg := Config{JWTSecret: "jwt-hunter2", SMTPURL: "smtp://u:hunter2@example.com"}
	asJSON, err := json.Marshal(cfg)
	require.NoError(t, err)
	var logged bytes.Buffer
	for _, h := range []slog.Handler{slog.NewJSONHandler(&logged, nil), slog.NewTextHandler(&logged, nil)} {
		slog.New(h).Info("x", "config", cfg, "secret", cfg.JWTSecret)
	}
	for _, text := range []string{string(asJSON), logged.String(), fmt.Sprintf("%v %+v %#v %s", cfg, cfg, cfg, cfg.SMTPURL)} {
		require.NotContains(t, text, "hunter2")
	}
}

func TestNetworksAndSizes(t *testing.T) {
	var n Networks
	require.NoError(t, n.UnmarshalText([]byte(" 10.1.2.3/8, 192.0.2.7 ,2001:db8::1,")))
	require.Equal(t, Networks{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("192.0.2.7/32"), netip.MustParsePrefix("2001:db8::1/128")}, n)
	for text, want := range map[string]Size{"0": 0, "1024": 1024, "1kB": 1000, "256MiB": 256 << 20, "1 GiB": 1 << 30, "auto": AutoSize} {
		var s Size
		require.NoError(t, s.UnmarshalText([]byte(text)), text)
		require.Equal(t, want, s, text)
	}
	for _, text := range []string{"", "-1", "x", "1e30GB"} {
		require.Error(t, new(Size).UnmarshalText([]byte(text)), text)
	}
}

func TestBaseURL(t *testing.T) {
	require.Equal(t, "http://127.0.0.1:80", (&Config{Listen: "127.0.0.1:80"}).BaseURL())
	require.Equal(t, "https://127.0.0.1:80", (&Config{Listen: "127.0.0.1:80", TLSCert: "x"}).BaseURL())
	clean(t)
	cfg, err := loadConfig("--public-url=https://a.example.com/")
	require.NoError(t, err)
	require.Equal(t, "https://a.example.com", cfg.BaseURL())
}

func TestDemoHasItsOwnData(t *testing.T) {
	clean(t)
	parse := func(args ...string) string {
		var c cli
		_, err := commandline.Parse[command](&commandline.Program{Name: "ztas", Into: &c, ReadFile: readSettings}, append([]string{"demo"}, args...))
		require.NoError(t, err)
		return c.Demo.Data
	}
	require.Equal(t, "demo-data", filepath.Base(parse()))
	require.Equal(t, "data", filepath.Base(parse("--data=./data")))
	t.Setenv("DATA_DIR", "/elsewhere")
	require.Equal(t, "/elsewhere", parse())
	for command, says := range map[string]string{"demo": "Data directory (./demo-data)", "serve": "Data directory (./data)", "backup": "(./data)"} {
		_, help, _ := ztas(t.Context(), command, "--help")
		require.Contains(t, strings.Join(strings.Fields(help), " "), says, command)
	}
}

func TestExitCodes(t *testing.T) {
	clean(t)
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"version"}, 0, "ztas "},
		{[]string{"--help"}, 0, "import accesslog"},
		{[]string{"serve", "--help"}, 0, "--metrics-listen"},
		{[]string{}, 2, "expected one of"},
		{[]string{"fly"}, 2, "unexpected argument fly"},
		{[]string{"serve", "--listen=x"}, 2, "LISTEN must be host:port"},
		{[]string{"demo", "--rate=0"}, 2, "--rate must be"},
		{[]string{"import", "accesslog", "x"}, 2, "--site"},
		{[]string{"import", "accesslog", "x", "--site=s", "--url=u", "--data=d"}, 2, "can't be used together"},
		{[]string{"import", "accesslog", "does-not-exist", "--site=s"}, 1, "open log"},
		{[]string{"import", "accesslog", "main.go", "--site=s", "--url=http://127.0.0.1:1"}, 1, "--url needs --key"},
		{[]string{"import", "accesslog", "main.go", "--site=s", "--data=" + filepath.Join(t.TempDir(), "none")}, 1, "find data directory"},
	} {
		code, out, errOut := ztas(context.Background(), c.args...)
		require.Equal(t, c.code, code, "%v: %s%s", c.args, out, errOut)
		require.Contains(t, out+errOut, c.says, "%v", c.args)
	}
}

func TestLoggerFormats(t *testing.T) {
	var out bytes.Buffer
	newLogger(&out, "info", "auto").Info("hello", "n", 1)
	require.True(t, json.Valid(out.Bytes()), "no terminal: JSON")
	out.Reset()
	logger := newLogger(&out, "warn", "text")
	logger.Info("quiet")
	logger.Warn("loud", "after", time.Second)
	require.NotContains(t, out.String(), "quiet")
	require.Contains(t, out.String(), "loud after=1s")
	require.NotContains(t, out.String(), "\x1b[", "no colours in a file")
}
