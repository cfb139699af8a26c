package main

import "time"

// Config is every setting of the server: flags, environment and YAML file in one, with the names and defaults of the contract (README §9).
// A flag wins over the environment, the environment over the file named by CONFIG, the file over the default. In the file a setting has its
// flag's name.
type Config struct {
	File string `name:"config" env:"CONFIG" type:"settings" placeholder:"FILE" group:"Server" help:"YAML file with these settings under their flags' names."`

	Listen        string   `env:"LISTEN" default:"127.0.0.1:8080" placeholder:"ADDR" group:"Server" help:"Address of API, dashboard and tracker (${default})."`
	Data          string   `env:"DATA_DIR" default:"./data" type:"path" placeholder:"DIR" group:"Server" help:"Data directory (${default})."`
	MetricsListen string   `env:"METRICS_LISTEN" default:"127.0.0.1:9090" placeholder:"ADDR" group:"Server" help:"Address of the Prometheus metrics, or off (${default})."`
	TLSCert       string   `name:"tls-cert" env:"TLS_CERT" type:"path" placeholder:"FILE" group:"Server" help:"Certificate chain, PEM."`
	TLSKey        string   `name:"tls-key" env:"TLS_KEY" type:"path" placeholder:"FILE" group:"Server" help:"Private key of the certificate, PEM."`
	PublicURL     string   `name:"public-url" env:"PUBLIC_URL" placeholder:"URL" group:"Server" help:"Where visitors and users reach the server (the listen address)."`
	Proxies       Networks `name:"trusted-proxies" env:"TRUSTED_PROXIES" placeholder:"CIDR,…" group:"Server" help:"Networks whose X-Forwarded-For is believed."`
	MinFreeSpace  Size     `env:"MIN_FREE_SPACE" default:"auto" placeholder:"SIZE" group:"Server" help:"Free disk space below which ingest answers 503 (the larger of 1 GiB and 5 %)."`
	MemoryLimit   Size     `env:"MEMORY_LIMIT" default:"0" placeholder:"SIZE" group:"Server" help:"Memory of the whole process; 0 is none (${default})."`
	LogLevel      string   `env:"LOG_LEVEL" default:"info" enum:"debug,info,warn,error" placeholder:"LEVEL" group:"Server" help:"debug, info, warn or error (${default})."`
	LogFormat     string   `env:"LOG_FORMAT" default:"auto" enum:"auto,text,json" placeholder:"FORMAT" group:"Server" help:"text, json, or auto: text on a terminal, else json (${default})."`

	Operators           []string      `env:"OPERATORS" placeholder:"EMAIL" group:"Accounts" help:"E-mails of those who run the server (the first account)."`
	JWTSecret           Secret        `name:"jwt-secret" env:"JWT_SECRET" placeholder:"SECRET" group:"Accounts" help:"Key of the access tokens, at least 32 bytes (made on first start, kept in the data directory)."`
	JWTTTL              time.Duration `name:"jwt-ttl" env:"JWT_TTL" default:"168h" placeholder:"TIME" group:"Accounts" help:"Life of an access token (${default})."`
	RefreshTTL          time.Duration `name:"refresh-ttl" env:"REFRESH_TTL" default:"720h" placeholder:"TIME" group:"Accounts" help:"Life of a login session without refresh (${default})."`
	RegistrationEnabled bool          `env:"REGISTRATION_ENABLED" group:"Accounts" help:"Anyone may register; otherwise only the first account and invited ones."`
	MaxSites            int           `name:"max-sites-per-user" env:"MAX_SITES_PER_USER" default:"50" placeholder:"N" group:"Accounts" help:"Sites a user may own (${default})."`
	MaxMembers          int           `name:"max-members-per-site" env:"MAX_MEMBERS_PER_SITE" default:"50" placeholder:"N" group:"Accounts" help:"Members of a site, pending invitations included (${default})."`
	MaxAPIKeys          int           `name:"max-api-keys-per-user" env:"MAX_API_KEYS_PER_USER" default:"50" placeholder:"N" group:"Accounts" help:"API keys of a user (${default})."`
	SMTPURL             Secret        `name:"smtp-url" env:"SMTP_URL" placeholder:"URL" group:"Accounts" help:"Mail server, smtp:// or smtps:// (none: mails go to the log)."`
	MailFrom            string        `env:"MAIL_FROM" placeholder:"EMAIL" group:"Accounts" help:"Sender of mails."`
	AllowLocalSites     bool          `env:"ALLOW_LOCAL_SITES" group:"Accounts" help:"localhost may be a site's domain."`

	IngestMaxBody    Size          `env:"INGEST_MAX_BODY" default:"262144" placeholder:"SIZE" group:"Ingest" help:"Unpacked body of a track request (${default} bytes)."`
	IngestMaxBatch   int           `env:"INGEST_MAX_BATCH" default:"500" placeholder:"N" group:"Ingest" help:"Events of a track request (${default})."`
	IngestMaxAge     time.Duration `env:"INGEST_MAX_AGE" default:"24h" placeholder:"TIME" group:"Ingest" help:"How late an event may come (${default})."`
	GeoCountryHeader string        `env:"GEO_COUNTRY_HEADER" placeholder:"NAME" group:"Ingest" help:"Header of a trusted proxy with the visitor's country."`
	GeoRegionHeader  string        `env:"GEO_REGION_HEADER" placeholder:"NAME" group:"Ingest" help:"Header of a trusted proxy with the visitor's region."`
	GeoDBPath        string        `name:"geo-db-path" env:"GEO_DB_PATH" type:"path" placeholder:"FILE" group:"Ingest" help:"Own .mmdb look-up file for country and region."`

	RetentionDays         int `env:"RETENTION_DAYS" default:"730" placeholder:"DAYS" group:"Limits" help:"Retention of new sites (${default})."`
	ActivityRetentionDays int `env:"ACTIVITY_RETENTION_DAYS" default:"365" placeholder:"DAYS" group:"Limits" help:"Retention of the activity log (${default})."`
	SitePurgeDays         int `env:"SITE_PURGE_DAYS" default:"30" placeholder:"DAYS" group:"Limits" help:"Days from a site's deletion to its purge (${default})."`
	MaxGoals              int `name:"max-goals-per-site" env:"MAX_GOALS_PER_SITE" default:"200" placeholder:"N" group:"Limits" help:"Goals of a site (${default})."`
	MaxFunnels            int `name:"max-funnels-per-site" env:"MAX_FUNNELS_PER_SITE" default:"100" placeholder:"N" group:"Limits" help:"Funnels of a site (${default})."`
	MaxAlerts             int `name:"max-alerts-per-site" env:"MAX_ALERTS_PER_SITE" default:"100" placeholder:"N" group:"Limits" help:"Alerts of a site (${default})."`
	MaxWebhooks           int `name:"max-webhooks-per-site" env:"MAX_WEBHOOKS_PER_SITE" default:"10" placeholder:"N" group:"Limits" help:"Webhooks of a site (${default})."`
	MaxAnnotations        int `name:"max-annotations-per-site" env:"MAX_ANNOTATIONS_PER_SITE" default:"500" placeholder:"N" group:"Limits" help:"Annotations of a site (${default})."`
	MaxShares             int `name:"max-shares-per-site" env:"MAX_SHARES_PER_SITE" default:"20" placeholder:"N" group:"Limits" help:"Share links of a site (${default})."`
	MaxSegments           int `name:"max-segments-per-site" env:"MAX_SEGMENTS_PER_SITE" default:"200" placeholder:"N" group:"Limits" help:"Saved segments of a site (${default})."`
	MaxDimensionValues    int `env:"MAX_DIMENSION_VALUES" default:"10000" placeholder:"N" group:"Limits" help:"Values a site's dimension has on a day before the rest is (other) (${default})."`
	MaxVisitorsExact      int `env:"MAX_VISITORS_EXACT" default:"1000000" placeholder:"N" group:"Limits" help:"Visitors of a site and day that are surely counted exactly (${default})."`

	WSAllowedOrigins []string `name:"ws-allowed-origins" env:"WS_ALLOWED_ORIGINS" default:"*" placeholder:"ORIGIN" group:"Live" help:"Origins that may open a WebSocket (${default})."`
	WSMaxPerUser     int      `name:"ws-max-per-user" env:"WS_MAX_PER_USER" default:"10" placeholder:"N" group:"Live" help:"WebSockets of a user (${default})."`
	WSMaxPerIP       int      `name:"ws-max-per-ip" env:"WS_MAX_PER_IP" default:"50" placeholder:"N" group:"Live" help:"WebSockets of an address (${default})."`

	AlertEvalInterval   time.Duration `env:"ALERT_EVAL_INTERVAL" default:"500ms" placeholder:"TIME" group:"Alerts and webhooks" help:"The least time between two judgements of a site's alerts while events arrive (${default}). When none do it is a minute."`
	WebhookTimeout      time.Duration `env:"WEBHOOK_TIMEOUT" default:"5s" placeholder:"TIME" group:"Alerts and webhooks" help:"Time for one delivery (${default})."`
	WebhookMaxAttempts  int           `env:"WEBHOOK_MAX_ATTEMPTS" default:"6" placeholder:"N" group:"Alerts and webhooks" help:"Attempts for one message (${default})."`
	WebhookDisableAfter int           `env:"WEBHOOK_DISABLE_AFTER" default:"10" placeholder:"N" group:"Alerts and webhooks" help:"Failed messages in a row after which a webhook is disabled (${default})."`
	WebhookAllowHTTP    bool          `name:"webhook-allow-http" env:"WEBHOOK_ALLOW_HTTP" group:"Alerts and webhooks" help:"Webhooks may go to http://."`
	WebhookAllowPrivate bool          `env:"WEBHOOK_ALLOW_PRIVATE" group:"Alerts and webhooks" help:"Webhooks may go to private addresses."`

	RateLimits `prefix:"rate-limit-" group:"Rate limits (0 switches one off)"`
}

