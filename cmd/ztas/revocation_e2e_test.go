package main

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
)

// endWithin is what the contract gives an open socket whose right has ended.
const endWithin = 5 * time.Second

// wantClosed expects the server to close the connection with 4001.
func (c *liveClient) wantClosed(t *testing.T) {
	t.Helper()
	since := time.Now()
	select {
	case <-c.done:
	case <-time.After(2 * endWithin):
		require.Fail(t, "the socket is still open")
	}
	var closed *websocket.CloseError
	require.ErrorAs(t, c.err, &closed, "%v", c.broken)
	require.Equal(t, 4001, closed.Code)
	require.Less(t, c.ended.Sub(since), endWithin+liveDelay)
}

// wantStatus expects an error answer to the very next request.
func (r *rig) wantStatus(token, method, path string, body any, status int) {
	r.t.Helper()
	var problem *apiError
	err := r.api(token).send(r.t.Context(), method, path, body, nil)
	require.True(r.t, errors.As(err, &problem), "%s %s: %v", method, path, err)
	require.Equal(r.t, status, problem.Status, problem.Message)
}

// TestRevocation: logging out, revoking a session or a key, lowering a role, removing a member and deleting an account act on the very next request,
// and within 5 s on open sockets.
func TestRevocation(t *testing.T) {
	r := newRig(t)
	r.start()
	site, owner := r.site("UTC")
	ctx := t.Context()
	send := func(token, method, path string, body, out any) {
		t.Helper()
		require.NoError(t, r.api(token).send(ctx, method, path, body, out), "%s %s", method, path)
	}
	stats := "/api/stats?siteId=" + site
	watch := func(token string) *liveClient {
		t.Helper()
		c := dialLive(t, r, token, site, nil, &liveState{ID: "stats", Topic: "stats"})
		c.await(t, "stats", "snapshot", func(s liveState) bool { return s.Snapshots > 0 })
		return c
	}

	first, second := r.login(t), r.login(t)
	a, b := watch(first), watch(second)
	send(first, http.MethodPost, "/api/auth/logout", map[string]any{}, nil)
	r.wantStatus(first, http.MethodGet, stats, nil, 401)
	var sessions []struct {
		ID        string
		IsCurrent bool
	}
	send(second, http.MethodGet, "/api/user/sessions", nil, &sessions)
	for _, s := range sessions {
		if s.IsCurrent {
			send(owner, http.MethodDelete, "/api/user/sessions/"+s.ID, nil, nil)
		}
	}
	r.wantStatus(second, http.MethodGet, stats, nil, 401)
	a.wantClosed(t)
	b.wantClosed(t)

	var key struct{ ID, Key string }
	send(owner, http.MethodPost, "/api/api-keys", map[string]any{"name": "reader", "scope": "write"}, &key)
	c := watch(key.Key)
	send(owner, http.MethodDelete, "/api/api-keys/"+key.ID, nil, nil)
	r.wantStatus(key.Key, http.MethodGet, stats, nil, 401)
	c.wantClosed(t)

	var grant struct {
		Token string
		User  struct{ ID string }
	}
	const memberMail = "member@example.com"
	account := map[string]string{"email": memberMail, "password": testPassword}
	r.wantStatus("", http.MethodPost, "/api/auth/register", account, 403) // it is closed, but for who is invited
	var invited struct{ InviteURL string }
	send(owner, http.MethodPost, "/api/teams", map[string]any{"siteId": site, "email": memberMail, "role": "admin"}, &invited)
	_, invitation, _ := strings.Cut(invited.InviteURL, "token=")
	account["inviteToken"] = invitation
	send("", http.MethodPost, "/api/auth/register", account, &grant)
	send(grant.Token, http.MethodPost, "/api/invite", map[string]string{"token": invitation, "action": "accept"}, nil)
	var me struct{ User struct{ ID string } }
	send(owner, http.MethodGet, "/api/auth/me", nil, &me)
	d := dialLive(t, r, owner, site, nil, &liveState{ID: "stats", Topic: "stats"}, &liveState{ID: "activity", Topic: "activity"})
	for _, id := range []string{"stats", "activity"} {
		d.await(t, id, "snapshot", func(s liveState) bool { return s.Snapshots > 0 })
	}
	since := time.Now()
	send(owner, http.MethodPost, "/api/teams/transfer", map[string]any{"siteId": site, "userId": grant.User.ID}, nil)
	r.wantStatus(owner, http.MethodDelete, "/api/sites?id="+site, nil, 403)
	end := d.await(t, "activity", "the end of what only an owner may see", func(s liveState) bool { return s.Ended == "forbidden" })
	require.Less(t, end.At.Sub(since), endWithin+liveDelay)
	require.Empty(t, d.state("stats").Ended)

	goal := map[string]any{"siteId": site, "name": "Signup", "type": "pageview", "path": "/"}
	r.create(owner, "/api/goals", goal)
	send(grant.Token, http.MethodPatch, "/api/teams", map[string]any{"siteId": site, "userId": me.User.ID, "role": "viewer"}, nil)
	r.wantStatus(owner, http.MethodPost, "/api/goals", goal, 403)
	since = time.Now()
	send(grant.Token, http.MethodDelete, "/api/teams?siteId="+site+"&userId="+me.User.ID, nil, nil)
	r.wantStatus(owner, http.MethodGet, stats, nil, 403)
	end = d.await(t, "stats", "the end", func(s liveState) bool { return s.Ended == "forbidden" })
	require.Less(t, end.At.Sub(since), endWithin+liveDelay)

	e := watch(grant.Token)
	send(grant.Token, http.MethodDelete, "/api/user", map[string]any{"password": testPassword, "deleteSites": true}, nil)
	r.wantStatus(grant.Token, http.MethodGet, stats, nil, 401)
	r.wantStatus(owner, http.MethodGet, stats, nil, 404)
	e.wantClosed(t)
	send(owner, http.MethodDelete, "/api/user", map[string]any{"password": testPassword}, nil)
	d.wantClosed(t)
}
