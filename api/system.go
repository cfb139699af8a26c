package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	healthPath = "/api/health"
	readyPath  = "/api/ready"
)

// health answers while the process lives.
func (s *Server) health(x *exchange) (action, error) {
	return func() error {
		data(x.c, http.StatusOK, healthOf(s.deps.Version, s.uptime()))
		return nil
	}, nil
}

// healthOf is the answer of a program that has been up for so many seconds.
func healthOf(version string, uptime int) gin.H {
	return gin.H{"status": "ok", "version": version, "uptime": uptime}
}

// ready tells a load balancer whether to send requests.
func (s *Server) ready(x *exchange) (action, error) {
	return func() error {
		if !s.deps.Ready.Ready() {
			return unavailable(time.Second)
		}
		data(x.c, http.StatusOK, gin.H{"status": "ready"})
		return nil
	}, nil
}

// setup tells the dashboard whether to begin with the first account.
func (s *Server) setup(x *exchange) (action, error) {
	return func() error {
		data(x.c, http.StatusOK, gin.H{
			"needsSetup": s.deps.Accounts.Count() == 0, "registrationEnabled": s.cfg.Auth.OpenRegistration,
		})
		return nil
	}, nil
}
