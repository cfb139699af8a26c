package api

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"github.com/ztas-io/ztas/api/auth"
)

// Config is what the operator tells this package; the comments name the contract's settings (README §9). Rates of 0 are switched off.
type Config struct {
	PublicURL      string         // PUBLIC_URL, without a path
	TrustedProxies []netip.Prefix // TRUSTED_PROXIES: peers whose X-Forwarded-For counts

	Auth auth.Config // JWT_SECRET, JWT_TTL, REFRESH_TTL, REGISTRATION_ENABLED, MAX_API_KEYS_PER_USER; its Issuer is PublicURL

	Operators []string // OPERATORS: e-mails of those who run the server; none: the first account

	RetentionDays      int  // RETENTION_DAYS of new sites, 30 to 3,650
	AllowLocalSites    bool // ALLOW_LOCAL_SITES: the domain "localhost"
	MaxSitesPerUser    int  // MAX_SITES_PER_USER: owned and not deleted
	MaxDimensionValues int  // MAX_DIMENSION_VALUES per site, day and dimension

	MaxGoals    int // MAX_GOALS_PER_SITE
	MaxFunnels  int // MAX_FUNNELS_PER_SITE
	MaxSegments int // MAX_SEGMENTS_PER_SITE
	MaxAlerts   int // MAX_ALERTS_PER_SITE
	MaxWebhooks int // MAX_WEBHOOKS_PER_SITE

	MaxAnnotations int // MAX_ANNOTATIONS_PER_SITE
	MaxShares      int // MAX_SHARES_PER_SITE: not expired
	SitePurgeDays  int // SITE_PURGE_DAYS: from the deletion of a site to its purge

	MaxMembers int // MAX_MEMBERS_PER_SITE: with the pending invitations

	HooksAllowHTTP bool // WEBHOOK_ALLOW_HTTP: webhooks and Slack may have http URLs

	RateMinute        int // RATE_LIMIT_MINUTE: API requests a user
	RateHour          int // RATE_LIMIT_HOUR
	RateLogin         int // RATE_LIMIT_LOGIN: a minute and IP
	RateLoginFailures int // RATE_LIMIT_LOGIN_FAILURES: 15 minutes and e-mail
	RateRegister      int // RATE_LIMIT_REGISTER: a minute and IP
	RateForgot        int // RATE_LIMIT_FORGOT: a minute and IP
	RateVerifyReset   int // RATE_LIMIT_VERIFY_RESET_TOKEN: a minute and IP
	RateReset         int // RATE_LIMIT_RESET: a minute and IP
	RateRefresh       int // RATE_LIMIT_REFRESH: a minute and IP
	RatePublicStats   int // RATE_LIMIT_PUBLIC_STATS: a minute and IP
	RateInvitePreview int // RATE_LIMIT_INVITE_PREVIEW: a minute and IP
	RateInvitesHour   int // RATE_LIMIT_INVITATIONS_HOUR: an hour and user
	RateInvitesDay    int // RATE_LIMIT_INVITATIONS_DAY: a day and site
}

// DefaultConfig returns the contract's defaults. PublicURL and the secret of tokens have none.
func DefaultConfig() Config {
	return Config{
		Auth:          auth.DefaultConfig(),
		RetentionDays: 730, MaxSitesPerUser: 50, MaxDimensionValues: 10_000,
		MaxGoals: 200, MaxFunnels: 100, MaxSegments: 200, MaxAlerts: 100, MaxWebhooks: 10,
		MaxAnnotations: 500, MaxShares: 20, SitePurgeDays: 30, RatePublicStats: 60,
		MaxMembers: 50, RateInvitePreview: 10, RateInvitesHour: 10, RateInvitesDay: 50,
		RateMinute: 100, RateHour: 1000, RateLogin: 10, RateLoginFailures: 10, RateRegister: 5,
		RateForgot: 3, RateVerifyReset: 10, RateReset: 5, RateRefresh: 30,
	}
}

// Validate tells what is wrong, by the operator's names.
func (c *Config) Validate() error {
	u, err := url.Parse(c.PublicURL)
	switch {
	case err != nil:
		return fmt.Errorf("PUBLIC_URL: %w", err)
	case u.Scheme != "http" && u.Scheme != "https", u.Host == "", u.Path != "", u.RawQuery != "", u.Fragment != "", u.User != nil:
		return errors.New("PUBLIC_URL must be like https://analytics.example.com, without a path or a slash at its end")
	case c.Auth.Issuer != c.PublicURL:
		return errors.New("the issuer of tokens must be PUBLIC_URL")
	case c.RetentionDays < minRetention || c.RetentionDays > maxRetention:
		return fmt.Errorf("RETENTION_DAYS must be between %d and %d", minRetention, maxRetention)
	case c.MaxSitesPerUser < 1:
		return errors.New("MAX_SITES_PER_USER must be at least 1")
	case c.SitePurgeDays < 0:
		return errors.New("SITE_PURGE_DAYS must not be negative")
	case c.MaxDimensionValues < 1:
		return errors.New("MAX_DIMENSION_VALUES must be at least 1")
	case c.MaxMembers < 1:
		return errors.New("MAX_MEMBERS_PER_SITE must be at least 1")
	}
	for name, n := range map[string]int{
		"MINUTE": c.RateMinute, "HOUR": c.RateHour, "LOGIN": c.RateLogin, "LOGIN_FAILURES": c.RateLoginFailures,
		"REGISTER": c.RateRegister, "FORGOT": c.RateForgot, "VERIFY_RESET_TOKEN": c.RateVerifyReset, "RESET": c.RateReset,
		"REFRESH":        c.RateRefresh,
		"PUBLIC_STATS":   c.RatePublicStats,
		"INVITE_PREVIEW": c.RateInvitePreview, "INVITATIONS_HOUR": c.RateInvitesHour, "INVITATIONS_DAY": c.RateInvitesDay,
	} {
		if n < 0 {
			return fmt.Errorf("RATE_LIMIT_%s must not be negative", name)
		}
	}
	return c.Auth.Validate()
}
