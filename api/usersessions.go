package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/ztas-io/ztas/api/auth"
	"github.com/ztas-io/ztas/ingest"
)

// clientOf is where a login comes from, as its session may keep it.
func (s *Server) clientOf(x *exchange) auth.Client {
	return auth.Client{Device: deviceOf(x.c.Request.UserAgent()), Address: maskAddress(s.clientIP(x.c.Request))}
}

// appleDevices are the systems that are better known by what they run on, as user agents spell them.
var appleDevices = []string{"iPhone", "iPad", "iPod"}

// deviceOf tells browser and system of a user agent, "Chrome on macOS" or "Safari on iPhone"; "" unless it knows both.
func deviceOf(userAgent string) string {
	browser, system := ingest.Agent(userAgent)
	if browser == "" || system == "" {
		return ""
	}
	if system == "iOS" {
		for _, device := range appleDevices {
			if strings.Contains(userAgent, device) {
				system = device
				break
			}
		}
	}
	return browser + " on " + system
}

// sessionView is a login session as its user sees it.
type sessionView struct {
	ID           string `json:"id"`
	CreatedAt    string `json:"createdAt"`
	LastActiveAt string `json:"lastActiveAt"`
	Device       string `json:"device"`
	IPAddress    string `json:"ipAddress"`
	IsCurrent    bool   `json:"isCurrent"`
}

// sessionViews lists the caller's login sessions.
func (s *Server) sessionViews(x *exchange) []sessionView {
	views := []sessionView{}
	for _, session := range s.deps.Accounts.Sessions(x.caller.UserID) {
		v := sessionView{
			session.ID, instant(session.CreatedAt), instant(session.LastActive), session.Device, session.Address, session.ID == x.caller.SessionID,
		}
		if v.Device == "" {
			v.Device = "Unknown Device"
		}
		views = append(views, v)
	}
	return views
}

// listSessions serves GET /api/user/sessions.
func (s *Server) listSessions(x *exchange) (action, error) {
	return func() error {
		data(x.c, http.StatusOK, s.sessionViews(x))
		return nil
	}, nil
}

// revokeSession serves DELETE /api/user/sessions and /api/user/sessions/:id.
func (s *Server) revokeSession(x *exchange) (action, error) {
	all, err := x.boolQuery("all")
	if err != nil {
		return nil, err
	}
	if all {
		return s.revokeOthers(x), nil
	}
	id := x.c.Param("id")
	for _, sent := range []string{x.c.Query("sessionId"), x.c.Query("id")} {
		switch {
		case sent != "" && id != "" && sent != id:
			return nil, invalid("ID mismatch")
		case sent != "":
			id = sent
		}
	}
	if id == "" {
		return nil, invalid("Session ID or all=true required")
	}
	return func() error {
		if err := s.deps.Accounts.RevokeSession(x.caller, id); err != nil {
			return err
		}
		s.activity(x, Activity{Action: "auth.session_revoked", Target: sessionTarget(id)})
		done(x.c, "Session revoked")
		return nil
	}, nil
}

func (s *Server) revokeOthers(x *exchange) action {
	return func() error {
		n, err := s.deps.Accounts.RevokeOthers(x.caller)
		if err != nil {
			return err
		}
		s.activity(x, Activity{
			Action: "auth.session_revoked", Target: ActivityTarget{Type: userTarget, ID: x.caller.UserID}, Metadata: map[string]any{"sessions": n},
		})
		done(x.c, fmt.Sprintf("Revoked %d session(s)", n))
		return nil
	}
}