// RateLimits are requests, or what a name says, per window; 0 is no limit (contract README §7).
type RateLimits struct {
	Minute           int `env:"RATE_LIMIT_MINUTE" default:"100" placeholder:"N" help:"API requests of a user a minute (${default})."`
	Hour             int `env:"RATE_LIMIT_HOUR" default:"1000" placeholder:"N" help:"API requests of a user an hour (${default})."`
	Track            int `env:"RATE_LIMIT_TRACK" default:"1000" placeholder:"N" help:"Track requests of a site and address a minute (${default})."`
	TrackSite        int `env:"RATE_LIMIT_TRACK_SITE" default:"120000" placeholder:"N" help:"Events of a site a minute (${default})."`
	Login            int `env:"RATE_LIMIT_LOGIN" default:"10" placeholder:"N" help:"Logins of an address a minute (${default})."`
	LoginFailures    int `env:"RATE_LIMIT_LOGIN_FAILURES" default:"10" placeholder:"N" help:"Failed logins of an e-mail in 15 minutes (${default})."`
	Register         int `env:"RATE_LIMIT_REGISTER" default:"5" placeholder:"N" help:"Registrations of an address a minute (${default})."`
	Reset            int `env:"RATE_LIMIT_RESET" default:"5" placeholder:"N" help:"Password resets of an address a minute (${default})."`
	Forgot           int `env:"RATE_LIMIT_FORGOT" default:"3" placeholder:"N" help:"Reset mails of an address a minute (${default})."`
	VerifyResetToken int `env:"RATE_LIMIT_VERIFY_RESET_TOKEN" default:"10" placeholder:"N" help:"Checks of reset links of an address a minute (${default})."`
	InvitePreview    int `env:"RATE_LIMIT_INVITE_PREVIEW" default:"10" placeholder:"N" help:"Views of invitations of an address a minute (${default})."`
	Refresh          int `env:"RATE_LIMIT_REFRESH" default:"30" placeholder:"N" help:"Token refreshes of an address a minute (${default})."`
	PublicStats      int `env:"RATE_LIMIT_PUBLIC_STATS" default:"60" placeholder:"N" help:"Reads of public stats of an address a minute (${default})."`
	InvitationsHour  int `env:"RATE_LIMIT_INVITATIONS_HOUR" default:"10" placeholder:"N" help:"Invitations of a user an hour (${default})."`
	InvitationsDay   int `env:"RATE_LIMIT_INVITATIONS_DAY" default:"50" placeholder:"N" help:"Invitations of a site a day (${default})."`
}

// BaseURL is where the server is reached: PUBLIC_URL, else the listen address. It has no slash at its end.
func (c *Config) BaseURL() string {
	switch {
	case c.PublicURL != "":
		return c.PublicURL
	case c.TLSCert != "":
		return "https://" + c.Listen
	}
	return "http://" + c.Listen
}
