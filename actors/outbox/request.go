package outbox

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	userAgent   = "zta-webhooks/1"
	maxResponse = 1024 // bytes of an answer that are kept
)

// send makes one POST and tells how it went.
func (o *Outbox) send(ctx context.Context, rawURL string, header http.Header, body string) (out outcome) {
	start := o.deps.Now()
	out.at = start.UnixMilli()
	defer func() { out.duration = o.deps.Now().Sub(start) }()
	u, err := o.guard.parse(rawURL)
	if err != nil { // the settings have become stricter
		out.err = errAddress.Error()
		return out
	}
	ctx, cancel := context.WithTimeout(ctx, o.cfg.Timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, u.String(), strings.NewReader(body))
	if err != nil {
		out.err = errAddress.Error()
		return out
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", userAgent)
	maps.Copy(req.Header, header)
	res, err := o.guard.client.Do(req)
	if err != nil {
		out.err, out.retry = errorWord(err)
		return out
	}
	defer res.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxResponse)) // success does not depend on it
	out.status, out.response = res.StatusCode, strings.ToValidUTF8(string(text), "\uFFFD")
	out.err, out.retry = statusWord(res.StatusCode)
	if res.StatusCode == http.StatusTooManyRequests || res.StatusCode == http.StatusServiceUnavailable {
		out.retryAfter = retryAfter(res.Header.Get("Retry-After"), o.deps.Now())
	}
	return out
}

// statusWord is the contract's judgement of an answer.
func statusWord(status int) (word string, retry bool) {
	switch {
	case status >= 200 && status < 300:
		return "", false
	case status >= 300 && status < 400:
		return "redirect", false
	}
	word = "HTTP " + strconv.Itoa(status)
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return word, true
	}
	return word, status >= 500
}

// errorWord is the contract's word for a request without an answer.
func errorWord(err error) (word string, retry bool) {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.Is(err, errAddress):
		return errAddress.Error(), false
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout", true
	case errors.As(err, &dns):
		return "dns", true
	case errors.As(err, &timeout) && timeout.Timeout():
		return "timeout", true
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused", true
	case isTLS(err):
		return "tls", true
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.EPIPE),
		strings.Contains(err.Error(), "server closed idle connection"): // net/http's word has no value to compare with
		return "connection closed", true
	}
	return "network error", true
}

func isTLS(err error) bool {
	var (
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		alert   tls.AlertError
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
	)
	return errors.As(err, &verify) || errors.As(err, &record) || errors.As(err, &alert) || errors.As(err, &unknown) || errors.As(err, &host) ||
		strings.Contains(err.Error(), "tls: ") || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client")
}

// retryAfter reads the header: seconds, or a date. 0: none, or one that means nothing.
func retryAfter(value string, now time.Time) time.Duration {
	if n, err := strconv.ParseInt(value, 10, 32); err == nil {
		return max(0, time.Duration(n)*time.Second)
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
