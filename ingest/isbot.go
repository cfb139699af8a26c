package ingest

// IsBot tells whether a user agent is a bot, as the pipeline decides it for live hits: for importers, which decide for themselves. It takes
// up to some hundred µs and is safe for concurrent use.
func IsBot(userAgent string) bool { return detectBot(cutBytes(userAgent, maxUserAgent)) != 0 }
