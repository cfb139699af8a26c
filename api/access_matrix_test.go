package api

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// right is what README §5 of the contract says of a route, written down a second time.
type right struct {
	public   bool      // no token needed
	session  bool      // S
	role     auth.Role // on the site of siteId or :id
	scope    auth.Scope
	unbound  bool      // not with a key that is bound to a site
	ok       int       // status of success
	noViewer bool      // a viewer may not, and is told so
	own      auth.Role // needed too; who has role but not own is told so in the endpoint's own words
	refusal  string
	deleted  bool   // it is about deleted sites
	owner    bool   // others of the team are told that they are not the owner
	operator bool   // only those who run the server
	thing    string // what :id or id names on the site; "": nothing
}

var contractRights = map[string]right{
	"POST /api/auth/register":              {public: true, ok: 201},
	"POST /api/auth/login":                 {public: true, ok: 200},
	"POST /api/auth/refresh":               {public: true, ok: 200},
	"POST /api/auth/forgot":                {public: true, ok: 200},
	"GET /api/auth/verify-reset-token":     {public: true, ok: 200},
	"POST /api/auth/reset":                 {public: true, ok: 200},
	"POST /api/auth/change-password":       {session: true, ok: 200},
	"PATCH /api/user/password":             {session: true, ok: 200},
	"GET /api/user/status":                 {scope: auth.Read, ok: 200},
	"PATCH /api/user":                      {session: true, ok: 200},
	"DELETE /api/user":                     {session: true, ok: 400}, // with a wrong password
	"GET /api/user/export":                 {session: true, ok: 200},
	"GET /api/user/sessions":               {session: true, ok: 200},
	"DELETE /api/user/sessions":            {session: true, ok: 200},
	"DELETE /api/user/sessions/:id":        {session: true, ok: 200},
	"POST /api/auth/logout":                {session: true, ok: 200},
	"GET /api/auth/me":                     {scope: auth.Read, ok: 200},
	"POST /api/track":                      {public: true, ok: 200},
	"POST /api/event":                      {public: true, ok: 202},
	"POST /api/send":                       {public: true, ok: 200},
	"GET /count":                           {public: true, ok: 200},
	"POST /count":                          {public: true, ok: 200},
	"GET /count/:site":                     {public: true, ok: 200},
	"POST /count/:site":                    {public: true, ok: 200},
	"GET /api/stats":                       {role: auth.Viewer, scope: auth.Read, ok: 200},
	"GET /api/export":                      {role: auth.Viewer, scope: auth.Read, ok: 200, noViewer: true},
	"GET /api/realtime":                    {role: auth.Viewer, scope: auth.Read, ok: 200},
	"GET /api/stats-api":                   {role: auth.Viewer, scope: auth.Read, ok: 200},
	"POST /api/query":                      {scope: auth.Read, ok: 200}, // each query asks for the right on its own site
	"GET /api/sites":                       {scope: auth.Read, ok: 200},
	"GET /api/heatmaps":                    {role: auth.Viewer, scope: auth.Read, ok: 200},
	"GET /api/heatmaps/pages":              {role: auth.Viewer, scope: auth.Read, ok: 200},
	"GET /api/heatmaps/elements":           {role: auth.Viewer, scope: auth.Read, ok: 200},
	"GET /api/heatmaps/rage-clicks":        {role: auth.Viewer, scope: auth.Read, ok: 200},
	"GET /api/heatmaps/dead-clicks":        {role: auth.Viewer, scope: auth.Read, ok: 200},
	"GET /api/heatmaps/screenshots":        {role: auth.Viewer, scope: auth.Read, ok: 200},
	"POST /api/heatmaps/screenshots":       {role: auth.Admin, scope: auth.Write, ok: 201},
	"GET /api/heatmaps/screenshots/:id":    {role: auth.Viewer, scope: auth.Read, ok: 200, thing: "Picture"},
	"DELETE /api/heatmaps/screenshots":     {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Picture"},
	"DELETE /api/heatmaps/screenshots/:id": {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Picture"},
	"GET /api/sites/:id":                   {role: auth.Viewer, scope: auth.Read, ok: 200},
	"POST /api/sites":                      {scope: auth.AdminScope, unbound: true, ok: 201},

	"GET /api/sites/:id/diagnostics": {role: auth.Admin, scope: auth.Read, ok: 200},
	"GET /api/sites/:id/sample":      {role: auth.Admin, scope: auth.Read, ok: 200},

	"GET /api/teams":           {role: auth.Viewer, scope: auth.Read, ok: 200},
	"POST /api/teams":          {role: auth.Viewer, scope: auth.AdminScope, ok: 201, own: auth.Admin, refusal: "Only owners and admins can invite team members"},
	"PATCH /api/teams":         {role: auth.Viewer, scope: auth.AdminScope, ok: 200, own: auth.Owner, refusal: "Only owners can change roles"},
	"PATCH /api/teams/:id":     {role: auth.Viewer, scope: auth.AdminScope, ok: 200, own: auth.Owner, refusal: "Only owners can change roles"},
	"DELETE /api/teams":        {role: auth.Viewer, scope: auth.AdminScope, ok: 200, own: auth.Admin, refusal: "Access denied"},
	"DELETE /api/teams/:id":    {role: auth.Viewer, scope: auth.AdminScope, ok: 200, own: auth.Admin, refusal: "Access denied"},
	"POST /api/teams/transfer": {role: auth.Viewer, scope: auth.AdminScope, ok: 400, own: auth.Owner, refusal: "Only the owner can transfer ownership"}, // to the owner
	"GET /api/invite":          {public: true, ok: 200},
	"POST /api/invite":         {session: true, ok: 200},

	"GET /api/goals":             {role: auth.Viewer, scope: auth.Read, ok: 200},
	"POST /api/goals":            {role: auth.Admin, scope: auth.Write, ok: 201},
	"PATCH /api/goals":           {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Goal"},
	"DELETE /api/goals":          {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Goal"},
	"GET /api/goals/:id":         {role: auth.Viewer, scope: auth.Read, ok: 200, thing: "Goal"},
	"PATCH /api/goals/:id":       {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Goal"},
	"DELETE /api/goals/:id":      {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Goal"},
	"GET /api/goals/:id/stats":   {role: auth.Viewer, scope: auth.Read, ok: 200, thing: "Goal"},
	"GET /api/funnels":           {role: auth.Viewer, scope: auth.Read, ok: 200},
	"POST /api/funnels":          {role: auth.Admin, scope: auth.Write, ok: 201},
	"PATCH /api/funnels":         {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Funnel"},
	"DELETE /api/funnels":        {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Funnel"},
	"GET /api/funnels/:id":       {role: auth.Viewer, scope: auth.Read, ok: 200, thing: "Funnel"},
	"PATCH /api/funnels/:id":     {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Funnel"},
	"DELETE /api/funnels/:id":    {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Funnel"},
	"GET /api/funnels/:id/stats": {role: auth.Viewer, scope: auth.Read, ok: 200, thing: "Funnel"},
	"GET /api/segments":          {role: auth.Viewer, scope: auth.Read, ok: 200},
	"POST /api/segments":         {role: auth.Member, scope: auth.Write, ok: 201},
	"PATCH /api/segments":        {role: auth.Member, scope: auth.Write, ok: 200, thing: "Segment"},
	"DELETE /api/segments":       {role: auth.Member, scope: auth.Write, ok: 200, thing: "Segment"},
	"PATCH /api/segments/:id":    {role: auth.Member, scope: auth.Write, ok: 200, thing: "Segment"},
	"DELETE /api/segments/:id":   {role: auth.Member, scope: auth.Write, ok: 200, thing: "Segment"},
	"GET /api/journeys":          {role: auth.Viewer, scope: auth.Read, ok: 200},

	"GET /api/alerts":                  {role: auth.Viewer, scope: auth.Read, ok: 200},
	"POST /api/alerts":                 {role: auth.Admin, scope: auth.Write, ok: 201},
	"PATCH /api/alerts":                {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Alert"},
	"DELETE /api/alerts":               {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Alert"},
	"POST /api/alerts/preview":         {role: auth.Admin, scope: auth.Read, ok: 200},
	"GET /api/alerts/:id":              {role: auth.Viewer, scope: auth.Read, ok: 200, thing: "Alert"},
	"PATCH /api/alerts/:id":            {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Alert"},
	"DELETE /api/alerts/:id":           {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Alert"},
	"GET /api/alerts/:id/history":      {role: auth.Viewer, scope: auth.Read, ok: 200, thing: "Alert"},
	"POST /api/alerts/:id/acknowledge": {role: auth.Member, scope: auth.Write, ok: 200, thing: "Alert"},
	"POST /api/alerts/:id/test":        {role: auth.Admin, scope: auth.Write, ok: 200, thing: "Alert"},

	"GET /api/webhooks":                                      {role: auth.Admin, scope: auth.Read, ok: 200},
	"POST /api/webhooks":                                     {role: auth.Admin, scope: auth.AdminScope, ok: 201},
	"PATCH /api/webhooks":                                    {role: auth.Admin, scope: auth.AdminScope, ok: 200, thing: "Webhook"},
	"DELETE /api/webhooks":                                   {role: auth.Admin, scope: auth.AdminScope, ok: 200, thing: "Webhook"},
	"GET /api/webhooks/:id":                                  {role: auth.Admin, scope: auth.Read, ok: 200, thing: "Webhook"},
	"PATCH /api/webhooks/:id":                                {role: auth.Admin, scope: auth.AdminScope, ok: 200, thing: "Webhook"},
	"DELETE /api/webhooks/:id":                               {role: auth.Admin, scope: auth.AdminScope, ok: 200, thing: "Webhook"},
	"POST /api/webhooks/:id/test":                            {role: auth.Admin, scope: auth.AdminScope, ok: 200, thing: "Webhook"},
	"POST /api/webhooks/:id/rotate-secret":                   {role: auth.Admin, scope: auth.AdminScope, ok: 200, thing: "Webhook"},
	"GET /api/webhooks/:id/deliveries":                       {role: auth.Admin, scope: auth.Read, ok: 200, thing: "Webhook"},
	"POST /api/webhooks/:id/deliveries/:messageId/redeliver": {role: auth.Admin, scope: auth.AdminScope, ok: 200, thing: "Webhook"},

	"GET /api/activity-log":        {role: auth.Owner, scope: auth.Read, ok: 200}, // with siteId
	"GET /api/activity-log/export": {role: auth.Owner, scope: auth.Read, ok: 200},

	"GET /api/api-keys":        {scope: auth.AdminScope, unbound: true, ok: 200},
	"POST /api/api-keys":       {scope: auth.AdminScope, unbound: true, ok: 201},
	"PATCH /api/api-keys":      {scope: auth.AdminScope, unbound: true, ok: 200},
	"PATCH /api/api-keys/:id":  {scope: auth.AdminScope, unbound: true, ok: 200},
	"DELETE /api/api-keys":     {scope: auth.AdminScope, unbound: true, ok: 200},
	"DELETE /api/api-keys/:id": {scope: auth.AdminScope, unbound: true, ok: 200},
	"POST /api/import/events":  {role: auth.Admin, scope: auth.AdminScope, ok: 200},
	"POST /api/import":         {role: auth.Admin, scope: auth.AdminScope, ok: 201},
	"GET /api/import":          {role: auth.Admin, scope: auth.Read, ok: 200},
	"DELETE /api/import":       {role: auth.Admin, scope: auth.AdminScope, ok: 200, thing: "Import"},
	"DELETE /api/import/:id":   {role: auth.Admin, scope: auth.AdminScope, ok: 200, thing: "Import"},
	"POST /api/ws/ticket":      {scope: auth.Read, ok: 201},
	"GET /ws":                  {public: true, ok: 101},
	"GET /api/setup":           {public: true, ok: 200},
	"POST /api/demo":           {session: true, ok: 201},
	"GET /api/system":          {scope: auth.Read, ok: 200, operator: true},
	"GET /api/health":          {public: true, ok: 200},
	"GET /api/ready":           {public: true, ok: 200},
	"GET /api/openapi.yaml":    {public: true, ok: 200},
	"GET /docs":                {public: true, ok: 200},
}

// matrixCaller is one column of the matrix. token makes a fresh one, as some routes end it.
type matrixCaller struct {
	name     string
	user     string // "" when bad
	operator bool
	scope    auth.Scope
	bound    analytics.SiteID
	key      bool
	none     bool   // sends no token
	bad      string // message of the 401
	token    func() string
}

// TestAccessMatrix sends every route of the router's table as every kind of caller about an own, a foreign and a missing site.
func TestAccessMatrix(t *testing.T) {
	w := newWorld(t, unlimited, func(c *Config) {
		c.MaxSitesPerUser, c.Auth.MaxKeysPerUser, c.MaxGoals, c.MaxFunnels, c.MaxSegments = 1<<20, 1<<20, 1<<20, 1<<20, 1<<20
		c.MaxMembers = 1 << 20
		c.Operators = []string{"owner@example.com"}
		c.MaxAnnotations, c.MaxShares = 1<<20, 1<<20
	})
	users := map[string]string{}
	for _, name := range []string{"owner", "admin", "member", "viewer", "stranger"} {
		users[name], _ = w.user(name + "@example.com")
	}
	own, second, foreign := w.addSite(users["owner"], "own.example.com"), w.addSite(users["owner"], "second.example.com"), w.addSite(users["stranger"], "foreign.example.com")
	gone := w.addSite(users["owner"], "gone.example.com")
	w.remove(gone)
	w.reader.events = heatReader("UTC", analytics.Event{Kind: analytics.Click, TS: w.clock.Now().UnixMilli(), Path: "/", ViewportW: 1280, ViewportH: 800})
	roles := map[analytics.SiteID]map[string]auth.Role{
		own:     {users["owner"]: auth.Owner, users["admin"]: auth.Admin, users["member"]: auth.Member, users["viewer"]: auth.Viewer},
		second:  {users["owner"]: auth.Owner},
		foreign: {users["stranger"]: auth.Owner},
	}
	w.join(own, users["admin"], auth.Admin)
	w.join(own, users["member"], auth.Member)
	w.join(own, users["viewer"], auth.Viewer)

	login := func(name string) func() string {
		return func() string { return w.matrixLogin(name + "@example.com").Token }
	}
	key := func(name string, scope auth.Scope, site analytics.SiteID) func() string {
		text := ""
		return func() string {
			if _, problem := w.access.Authenticate(text); problem != nil { // a request ended the last one
				_, text = w.key(users[name], scope, site, 0)
			}
			return text
		}
	}
	const badToken, badKey, oldKey = "Invalid or expired token", "Invalid API key", "API key has expired"
	callers := []matrixCaller{
		{name: "anonymous", none: true, bad: badToken, token: func() string { return "" }},
		{name: "nonsense", bad: badToken, token: func() string { return "nonsense" }},
		{name: "logged out", bad: badToken, token: func() string {
			token := login("owner")()
			p, problem := w.access.Authenticate(token)
			require.Nil(t, problem)
			require.NoError(t, w.accounts.Logout(p, false))
			return token
		}},
		{name: "revoked key", bad: badKey, token: func() string {
			id, text := w.key(users["owner"], auth.AdminScope, "", 0)
			require.NoError(t, w.accounts.RevokeKey(users["owner"], id))
			return text
		}},
		{name: "misspelt key", bad: badKey, token: func() string { return key("owner", auth.AdminScope, "")() + "x" }},
	}
	for _, name := range []string{"owner", "admin", "member", "viewer", "stranger"} {
		callers = append(callers, matrixCaller{name: name, user: users[name], scope: auth.AdminScope, token: login(name)})
		for _, scope := range []auth.Scope{auth.Read, auth.Write, auth.AdminScope} {
			callers = append(callers, matrixCaller{
				name: name + "'s " + scope.String() + " key", user: users[name], scope: scope, key: true, token: key(name, scope, ""),
			})
		}
	}
	for _, scope := range []auth.Scope{auth.Read, auth.Write, auth.AdminScope} {
		callers = append(callers,
			matrixCaller{name: "bound " + scope.String() + " key", user: users["owner"], scope: scope, key: true, bound: own, token: key("owner", scope, own)},
			matrixCaller{name: scope.String() + " key of another site", user: users["owner"], scope: scope, key: true, bound: second, token: key("owner", scope, second)},
		)
	}
	_, expiring := w.key(users["owner"], auth.AdminScope, "", 1)
	w.clock.Add(24 * time.Hour)
	callers = append(callers, matrixCaller{name: "expired key", bad: oldKey, token: func() string { return expiring }})

	for i := range callers {
		callers[i].operator = callers[i].user == users["owner"]
	}
	deleted := maps.Clone(roles) // who has a role on the sites as deleted ones
	deleted[gone] = map[string]auth.Role{users["owner"]: auth.Owner}
	checked := map[string]bool{}
	cells := 0
	for _, route := range w.srv.routes() {
		name := route.method + " " + route.path
		want, ok := contractRights[name]
		if !ok {
			t.Errorf("%s has no row in contractRights", name)
			continue
		}
		checked[name] = true
		for _, caller := range callers {
			for _, site := range []analytics.SiteID{own, foreign, gone, missingSite} {
				for _, id := range []analytics.SiteID{own, second, foreign, gone} {
					w.setDeleted(id, id == gone || want.deleted)
				}
				target, body := w.matrixRequest(name, caller, site)
				got := w.call(route.method, target, caller.token(), body, odd) // it names the site wherever it can
				members := roles
				if want.deleted {
					members = deleted
				}
				status, message := want.expect(name, caller, site, members)
				cells++
				if got.code != status || !strings.Contains(got.text, message) {
					t.Errorf("%s as %s about %s: got %d %s, want %d %q", name, caller.name, site, got.code, got.text, status, message)
				}
			}
		}
	}
	for name := range contractRights {
		require.True(t, checked[name], "%s is not routed", name)
	}
	t.Logf("%d routes, %d callers, %d cells", len(checked), len(callers), cells)
}

// expect is the contract's answer: README §3 for the order, §5 for the rights, track.md for its own checks.
func (r right) expect(name string, c matrixCaller, site analytics.SiteID, roles map[analytics.SiteID]map[string]auth.Role) (status int, message string) {
	members, exists := roles[site]
	needRole, needScope := r.role, r.scope
	switch {
	case name == "POST /api/track":
		if !exists {
			return 404, "Invalid site ID"
		}
		if c.none {
			return r.ok, ""
		}
		if c.bad == "Invalid or expired token" && c.name == "nonsense" {
			return 401, "Invalid API key"
		}
		if c.name == "logged out" || c.bad == "" && !c.key {
			return 403, "This endpoint requires an API key"
		}
		if c.bad != "" {
			return 401, c.bad
		}
		needRole, needScope = auth.Viewer, auth.Write
	case r.public:
		return r.ok, ""
	case name == "POST /api/import/events" && c.bad == "" && c.scope == auth.AdminScope && !exists:
		return 404, "Invalid site ID"
	case c.bad != "":
		return 401, c.bad
	}
	switch {
	case r.session && c.key:
		return 403, "This endpoint requires a user session"
	case c.scope < needScope && c.scope == auth.Read:
		return 403, "Insufficient permissions. This key has read-only access."
	case c.scope < needScope:
		return 403, "Insufficient permissions. This key has write access."
	case r.unbound && c.bound != "":
		return 403, "This API key cannot access other sites"
	case r.operator && !c.operator:
		return 403, "Only operators can view the system"
	case needRole == auth.NoRole:
		return r.ok, ""
	case site == missingSite && r.thing != "":
		return 404, r.thing + " not found"
	case !exists:
		return 404, "Site not found"
	case c.bound != "" && c.bound != site:
		return 403, "This API key cannot access " + string(site)
	case r.owner && members[c.user] != auth.NoRole && members[c.user] < auth.Owner:
		return 403, "Only the site owner can delete this site"
	case members[c.user] < needRole:
		return 403, "Access denied"
	case members[c.user] < r.own:
		return 403, r.refusal
	case r.noViewer && members[c.user] == auth.Viewer:
		return 403, "Viewers cannot export data"
	}
	return r.ok, ""
}

// missingSite is a site that has never been, so nothing is on it.
const missingSite = analytics.SiteID("site_00000000000000000000")

var matrixSerial int

// matrixRequest is a good request for a route, about the site where the route has one.
func (w *world) matrixRequest(name string, c matrixCaller, site analytics.SiteID) (target string, body any) {
	matrixSerial++
	method, path, _ := strings.Cut(name, " ")
	switch name {
	case "POST /api/auth/register":
		return path, map[string]any{"email": fmt.Sprintf("new%d@example.com", matrixSerial), "password": password}
	case "POST /api/auth/login":
		w.matrixLogin("owner@example.com")
		return path, map[string]any{"email": "owner@example.com", "password": password}
	case "POST /api/auth/refresh":
		return path, map[string]any{"refreshToken": w.matrixLogin("owner@example.com").RefreshToken}
	case "POST /api/auth/forgot":
		return path, map[string]any{"email": "owner@example.com"}
	case "GET /api/auth/verify-reset-token", "POST /api/auth/reset":
		w.accounts.CreateUser(w.t.Context(), "forgetful@example.com", password, nil) // or it is there already
		token, ok, err := w.accounts.Forgot("forgetful@example.com")
		require.NoError(w.t, err)
		require.True(w.t, ok)
		return path + "?token=" + token, map[string]any{"token": token, "password": password}
	case "POST /api/auth/change-password", "PATCH /api/user/password":
		return path, map[string]any{"currentPassword": password, "newPassword": password + "2"}
	case "PATCH /api/user":
		return path, map[string]any{}
	case "DELETE /api/user":
		return path, map[string]any{"password": "not the password"}
	case "DELETE /api/user/sessions", "DELETE /api/user/sessions/:id":
		id := "sess_00000000000000000000"
		if u, ok := w.accounts.User(c.user); ok {
			id = w.matrixLogin(u.Email).SessionID
		}
		return strings.Replace(path, ":id", id, 1) + "?sessionId=" + id, nil
	case "POST /api/sites":
		return path, map[string]any{"domain": fmt.Sprintf("new%d.example.com", matrixSerial)}
	case "POST /api/demo":
		w.removeDemo(c.user)
		return path, nil
	case "POST /api/api-keys":
		return path, map[string]any{"name": "new", "scope": "read"}
	case "GET /api/invite":
		return path + "?token=" + w.invitation(w.firstSite(), "new@example.com"), nil
	case "POST /api/invite":
		email := "new@example.com"
		if u, ok := w.accounts.User(c.user); ok {
			email = u.Email
		}
		return path, map[string]any{"token": w.invitation(w.firstSite(), email), "action": "decline"}
	case "POST /api/teams":
		return path, map[string]any{"siteId": site, "email": fmt.Sprintf("new%d@example.com", matrixSerial), "role": "viewer"}
	case "GET /api/sites/:id", "GET /api/sites/:id/diagnostics", "GET /api/sites/:id/sample":
		return strings.Replace(path, ":id", string(site), 1), nil
	case "PATCH /api/sites", "DELETE /api/sites", "PATCH /api/sites/:id", "DELETE /api/sites/:id", "POST /api/sites/:id/restore":
		if !strings.Contains(path, ":id") {
			return path + "?id=" + string(site), map[string]any{"id": site, "name": "renamed"}
		}
		return strings.ReplaceAll(path, ":id", string(site)), map[string]any{"name": "renamed"}
	case "GET /api/sites/:id/shares", "POST /api/sites/:id/shares":
		return strings.ReplaceAll(path, ":id", string(site)), map[string]any{}
	case "DELETE /api/sites/:id/shares", "DELETE /api/sites/:id/shares/:shareId":
		share, _ := w.share(site, "7d")
		return strings.NewReplacer(":id", string(site), ":shareId", share).Replace(path) + "?id=" + share, nil
	case "GET /api/public/stats":
		_, token := w.share(w.sites.All()[0].ID, "7d")
		return path + "?token=" + token, nil
	case "GET /public/:token":
		_, token := w.share(w.sites.All()[0].ID, "7d")
		return "/public/" + token, nil
	case "GET /api/stats-api":
		return path + "?site_id=" + string(site), nil
	case "POST /api/query":
		return path, map[string]any{"queries": []any{map[string]any{"id": "a", "site_id": site}}}
	}
	if strings.Contains(path, "/api/teams") && method != http.MethodGet {
		return w.matrixTeam(method, path, site)
	}
	if thing := contractRights[name].thing; thing != "" {
		id := w.matrixThing(thing, c, site)
		if !strings.Contains(path, ":id") {
			return path + "?id=" + id, map[string]any{"id": id, "name": "renamed"}
		}
		path = strings.NewReplacer(":id", id, ":messageId", matrixMessage).Replace(path)
		return path, map[string]any{"name": "renamed", "triggerId": matrixTrigger}
	}
	switch name {
	case "POST /api/heatmaps/screenshots":
		return path + "?path=/matrix&siteId=" + string(site), string(pngPicture(1, 1))
	case "GET /api/heatmaps", "GET /api/heatmaps/elements", "GET /api/heatmaps/rage-clicks", "GET /api/heatmaps/dead-clicks":
		return path + "?path=/&type=click&siteId=" + string(site), nil
	case "POST /api/goals":
		return path, map[string]any{"siteId": site, "name": "new", "type": "pageview", "path": "/new"}
	case "POST /api/funnels":
		step := map[string]any{"name": "step", "type": "pageview", "path": "/new"}
		return path, map[string]any{"siteId": site, "name": "new", "steps": []any{step, step}}
	case "POST /api/alerts", "POST /api/alerts/preview":
		return path, map[string]any{"siteId": site, "name": "new", "type": "anomaly", "metric": "pageviews", "notifications": []string{"email"}}
	case "POST /api/webhooks":
		return path, map[string]any{"siteId": site, "url": "https://hooks.example.com/zta", "events": []string{"goal"}}
	case "POST /api/annotations":
		return path, map[string]any{"siteId": site, "date": "2026-01-12"}
	case "POST /api/import":
		return path, map[string]any{"siteId": site, "format": "csv", "data": "date,pageviews\n2023-12-01,1"}
	case "POST /api/segments":
		return path, map[string]any{"siteId": site, "name": "new", "filters": "device==mobile"}
	}
	if strings.Contains(path, "/api-keys") && method != http.MethodGet {
		id := "key_00000000000000000000"
		if c.user != "" {
			id, _ = w.key(c.user, auth.Read, "", 0)
		}
		if strings.HasSuffix(path, "/:id") {
			return "/api/api-keys/" + id, map[string]any{"name": "renamed"}
		}
		return path + "?id=" + id, map[string]any{"id": id, "name": "renamed"}
	}
	return path + "?siteId=" + string(site), nil
}

// matrixLogin logs a user in, whatever the requests before made of the password.
func (w *world) matrixLogin(email string) auth.Grant {
	u, ok := w.accounts.UserByEmail(email)
	require.True(w.t, ok)
	if w.accounts.CheckPassword(w.t.Context(), u.ID, password) != nil {
		require.NoError(w.t, w.accounts.SetPassword(w.t.Context(), u.ID, password))
	}
	g, err := w.accounts.Login(w.t.Context(), email, password, auth.Client{})
	require.NoError(w.t, err)
	return g
}

// What every alert and webhook of the matrix has.
const (
	matrixTrigger = "trigger_00000000000000000000"
	matrixMessage = "msg_00000000000000000000"
)

// matrixPrefix is what the ids of things begin with.
var matrixPrefix = map[string]string{
	"Goal": "goal", "Funnel": "funnel", "Segment": "seg", "Annotation": "ann", "Alert": "alert", "Webhook": "wh", "Import": "import", "Picture": "shot",
}

// matrixThing makes a thing on a site, whether that is deleted or not, and returns its id.
func (w *world) matrixThing(thing string, c matrixCaller, site analytics.SiteID) (id string) {
	now := w.clock.Now()
	id = auth.NewID(matrixPrefix[thing])
	if site == missingSite {
		return id
	}
	switch thing {
	case "Goal":
		require.NoError(w.t, w.catalog.goals.put(&analytics.Goal{
			ID: id, Site: site, Name: "a", Type: analytics.EventGoal, EventAction: "a", CreatedAt: now, UpdatedAt: now,
		}))
	case "Funnel":
		step := analytics.Step{Name: "a", Type: analytics.EventStep, EventAction: "a"}
		require.NoError(w.t, w.catalog.funnels.put(&analytics.Funnel{
			ID: id, Site: site, Name: "a", Steps: []analytics.Step{step, step}, TimeWindow: 60, CreatedAt: now, UpdatedAt: now,
		}))
	case "Segment":
		require.NoError(w.t, w.catalog.segments.put(&analytics.Segment{
			ID: id, Site: site, Name: "a", Filters: "device==mobile", CreatedBy: c.user, CreatedAt: now, UpdatedAt: now,
		}))
	case "Annotation":
		require.NoError(w.t, w.catalog.annotations.put(&Annotation{ID: id, Site: site, Date: "2026-01-12", Title: "Event", Color: "#0d6efd", Icon: "star", CreatedBy: c.user, CreatedAt: now, UpdatedAt: now}))
	case "Alert":
		w.putAlert(&analytics.Alert{
			ID: id, Site: site, Name: "a", Type: analytics.AnomalyAlert, Metric: "pageviews", Period: "1h", Sensitivity: "medium",
			Notifications: []string{"email"}, CreatedAt: now, UpdatedAt: now,
		})
		w.fire(&analytics.Trigger{Firing: analytics.Firing{TriggerID: matrixTrigger, AlertID: id, At: now.UnixMilli()}, Site: site})
	case "Webhook":
		require.NoError(w.t, w.catalog.webhooks.put(&analytics.Webhook{
			ID: id, Site: site, URL: "https://hooks.example.com/zta", Events: []string{"goal"}, CreatedAt: now, UpdatedAt: now,
		}))
		w.hooks.log[id] = []analytics.Delivery{{MessageID: matrixMessage, Event: "goal", Status: analytics.DeliveryPending, CreatedAt: now, Payload: []byte(bare)}}
	case "Import":
		day := analytics.DayOf(now)
		require.NoError(w.t, w.imports.put(&DailyImport{ID: id, Site: site, Format: "csv", Stored: 1, First: day, Last: day, At: now}, []importDay{{day: day}}))
	case "Picture":
		p := &Picture{Site: site, Path: "/" + id, Device: "desktop", Type: "image/png", Width: 1, Height: 1, CreatedAt: now}
		require.NoError(w.t, w.pictures.put(p, pngPicture(1, 1)))
		return p.ID
	default:
		require.Fail(w.t, "there is no "+thing)
	}
	return id
}

// matrixTeam changes somebody of a site's team, who is made for that; a transfer goes to the owner, so that all stays as it is.
func (w *world) matrixTeam(method, path string, site analytics.SiteID) (target string, body any) {
	user := "user_00000000000000000000"
	if e := w.sites.entry(site); e != nil && strings.HasSuffix(path, "/transfer") {
		user = e.OwnerID
	} else if e != nil {
		user = w.colleague(site)
	}
	if strings.HasSuffix(path, "/:id") {
		path, body = strings.TrimSuffix(path, ":id")+user, map[string]any{"siteId": site, "role": "member"}
	} else {
		body = map[string]any{"siteId": site, "userId": user, "role": "member"}
	}
	if method == http.MethodDelete {
		return path + "?siteId=" + string(site) + "&userId=" + user, nil
	}
	return path, body
}

// colleague is a viewer of the site, present again whatever was done to them before.
func (w *world) colleague(site analytics.SiteID) (id string) {
	const email = "colleague@example.com"
	if u, ok := w.accounts.UserByEmail(email); ok {
		id = u.ID
	} else {
		id, _ = w.user(email)
	}
	w.join(site, id, auth.Viewer)
	return id
}

// firstSite is a site of the matrix's owner that is not deleted.
func (w *world) firstSite() analytics.SiteID {
	u, _ := w.accounts.UserByEmail("owner@example.com")
	for _, e := range w.sites.ofUser(u.ID) {
		if e.DeletedAt.IsZero() {
			return e.ID
		}
	}
	require.Fail(w.t, "the owner has no site")
	return ""
}
