package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/api/auth"
)

const maxName = 100 // characters of the name of a user, a site or a key

// userView is a user as others see it.
type userView struct {
	ID        string  `json:"id"`
	Email     string  `json:"email"`
	Name      *string `json:"name"`
	CreatedAt string  `json:"createdAt"`
}

func viewUser(u *auth.User) userView {
	return userView{u.ID, u.Email, u.Name, instant(u.CreatedAt)}
}

// grantView is the auth result object.
type grantView struct {
	Token            string   `json:"token"`
	ExpiresAt        string   `json:"expiresAt"`
	RefreshToken     string   `json:"refreshToken"`
	RefreshExpiresAt string   `json:"refreshExpiresAt"`
	User             userView `json:"user"`
}

func viewGrant(g auth.Grant) grantView {
	return grantView{g.Token, instant(g.ExpiresAt), g.RefreshToken, instant(g.RefreshExpiresAt), viewUser(g.User)}
}

// register serves POST /api/auth/register.
func (s *Server) register(x *exchange) (action, error) {
	var body struct {
		Email    *string `json:"email"`
		Password *string `json:"password"`
		Name     *string `json:"name"`
		Invite   *string `json:"inviteToken"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	if body.Email == nil || cleanText(*body.Email) == "" {
		return nil, invalid("Email is required")
	}
	email, err := auth.NormalizeEmail(cleanText(*body.Email))
	if err != nil {
		return nil, err
	}
	if body.Password == nil || *body.Password == "" {
		return nil, invalid("Password is required")
	}
	if err := auth.CheckPassword(*body.Password, email); err != nil {
		return nil, err
	}
	name, err := UserName(body.Name)
	if err != nil {
		return nil, err
	}
	return func() error {
		grant, err := s.deps.Accounts.Register(x.c.Request.Context(), auth.Registration{
			Email: email, Password: *body.Password, Name: name, From: s.clientOf(x),
			Invited: body.Invite != nil && s.sites.Invites(cleanText(*body.Invite), email),
		})
		if err != nil {
			return err
		}
		data(x.c, http.StatusCreated, viewGrant(grant))
		return nil
	}, nil
}

// UserName cleans the optional name of a user; nil is none.
func UserName(sent *string) (*string, error) {
	if sent == nil {
		return nil, nil
	}
	name := cleanText(*sent)
	if name == "" {
		return nil, nil
	}
	if tooLong(name, maxName) {
		return nil, invalid("Name must not exceed 100 characters")
	}
	return &name, nil
}

// login serves POST /api/auth/login.
func (s *Server) login(x *exchange) (action, error) {
	var body struct {
		Email    *string `json:"email"`
		Password *string `json:"password"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	if body.Email == nil || cleanText(*body.Email) == "" {
		return nil, invalid("Email is required")
	}
	if body.Password == nil || *body.Password == "" {
		return nil, invalid("Password is required")
	}
	email := strings.ToLower(cleanText(*body.Email))
	return func() error {
		// The attempt is counted before the password is looked at, so that many at once are not more than the limit.
		failures, key := s.limits.failures, s.limits.hide(email)
		if failures != nil {
			if v := failures.take(key, s.now()); !v.allowed {
				return failures.refuse(x, v)
			}
		}
		grant, err := s.deps.Accounts.Login(x.c.Request.Context(), email, *body.Password, s.clientOf(x))
		if failures != nil && !errors.Is(err, auth.ErrCredentials) {
			failures.giveBack(key)
		}
		if u, known := s.deps.Accounts.UserByEmail(email); known && errors.Is(err, auth.ErrCredentials) {
			s.activityLater(x, Activity{Action: failedLogin, Account: u.ID, Target: ActivityTarget{Type: userTarget, Name: email}})
		}
		if err != nil {
			return err
		}
		s.activity(x, Activity{Action: "auth.login", Actor: grant.User.ID, Target: sessionTarget(grant.SessionID)})
		respond(x.c, http.StatusOK, gin.H{"token": grant.Token, "data": viewGrant(grant)})
		return nil
	}, nil
}

// refresh serves POST /api/auth/refresh.
func (s *Server) refresh(x *exchange) (action, error) {
	var body struct {
		RefreshToken *string `json:"refreshToken"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	if body.RefreshToken == nil || cleanText(*body.RefreshToken) == "" {
		return nil, invalid("Refresh token is required")
	}
	return func() error {
		grant, err := s.deps.Accounts.Refresh(cleanText(*body.RefreshToken))
		if err != nil {
			return err
		}
		data(x.c, http.StatusOK, viewGrant(grant))
		return nil
	}, nil
}

// logout serves POST /api/auth/logout.
func (s *Server) logout(x *exchange) (action, error) {
	var body struct {
		All *bool `json:"all"`
	}
	if err := x.decodeOptional(&body); err != nil {
		return nil, err
	}
	return func() error {
		all := body.All != nil && *body.All
		if err := s.deps.Accounts.Logout(x.caller, all); err != nil {
			return err
		}
		s.activity(x, Activity{Action: "auth.logout", Target: sessionTarget(x.caller.SessionID), Metadata: map[string]any{"all": all}})
		done(x.c, "Logged out")
		return nil
	}, nil
}

// sessionTarget names a login session in the activity log.
func sessionTarget(id string) ActivityTarget { return ActivityTarget{Type: "session", ID: id} }

// me serves GET /api/auth/me.
func (s *Server) me(x *exchange) (action, error) {
	return func() error {
		u, ok := s.deps.Accounts.User(x.caller.UserID)
		if !ok { // deleted a moment ago
			return unauthorized("Invalid or expired token")
		}
		answer := gin.H{"type": "user", "user": viewUser(u), "session": nil, "apiKey": nil}
		if x.caller.IsKey() {
			k, ok := s.deps.Accounts.Key(u.ID, x.caller.KeyID)
			if !ok {
				return unauthorized("Invalid API key")
			}
			answer["type"] = "api_key"
			answer["apiKey"] = gin.H{
				"id": k.ID, "name": k.Name, "scope": k.Scope, "siteId": siteOrNull(k.Site), "expiresAt": instantOrNull(k.ExpiresAt),
			}
		} else {
			session, ok := s.deps.Accounts.Session(x.caller.SessionID)
			if !ok {
				return unauthorized("Invalid or expired token")
			}
			answer["session"] = gin.H{"id": session.ID, "expiresAt": instant(session.ExpiresAt)}
		}
		data(x.c, http.StatusOK, answer)
		return nil
	}, nil
}

// done answers an action or deletion.
func done(c *gin.Context, message string) {
	data(c, http.StatusOK, gin.H{"success": true, "message": message})
}
