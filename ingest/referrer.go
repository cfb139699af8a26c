package ingest

import (
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

const maxHost = 253 // bytes

// originHost is the lower-case host of an Origin header, without scheme and port.
func originHost(origin string) (host string, ok bool) {
	_, rest, ok := strings.Cut(origin, "://")
	if !ok {
		return "", false
	}
	return hostOf(rest)
}

// hostOf is the lower-case host at the beginning of what follows "://" in a URL.
func hostOf(rest string) (host string, ok bool) {
	if end := strings.IndexAny(rest, "/?#\\"); end >= 0 {
		rest = rest[:end]
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		rest = rest[at+1:]
	}
	if strings.HasPrefix(rest, "[") {
		end := strings.IndexByte(rest, ']')
		if end < 0 {
			return "", false
		}
		rest = rest[:end+1]
	} else if colon := strings.IndexByte(rest, ':'); colon >= 0 {
		rest = rest[:colon]
	}
	rest = strings.TrimSuffix(rest, ".")
	if rest == "" || len(rest) > maxHost {
		return "", false
	}
	for i := 0; i < len(rest); i++ {
		if !hostBytes[rest[i]] {
			return "", false
		}
	}
	if rest[0] >= 0x80 || strings.ContainsFunc(rest, func(r rune) bool { return r >= 0x80 }) {
		return strings.ToLower(rest), true
	}
	return lowerASCII(rest), true
}

var hostBytes = highToo(byteSet("._-[]:"))

// referrerHost is the host of a referrer with scheme http, https or android-app, as sent and without www.; "" for none.
func referrerHost(referrer string) (full, host string) {
	referrer = plainText(referrer, analytics.MaxReferrer)
	scheme, rest, ok := strings.Cut(referrer, "://")
	if !ok || !strings.EqualFold(scheme, "https") && !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "android-app") {
		return "", ""
	}
	if full, ok = hostOf(rest); !ok {
		return "", ""
	}
	return full, strings.TrimPrefix(full, "www.")
}

// deriveSource gives a pageview its referrer, source and channel. A host that the Origin check would accept is internal: no referrer.
func (r *Run) deriveSource() *verdict {
	e := r.event
	if e.Kind != analytics.Pageview {
		return nil
	}
	if r.hit.Referrer != "" {
		full, host := referrerHost(r.hit.Referrer)
		if host != "" && !r.rules.accepts(full) && !r.rules.accepts(host) {
			e.ReferrerDomain = host
		}
	}
	source, medium := strings.ToLower(e.UTM.Source), strings.ToLower(e.UTM.Medium)
	paid := r.paidClick || r.hit.ClickID != "" && isClickID(plainText(r.hit.ClickID, maxHost))
	e.Channel = channelOf(source, medium, e.ReferrerDomain, paid)
	switch {
	case source != "":
		e.Source = source
	case e.ReferrerDomain != "":
		e.Source = e.ReferrerDomain
	default:
		e.Source = "(direct)"
	}
	return nil
}
