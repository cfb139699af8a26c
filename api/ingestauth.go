package api

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// AuthorizeIngest decides whether the sender of a tracking request that carries a token may write to the site. On a route that has
// authenticated its caller already, the route's own role and scope are asked for; elsewhere only a key with scope write, of a member of the
// site, is good.
func (a *Access) AuthorizeIngest(c *gin.Context, site *analytics.Site) *Problem {
	if x := exchangeOf(c); x != nil {
		return a.Authorize(x.caller, site.ID, x.route.role, x.route.scope)
	}
	token := bearer(c.Request)
	if !strings.HasPrefix(token, auth.KeyPrefix) {
		if strings.Count(token, ".") == 2 { // a JWT, good or not
			return forbidden("This endpoint requires an API key")
		}
		return unauthorized("Invalid API key")
	}
	p, problem := a.Authenticate(token)
	if problem != nil {
		return problem
	}
	a.KeyUsed(p, c.Request)
	return a.Authorize(p, site.ID, auth.Viewer, auth.Write) // every role is a membership
}
