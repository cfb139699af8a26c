package api

import (
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// issueTicket serves POST /api/ws/ticket.
func (s *Server) issueTicket(x *exchange) (action, error) {
	return func() error {
		ticket, expires := s.deps.Tickets.Issue(x.caller)
		data(x.c, http.StatusCreated, gin.H{"ticket": ticket, "expiresAt": instant(expires), "url": s.socketURL()})
		return nil
	}, nil
}

// socketURL is PUBLIC_URL with ws for http and wss for https.
func (s *Server) socketURL() string {
	return "ws" + strings.TrimPrefix(s.cfg.PublicURL, "http") + "/ws"
}
