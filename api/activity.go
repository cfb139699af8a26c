package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/ztas-io/ztas/analytics"
)

// Activity is something worth an entry in the activity log, as whoever did it tells it.
type Activity struct {
	Action   string           // one of activityActions
	Site     analytics.SiteID // "": of no site
	Target   ActivityTarget
	Metadata map[string]any // the facts: see changesOf; nil: none. Never a secret, an e-mail address or a name of a person

	// Actor is the user who did it. Server.activity fills it in from the caller; only who logs in needs to say it.
	Actor string
	// Account is a user whose account is concerned although somebody else acted, or nobody: the entry is in that user's log, too.
	Account string

	// Cause makes an entry whose cause may come again, as after a replay, be kept once; "": it cannot. It needs At.
	Cause string
	At    int64 // UTC ms; 0: now

	key              string // the API key that was used
	address, browser string // masked already
}

// ActivityTarget is what an activity was done to. A user is told by the id: the log shows the account's present name, and nothing once it is
// deleted. An address without an account is a user without an id, whose Name is the e-mail.
type ActivityTarget struct {
	Type string // userTarget or another word of one's own: site, goal, webhook, ...
	ID   string
	Name string
}

// userTarget is the type of people.
const userTarget = "user"

// activityActions are the actions by their types (activity-log.md).
var activityActions = map[string][]string{
	"auth": {"auth.login", "auth.failed_login", "auth.logout", "auth.password_changed", "auth.password_reset", "auth.session_revoked"},
	"site": {"site.created", "site.updated", "site.deleted", "site.restored", "site.purged"},
	"team": {"team.member_invited", "team.member_accepted", "team.invitation_declined", "team.member_removed", "team.role_changed",
		"team.ownership_transferred"},
	"api_key": {"api_key.created", "api_key.used", "api_key.revoked"},
	"goal":    {"goal.created", "goal.updated", "goal.deleted"},
	"funnel":  {"funnel.created", "funnel.updated", "funnel.deleted"},
	"alert":   {"alert.created", "alert.updated", "alert.triggered", "alert.acknowledged", "alert.deleted"},
	"webhook": {"webhook.created", "webhook.updated", "webhook.deleted", "webhook.secret_rotated", "webhook.failed", "webhook.disabled"},
	"export":  {"export.requested"},
	"settings": {"settings.updated", "account.exported", "account.deleted", "heatmap.picture_uploaded", "heatmap.picture_deleted", "share.created",
		"share.revoked", "import.completed", "import.deleted"},
}

// activityTypes gives the type of each action.
var activityTypes = func() map[string]string {
	types := make(map[string]string)
	for kind, actions := range activityActions {
		for _, a := range actions {
			types[a] = kind
		}
	}
	return types
}()

// activity logs what the request has just done, and returns once that is durable; it comes before the answer, so that the entry is there for
// whoever reads the answer. What was done stays done: an entry that cannot be stored now is stored as soon as that is possible.
func (s *Server) activity(x *exchange, a Activity) {
	ctx, cancel := patient(x.c)
	defer cancel()
	s.storeActivity(ctx, s.activityOf(x, a))
}

// activityLater is activity for what must not wait for the disk.
func (s *Server) activityLater(x *exchange, a Activity) { s.deps.Activity.Append(s.activityOf(x, a)) }

func (s *Server) storeActivity(ctx context.Context, a Activity) {
	if err := s.deps.Activity.Store(ctx, a); err != nil {
		s.log.Error("an activity is not durable yet", "action", a.Action, "error", err)
	}
}

// activityOf adds what the request tells of its sender.
func (s *Server) activityOf(x *exchange, a Activity) Activity {
	if a.Actor == "" && a.Action != failedLogin {
		a.Actor = x.caller.UserID
	}
	if a.Actor == x.caller.UserID {
		a.key = x.caller.KeyID
	}
	a.sentBy(x.c.Request, s.clientIP)
	return a
}

// sentBy adds where a request came from.
func (a *Activity) sentBy(r *http.Request, clientIP func(*http.Request) string) {
	a.address, a.browser = maskAddress(clientIP(r)), describeAgent(r.UserAgent())
}

// failedLogin has no actor: nobody knows who it was.
const failedLogin = "auth.failed_login"

// actionType is the type of an action; "" when there is none.
func actionType(action string) string { return activityTypes[action] }

// isAddress tells an address from the id of a user.
func (t ActivityTarget) isAddress() bool {
	return t.Type == userTarget && t.ID == "" && strings.Contains(t.Name, "@")
}
