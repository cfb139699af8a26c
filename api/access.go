package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// Access decides who may do what, for every transport. Safe for concurrent use.
type Access struct {
	accounts *auth.Accounts
	sites    *Directory
	used     func(p auth.Principal, r *http.Request) // hears of the use of API keys; nil: nobody does
}

// NewAccess joins the accounts with the sites.
func NewAccess(accounts *auth.Accounts, sites *Directory) *Access {
	return &Access{accounts: accounts, sites: sites}
}

// Authenticate finds out who presents a token, a JWT or an API key.
func (a *Access) Authenticate(token string) (auth.Principal, *Problem) {
	p, err := a.accounts.Authenticate(token)
	switch {
	case err == nil:
		return p, nil
	case errors.Is(err, auth.ErrKeyExpired):
		return auth.Principal{}, unauthorized("API key has expired")
	case errors.Is(err, auth.ErrKey):
		return auth.Principal{}, unauthorized("Invalid API key")
	default:
		return auth.Principal{}, unauthorized("Invalid or expired token")
	}
}

// Active tells whether a principal that was authenticated before still is.
func (a *Access) Active(p auth.Principal) bool { return a.accounts.Active(p) }

// Authorize decides whether the caller may do something on a site that needs a role and a scope. It looks in the contract's order: the
// key's scope, the site's existence, the site that the key is bound to, the role.
func (a *Access) Authorize(p auth.Principal, site analytics.SiteID, need auth.Role, scope auth.Scope) *Problem {
	if problem := checkScope(p, scope); problem != nil {
		return problem
	}
	if _, ok := a.sites.Site(site); !ok {
		return errSiteNotFound
	}
	if p.Site != "" && p.Site != site {
		return forbidden("This API key cannot access " + string(site))
	}
	if a.sites.Role(site, p.UserID) < need {
		return forbidden("Access denied")
	}
	return nil
}

// checkScope refuses keys whose scope is too low.
func checkScope(p auth.Principal, need auth.Scope) *Problem {
	switch {
	case p.Scope >= need:
		return nil
	case p.Scope == auth.Write:
		return problem(http.StatusForbidden, codeScope, "Insufficient permissions. This key has write access.")
	default:
		return problem(http.StatusForbidden, codeScope, "Insufficient permissions. This key has read-only access.")
	}
}

// bearer reads the token of the header Authorization; "" is none.
func bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

func unauthorized(message string) *Problem {
	return problem(http.StatusUnauthorized, codeUnauthorized, message)
}

func forbidden(message string) *Problem { return problem(http.StatusForbidden, codeForbidden, message) }

func notFound(message string) *Problem { return problem(http.StatusNotFound, codeNotFound, message) }

var errSiteNotFound = notFound("Site not found")
