package ws

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	readBuffer  = 512  // bytes a connection; client frames are small
	writeBuffer = 4096 // bytes, shared through a pool
)

// restartDelay is the Retry-After of a server that takes no more connections.
const restartDelay = 5 * time.Second

// headerRequestID names a request in logs; the answer to an upgrade has it, too, if what serves the connection gave it one.
const headerRequestID = "X-Request-Id"

// Handler answers GET /ws.
func (h *Hub) Handler() http.Handler {
	upgrader := &websocket.Upgrader{
		ReadBufferSize:   readBuffer,
		WriteBufferSize:  writeBuffer,
		WriteBufferPool:  new(sync.Pool),
		HandshakeTimeout: h.cfg.WriteTimeout,
		Subprotocols:     []string{Subprotocol},
		CheckOrigin:      func(*http.Request) bool { return true }, // checked before, with the contract's answer
		Error: func(w http.ResponseWriter, _ *http.Request, status int, _ error) {
			if status == http.StatusBadRequest {
				refuse(w, upgradeRequired)
			} else {
				refuse(w, refusal{http.StatusInternalServerError, "internal_error", "Internal server error", 0})
			}
		},
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.upgrade(upgrader, w, r) })
}

func (h *Hub) upgrade(upgrader *websocket.Upgrader, w http.ResponseWriter, r *http.Request) {
	if refused, no := h.refusalOf(r); no {
		refuse(w, refused)
		return
	}
	principal, credentials, known := h.bearer(r)
	if known && h.deps.Limiter != nil {
		if wait, ok := h.deps.Limiter.Allow(principal.UserID); !ok {
			refuse(w, refusal{http.StatusTooManyRequests, "rate_limited", errRateLimited(wait).text, wait})
			return
		}
	}
	address := h.addressOf(r)
	taken := &wiring{ResponseWriter: w}
	conn, err := upgrader.Upgrade(taken, r, http.Header{headerRequestID: w.Header()[headerRequestID]})
	if err != nil {
		return // answered
	}
	c := taken.client
	c.begin(h, conn)
	tooMany, ok := h.register(c, address)
	switch {
	case !ok:
		_ = conn.Close()
		return
	case tooMany:
		c.close(closeConnections)
	default:
		c.reply(hello(&h.cfg))
		switch {
		case known:
			c.admit(principal)
		case credentials:
			c.reply(failure("", errUnauthorized))
			c.close(closeAuth)
		}
	}
	go c.read() // not this goroutine: it holds the request's memory
}

// bearer reads the Authorization header. known tells that it is good, given that there is one.
func (h *Hub) bearer(r *http.Request) (p Principal, given, known bool) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return Principal{}, false, false
	}
	scheme, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return Principal{}, true, false
	}
	p, err := h.deps.Authenticator.Authenticate(strings.TrimSpace(token))
	return p, true, err == nil
}

// refusal is an HTTP answer with the contract's error envelope.
type refusal struct {
	status     int
	code, text string
	retryAfter time.Duration // 0: no header
}

var upgradeRequired = refusal{http.StatusBadRequest, "bad_request", "WebSocket upgrade required", 0}

func (h *Hub) refusalOf(r *http.Request) (refusal, bool) {
	if r.Method != http.MethodGet {
		return refusal{http.StatusMethodNotAllowed, "method_not_allowed", "Method not allowed", 0}, true
	}
	query := r.URL.Query()
	for _, name := range []string{"token", "ticket", "access_token"} {
		if query.Has(name) {
			return refusal{http.StatusBadRequest, "bad_request", "Credentials are not accepted in the URL", 0}, true
		}
	}
	if !websocket.IsWebSocketUpgrade(r) {
		return upgradeRequired, true
	}
	if !h.originAllowed(r) {
		return refusal{http.StatusForbidden, "forbidden", "Origin not allowed", 0}, true
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closing || h.cfg.MaxConnections > 0 && len(h.clients) >= h.cfg.MaxConnections {
		return refusal{http.StatusServiceUnavailable, "unavailable", "Service temporarily unavailable", restartDelay}, true
	}
	return refusal{}, false
}

// originAllowed is true for clients that are no browsers, for pages of this server and for the configured origins.
func (h *Hub) originAllowed(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	for _, allowed := range h.cfg.AllowedOrigins {
		if allowed == "*" || strings.EqualFold(strings.TrimSuffix(allowed, "/"), origin) {
			return true
		}
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, r.Host)
}

func refuse(w http.ResponseWriter, r refusal) {
	head := w.Header()
	head.Set("Content-Type", "application/json; charset=utf-8")
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "no-referrer")
	if r.status == http.StatusMethodNotAllowed {
		head.Set("Allow", http.MethodGet)
	}
	if r.retryAfter > 0 {
		head.Set("Retry-After", strconv.Itoa(seconds(r.retryAfter)))
	}
	w.WriteHeader(r.status)
	_ = json.NewEncoder(w).Encode(struct {
		Error string `json:"error"`
		Code  string `json:"code"`
	}{r.text, r.code}) // the client may be gone
}
