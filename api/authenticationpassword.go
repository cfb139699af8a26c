package api

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/api/auth"
)

// forgot serves POST /api/auth/forgot. Whether somebody has the address is asked beside the request: neither the answer nor its time tells.
func (s *Server) forgot(x *exchange) (action, error) {
	var body struct {
		Email *string `json:"email"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	if body.Email == nil || cleanText(*body.Email) == "" {
		return nil, invalid("Email is required")
	}
	sent := cleanText(*body.Email)
	return func() error {
		s.postbox.write(resetSubject, func() (Mail, bool, error) { return s.resetLetter(sent) })
		done(x.c, "If an account with that email exists, we sent a password reset link.")
		return nil
	}, nil
}

const resetSubject = "Reset your password"

// resetLetter makes a reset link and the letter that brings it; ok is false when nobody has the address that was sent.
func (s *Server) resetLetter(sent string) (m Mail, ok bool, err error) {
	email, err := auth.NormalizeEmail(sent)
	if err != nil {
		return m, false, nil // nobody's
	}
	token, ok, err := s.deps.Accounts.Forgot(email)
	if err != nil || !ok {
		return m, false, err
	}
	return Mail{To: email, Subject: resetSubject, Text: `Somebody asked for a new password for your account on ` + s.cfg.PublicURL + `.

To set one, open this link within one hour:

` + s.cfg.PublicURL + "/reset-password?token=" + token + `

The link works once, and only the latest one does. All sessions end when you set a new password.

If it was not you, there is nothing to do: your password stays as it is.
`}, true, nil
}

// verifyResetToken serves GET /api/auth/verify-reset-token. It does not use the token up.
func (s *Server) verifyResetToken(x *exchange) (action, error) {
	token := cleanText(x.c.Query("token"))
	if token == "" {
		return nil, invalid("Token is required")
	}
	return func() error {
		expires, err := s.deps.Accounts.ResetExpires(token)
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, gin.H{"valid": true, "expiresAt": instant(expires)})
		return nil
	}, nil
}

// resetPassword serves POST /api/auth/reset.
func (s *Server) resetPassword(x *exchange) (action, error) {
	var body struct {
		Token    *string `json:"token"`
		Password *string `json:"password"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	if body.Token == nil || cleanText(*body.Token) == "" || body.Password == nil || *body.Password == "" {
		return nil, invalid("Token and password are required")
	}
	token, password := cleanText(*body.Token), *body.Password
	if err := auth.CheckPassword(password, ""); err != nil {
		return nil, err
	}
	return func() error {
		u, err := s.deps.Accounts.ResetUser(token)
		if err != nil {
			return err
		}
		if err := auth.CheckPassword(password, u.Email); err != nil { // what only the account tells: it is not the address
			return err
		}
		if err := s.deps.Accounts.Reset(x.c.Request.Context(), token, password); err != nil {
			return err
		}
		s.activity(x, Activity{Action: "auth.password_reset", Actor: u.ID, Target: ActivityTarget{Type: userTarget, ID: u.ID}})
		done(x.c, "Password has been reset successfully")
		return nil
	}, nil
}

// changePassword serves POST /api/auth/change-password and PATCH /api/user/password.
func (s *Server) changePassword(x *exchange) (action, error) {
	var body struct {
		Current *string `json:"currentPassword"`
		New     *string `json:"newPassword"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	if body.Current == nil || *body.Current == "" || body.New == nil || *body.New == "" {
		return nil, invalid("Current password and new password are required")
	}
	u, ok := s.deps.Accounts.User(x.caller.UserID)
	if !ok { // deleted a moment ago
		return nil, auth.ErrToken
	}
	if err := auth.CheckPassword(*body.New, u.Email); err != nil && *body.New != *body.Current {
		return nil, err
	}
	return func() error {
		if err := s.deps.Accounts.ChangePassword(x.c.Request.Context(), x.caller, *body.Current, *body.New); err != nil {
			return err
		}
		s.activity(x, Activity{Action: "auth.password_changed", Target: ActivityTarget{Type: userTarget, ID: x.caller.UserID}})
		done(x.c, "Password changed successfully")
		return nil
	}, nil
}
