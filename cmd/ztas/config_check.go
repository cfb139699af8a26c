package main

import (
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Validate checks what the types cannot. The error names every wrong setting, one a line. Command line parsing calls it.
func (c *Config) Validate() error {
	c.PublicURL = strings.TrimRight(c.PublicURL, "/")
	errs := []error{
		checkAddress("LISTEN", c.Listen),
		checkPublicURL(c.PublicURL),
		checkSMTP(string(c.SMTPURL)),
		checkEmail("MAIL_FROM", c.MailFrom),
		checkHeader("GEO_COUNTRY_HEADER", c.GeoCountryHeader),
		checkHeader("GEO_REGION_HEADER", c.GeoRegionHeader),
		checkOrigins(c.WSAllowedOrigins),
		checkCount("MAX_SITES_PER_USER", c.MaxSites, 1, 1<<31),
		checkCount("MAX_MEMBERS_PER_SITE", c.MaxMembers, 1, 1<<31),
		checkCount("RETENTION_DAYS", c.RetentionDays, 30, 3650),
		checkCount("ACTIVITY_RETENTION_DAYS", c.ActivityRetentionDays, 1, 36500),
		checkCount("SITE_PURGE_DAYS", c.SitePurgeDays, 0, 3650),
		checkCount("INGEST_MAX_BATCH", c.IngestMaxBatch, 1, 10000),
		checkCount("MAX_DIMENSION_VALUES", c.MaxDimensionValues, 1, 1000000),
		checkCount("MAX_VISITORS_EXACT", c.MaxVisitorsExact, 1, 1<<31),
		checkCount("WS_MAX_PER_USER", c.WSMaxPerUser, 1, 1<<31),
		checkCount("WS_MAX_PER_IP", c.WSMaxPerIP, 1, 1<<31),
		checkCount("WEBHOOK_MAX_ATTEMPTS", c.WebhookMaxAttempts, 1, 100),
		checkCount("WEBHOOK_DISABLE_AFTER", c.WebhookDisableAfter, 1, 1000000),
		checkSize("INGEST_MAX_BODY", c.IngestMaxBody, 1024, 64<<20),
		checkTime("INGEST_MAX_AGE", c.IngestMaxAge, 0, 24*time.Hour),
		checkTime("JWT_TTL", c.JWTTTL, time.Minute, 10*365*24*time.Hour),
		checkTime("REFRESH_TTL", c.RefreshTTL, time.Minute, 10*365*24*time.Hour),
		checkTime("ALERT_EVAL_INTERVAL", c.AlertEvalInterval, 10*time.Millisecond, time.Minute),
		checkTime("WEBHOOK_TIMEOUT", c.WebhookTimeout, 100*time.Millisecond, time.Minute),
	}
	if c.MetricsListen != "off" {
		errs = append(errs, checkAddress("METRICS_LISTEN", c.MetricsListen), checkApart(c.Listen, c.MetricsListen))
	}
	if c.JWTSecret != "" && len(c.JWTSecret) < 32 {
		errs = append(errs, errors.New("JWT_SECRET must have at least 32 bytes"))
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		errs = append(errs, errors.New("TLS_CERT and TLS_KEY must be given together"))
	}
	if c.MemoryLimit != 0 {
		errs = append(errs, checkSize("MEMORY_LIMIT", c.MemoryLimit, 64<<20, 1<<50))
	}
	if c.MinFreeSpace < AutoSize {
		errs = append(errs, errors.New("MIN_FREE_SPACE must be a size or auto"))
	}
	for _, email := range c.Operators {
		if a, err := mail.ParseAddress(email); err != nil || a.Address != email {
			errs = append(errs, fmt.Errorf("OPERATORS must be e-mails: %q is none", email))
		}
	}
	return errors.Join(append(errs, c.checkLimits()...)...)
}

// checkLimits checks the numbers of which 0 and more is allowed.
func (c *Config) checkLimits() []error {
	var errs []error
	for name, n := range map[string]int{
		"MAX_API_KEYS_PER_USER": c.MaxAPIKeys,
		"MAX_GOALS_PER_SITE":    c.MaxGoals, "MAX_FUNNELS_PER_SITE": c.MaxFunnels, "MAX_ALERTS_PER_SITE": c.MaxAlerts,
		"MAX_WEBHOOKS_PER_SITE": c.MaxWebhooks, "MAX_ANNOTATIONS_PER_SITE": c.MaxAnnotations, "MAX_SHARES_PER_SITE": c.MaxShares,
		"MAX_SEGMENTS_PER_SITE": c.MaxSegments,
		"RATE_LIMIT_MINUTE":     c.Minute, "RATE_LIMIT_HOUR": c.Hour, "RATE_LIMIT_TRACK": c.Track, "RATE_LIMIT_TRACK_SITE": c.TrackSite,
		"RATE_LIMIT_LOGIN": c.Login, "RATE_LIMIT_LOGIN_FAILURES": c.LoginFailures, "RATE_LIMIT_REGISTER": c.Register,
		"RATE_LIMIT_RESET": c.Reset, "RATE_LIMIT_FORGOT": c.Forgot, "RATE_LIMIT_VERIFY_RESET_TOKEN": c.VerifyResetToken,
		"RATE_LIMIT_INVITE_PREVIEW": c.InvitePreview, "RATE_LIMIT_REFRESH": c.Refresh, "RATE_LIMIT_PUBLIC_STATS": c.PublicStats,
		"RATE_LIMIT_INVITATIONS_HOUR": c.InvitationsHour, "RATE_LIMIT_INVITATIONS_DAY": c.InvitationsDay,
	} {
		if err := checkCount(name, n, 0, 1<<31); err != nil {
			errs = append(errs, err)
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	return errs
}

func checkCount(name string, n, low, high int) error {
	if n < low || n > high {
		return fmt.Errorf("%s must be from %d to %d, not %d", name, low, high, n)
	}
	return nil
}

func checkSize(name string, n, low, high Size) error {
	if n < low || n > high {
		return fmt.Errorf("%s must be from %d to %d bytes, not %s", name, low, high, n)
	}
	return nil
}

func checkTime(name string, d, low, high time.Duration) error {
	if d < low || d > high {
		return fmt.Errorf("%s must be from %s to %s, not %s", name, low, high, d)
	}
	return nil
}

func checkAddress(name, address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return fmt.Errorf("%s must be host:port, not %q", name, address)
	}
	return nil
}

// checkApart wants that both addresses can be listened on. Those that are none are told elsewhere.
func checkApart(listen, metrics string) error {
	host, port, err := net.SplitHostPort(listen)
	otherHost, otherPort, otherErr := net.SplitHostPort(metrics)
	if err != nil || otherErr != nil || port != otherPort || port == "0" { // 0: whatever is free
		return nil
	}
	if a, b := listenIP(host), listenIP(otherHost); host == otherHost || overlaps(a, b) || overlaps(b, a) {
		return fmt.Errorf("METRICS_LISTEN %s takes the address of LISTEN %s: give it another port, or off", metrics, listen)
	}
	return nil
}

// listenIP is the address that a host without a name to look up stands for; nil: it has one.
func listenIP(host string) net.IP {
	switch host {
	case "":
		return net.IPv6unspecified
	case "localhost":
		return net.IPv4(127, 0, 0, 1)
	}
	return net.ParseIP(host)
}

// overlaps tells whether listening on a takes b too: :: stands for all addresses, 0.0.0.0 for all of IPv4.
func overlaps(a, b net.IP) bool {
	if a == nil || b == nil {
		return false
	}
	return a.Equal(b) || a.Equal(net.IPv6unspecified) || a.Equal(net.IPv4zero) && b.To4() != nil
}

func checkEmail(name, email string) error {
	if email == "" {
		return nil
	}
	if _, err := mail.ParseAddress(email); err != nil {
		return fmt.Errorf("%s must be an e-mail, not %q", name, email)
	}
	return nil
}

// checkHeader wants the name of a header (RFC 9110, token).
func checkHeader(name, header string) error {
	if strings.ContainsFunc(header, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	}) {
		return fmt.Errorf("%s must be the name of a header such as CF-IPCountry, not %q", name, header)
	}
	return nil
}

func checkOrigins(origins []string) error {
	for _, o := range origins {
		u, err := url.Parse(o)
		if o != "*" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.User != nil) {
			return fmt.Errorf("WS_ALLOWED_ORIGINS must be * or origins such as https://dashboard.example.com: %q is none", o)
		}
	}
	return nil
}

func checkPublicURL(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return fmt.Errorf("PUBLIC_URL must be a URL such as https://analytics.example.com, without a path, not %q", text)
	}
	return nil
}

// checkSMTP never repeats the text: it may hold a password.
func checkSMTP(text string) error {
	if text == "" {
		return nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "smtp" && u.Scheme != "smtps" || u.Host == "" {
		return errors.New("SMTP_URL must be a URL such as smtp://user:password@mail.example.com:587")
	}
	return nil
}
