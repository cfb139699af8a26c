package api

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

const (
	macChrome   = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"
	activityLog = "/api/activity-log"
)

// logged is an entry as answers show it.
type logged struct {
	ID, Timestamp, Type, Action string
	SiteID                      *string
	Actor                       map[string]any
	Target                      map[string]any
	Metadata                    map[string]any
	IPAddress, UserAgent        *string
}

// append logs activities without a request.
func (w *world) appendActivity(list ...Activity) {
	w.t.Helper()
	for _, a := range list {
		require.NoError(w.t, w.activity.Store(w.t.Context(), a))
	}
}

// activities asks for the log.
func (w *world) activities(token, query string) (list []logged, total int) {
	w.t.Helper()
	got := w.call("GET", activityLog+"?"+query, token, nil)
	require.Equal(w.t, 200, got.code, got.text)
	var body struct {
		Data       []logged
		Pagination pagination
	}
	require.NoError(w.t, json.Unmarshal([]byte(got.text), &body))
	return body.Data, body.Pagination.Total
}

// actions are those of a list.
func actions(list []logged) []string {
	names := []string{}
	for _, e := range list {
		names = append(names, e.Action)
	}
	return names
}

func (w *world) wantChain(entries int) ActivityReport {
	w.t.Helper()
	require.NoError(w.t, w.activity.Flush(w.t.Context()))
	r, err := VerifyActivity(w.meta)
	require.NoError(w.t, err)
	require.True(w.t, r.Fits, "%+v", r)
	require.EqualValues(w.t, entries, r.Entries)
	return r
}

// TestActivityExample is the example of activity-log.md.
func TestActivityExample(t *testing.T) {
	w := newWorld(t)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	w.clock.now = time.Date(2026, 1, 14, 19, 52, 0, 0, time.UTC)
	name := "Alice Johnson"
	u, _ := w.accounts.User(owner)
	named := *u
	named.Name = &name
	w.activity.users = usersOf{owner: &named}
	alert := ActivityTarget{Type: "alert", ID: "alert_abc123", Name: "Traffic Spike"}
	w.appendActivity(
		Activity{Action: "alert.acknowledged", Site: site, Target: alert, Metadata: map[string]any{"triggerId": "trigger_abc456"}, Actor: owner,
			address: maskAddress("192.0.2.17"), browser: describeAgent(macChrome)},
		Activity{Action: "alert.triggered", Site: site, Target: alert, At: time.Date(2026, 1, 15, 15, 47, 0, 0, time.UTC).UnixMilli(),
			Metadata: map[string]any{"metric": "pageviews", "currentValue": 201, "threshold": 200}},
	)
	w.clock.now = time.Date(2026, 1, 15, 16, 30, 20, 0, time.UTC)
	got := w.call("GET", activityLog+"?limit=2&siteId="+string(site), token, nil)
	list, _ := w.activities(token, "siteId="+string(site))
	require.JSONEq(t, fmt.Sprintf(`{"data":[
 {"id":%q,"timestamp":"2026-01-15T15:47:00.000Z","type":"alert","action":"alert.triggered","siteId":%q,"actor":null,"target":{"type":"alert","id":"alert_abc123","name":"Traffic Spike"},
  "metadata":{"metric":"pageviews","currentValue":201,"threshold":200},"ipAddress":null,"userAgent":null},
 {"id":%q,"timestamp":"2026-01-14T19:52:00.000Z","type":"alert","action":"alert.acknowledged","siteId":%q,"actor":{"id":%q,"email":"owner@example.com","name":"Alice Johnson"},
  "target":{"type":"alert","id":"alert_abc123","name":"Traffic Spike"},"metadata":{"triggerId":"trigger_abc456"},"ipAddress":"192.0.***.***","userAgent":"Chrome on macOS"}],
 "pagination":{"total":2,"limit":2,"offset":0,"hasMore":false}}`, list[0].ID, site, list[1].ID, site, owner), got.text)
	require.Regexp(t, `^activity_[a-z0-9]{20}$`, list[0].ID)
	require.Equal(t, "no-store", got.head.Get("Cache-Control"))

	csvText := w.call("GET", activityLog+"/export?siteId="+string(site), token, nil)
	require.Equal(t, "text/csv; charset=utf-8", csvText.head.Get("Content-Type"))
	require.Equal(t, `attachment; filename="activity-2026-01-15.csv"`, csvText.head.Get("Content-Disposition"))
	require.Equal(t, "Timestamp,Type,Action,Actor Email,Actor Name,Target Type,Target ID,IP Address,User Agent\r\n"+
		"2026-01-15T15:47:00.000Z,alert,alert.triggered,,,alert,alert_abc123,,\r\n"+
		"2026-01-14T19:52:00.000Z,alert,alert.acknowledged,owner@example.com,Alice Johnson,alert,alert_abc123,192.0.***.***,Chrome on macOS\r\n",
		csvText.text)
	jsonText := w.call("GET", activityLog+"/export?format=json&siteId="+string(site), token, nil)
	require.Equal(t, "application/json; charset=utf-8", jsonText.head.Get("Content-Type"))
	require.Equal(t, `attachment; filename="activity-2026-01-15.json"`, jsonText.head.Get("Content-Disposition"))
	var listed, exported struct{ Data json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(got.text), &listed))
	require.NoError(t, json.Unmarshal([]byte(jsonText.text), &exported))
	require.JSONEq(t, string(listed.Data), string(exported.Data))
	w.wantChain(2)
}

type usersOf map[string]*auth.User

func (u usersOf) User(id string) (*auth.User, bool) { v, ok := u[id]; return v, ok }

// TestActivityParameters: every bound and message of the two endpoints.
func TestActivityParameters(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	member, memberToken := w.user("member@example.com")
	site := w.addSite(owner, "example.com")
	foreign := w.addSite(member, "foreign.example.com")
	w.join(site, member, auth.Admin)
	gone := w.addSite(owner, "gone.example.com")
	w.remove(gone)
	for _, c := range []struct{ query, message string }{
		{"period=365d", "Invalid time period"},
		{"period=1y", "Invalid time period"},
		{"startDate=yesterday", "Invalid date format"},
		{"endDate=2026-01-01", "startDate is required when endDate is given"},
		{"startDate=2026-01-02&endDate=2026-01-01", "End date must be after start date"},
		{"startDate=2025-01-01&endDate=2026-01-14", "Date range cannot exceed 366 days"},
		{"type=goals", "Invalid activity type"},
		{"action=goal.made", "Invalid activity action"},
	} {
		for _, path := range []string{activityLog, activityLog + "/export"} {
			w.call("GET", path+"?"+c.query, token, nil).wantError(400, c.message, "validation_failed")
			w.call("GET", path+"?siteId="+string(missingSite)+"&"+c.query, token, nil).wantError(400, c.message, "validation_failed")
		}
	}
	for _, query := range []string{"limit=0", "limit=101", "limit=-1", "limit=x", "limit=1.5"} {
		w.call("GET", activityLog+"?"+query, token, nil).wantError(400, "Limit must be between 1 and 100", "validation_failed")
	}
	w.call("GET", activityLog+"?offset=-1", token, nil).wantError(400, "Offset must be 0 or greater", "validation_failed")
	for _, format := range []string{"ndjson", "CSV", "parquet"} {
		w.call("GET", activityLog+"/export?format="+format, token, nil).wantError(400, "Invalid format. Must be: csv or json", "validation_failed")
	}
	for _, query := range []string{"period=24h", "period=day", "period=7d", "period=30d", "period=90d", "limit=1", "limit=100", "offset=1000", "startDate=2025-01-16"} {
		require.Equal(t, 200, w.call("GET", activityLog+"?"+query, token, nil).code, query)
	}
	require.Equal(t, 200, w.call("GET", activityLog+"?period=365d&startDate=2026-01-01", token, nil, odd).code, "the period is not read")
	require.Equal(t, 200, w.call("GET", activityLog+"/export?limit=0&offset=-1", token, nil, odd).code, "the export has neither")
	for _, path := range []string{activityLog, activityLog + "/export"} {
		const refused = "Access denied. Only account owners can view the activity log."
		w.call("GET", path+"?siteId="+string(site), memberToken, nil).wantError(403, refused, "forbidden")
		w.call("GET", path+"?siteId="+string(foreign), token, nil).wantError(403, refused, "forbidden")
		w.call("GET", path+"?siteId="+string(missingSite), token, nil).wantError(404, "Site not found", "not_found")
		w.call("GET", path+"?siteId="+string(gone), token, nil).wantError(404, "Site not found", "not_found")
		w.call("GET", path, "", nil).wantError(401, "Invalid or expired token", "unauthorized")
	}
	for kind, list := range activityActions {
		require.Equal(t, 200, w.call("GET", activityLog+"?type="+kind, token, nil).code)
		for _, a := range list {
			require.True(t, strings.HasPrefix(a, kind+".") || kind == "settings", a)
			require.Equal(t, 200, w.call("GET", activityLog+"?action="+a, token, nil).code)
		}
	}
}

// TestActivityTypes: the table of activity-log.md.
func TestActivityTypes(t *testing.T) {
	want := map[string]string{
		"auth": "login failed_login logout password_changed password_reset session_revoked", "site": "created updated deleted restored purged",
		"team":    "member_invited member_accepted invitation_declined member_removed role_changed ownership_transferred",
		"api_key": "created used revoked", "goal": "created updated deleted", "funnel": "created updated deleted",
		"alert": "created updated triggered acknowledged deleted", "webhook": "created updated deleted secret_rotated failed disabled",
		"export": "requested",
	}
	for kind, names := range want {
		list := []string{}
		for _, n := range strings.Fields(names) {
			list = append(list, kind+"."+n)
		}
		require.Equal(t, list, activityActions[kind])
	}
	require.Equal(t, strings.Fields("settings.updated account.exported account.deleted heatmap.picture_uploaded heatmap.picture_deleted share.created "+
		"share.revoked import.completed import.deleted"), activityActions["settings"])
	require.Len(t, activityActions, len(want)+1)
}

// TestActivityReaders: who sees what, with and without a site.
func TestActivityReaders(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, ownerToken := w.user("owner@example.com")
	admin, adminToken := w.user("admin@example.com")
	stranger, strangerToken := w.user("stranger@example.com")
	one, two := w.addSite(owner, "one.example.com"), w.addSite(owner, "two.example.com")
	other := w.addSite(stranger, "other.example.com")
	w.join(one, admin, auth.Admin)
	goal := ActivityTarget{Type: "goal", ID: "goal_abc123", Name: "a"}
	for _, a := range []Activity{
		{Action: "goal.created", Site: one, Actor: admin, Target: goal},
		{Action: "goal.updated", Site: one, Actor: owner, Target: goal},
		{Action: "goal.deleted", Site: two, Actor: owner, Target: goal},
		{Action: "alert.triggered", Site: two},
		{Action: "funnel.created", Site: other, Actor: owner},
		{Action: "auth.login", Actor: owner, Target: ActivityTarget{Type: userTarget, ID: owner}},
		{Action: "auth.failed_login", Account: admin, Target: ActivityTarget{Type: userTarget, Name: "admin@example.com"}},
	} {
		w.clock.Add(time.Minute)
		w.appendActivity(a)
	}
	want := func(token, query string, names ...string) {
		t.Helper()
		list, total := w.activities(token, query)
		require.Equal(t, append([]string{}, names...), actions(list), query)
		require.Equal(t, len(names), total)
	}
	want(ownerToken, "", "auth.login", "funnel.created", "alert.triggered", "goal.deleted", "goal.updated", "goal.created")
	want(ownerToken, "siteId="+string(one), "goal.updated", "goal.created")
	want(ownerToken, "siteId="+string(two), "alert.triggered", "goal.deleted")
	want(adminToken, "", "auth.failed_login", "goal.created")
	want(strangerToken, "", "funnel.created")
	want(ownerToken, "type=goal", "goal.deleted", "goal.updated", "goal.created")
	want(ownerToken, "type=goal&action=goal.updated", "goal.updated")
	want(ownerToken, "type=alert&action=goal.updated")
	want(ownerToken, "userId="+admin, "goal.created")
	want(ownerToken, "userId="+owner+"&siteId="+string(two), "goal.deleted")

	list, _ := w.activities(adminToken, "action=auth.failed_login")
	require.Nil(t, list[0].Actor)
	require.Equal(t, map[string]any{"type": "user", "id": nil, "name": "admin@example.com"}, list[0].Target)
	require.Nil(t, list[0].SiteID)

	require.NoError(t, w.activity.Flush(t.Context()))
	_, bound := w.key(owner, auth.Read, one, 0)
	_, whole := w.key(owner, auth.Read, "", 0)
	got := func(token, query string) []string {
		list, _ := w.activities(token, query)
		require.NoError(t, w.activity.Flush(t.Context()))
		return slices.DeleteFunc(actions(list), func(a string) bool { return a == keyUsed })
	}
	require.Equal(t, []string{"goal.updated", "goal.created"}, got(bound, ""), "a key of one site sees that one only")
	require.Len(t, got(whole, ""), 6)
	w.call("GET", activityLog+"?siteId="+string(two), bound, nil).wantError(403, "This API key cannot access "+string(two), "forbidden")

	w.remove(two)
	want(ownerToken, "action=goal.deleted", "goal.deleted") // of a site that is in the bin, too
}

// TestActivityPages: pages, times and order over several stretches, and that a page is part of the whole.
func TestActivityPages(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com") // America/New_York
	start := time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC)
	type moment struct {
		at int64
		id string
	}
	var all []moment
	for i := range 120 {
		at := start.Add(time.Duration(i/2) * 30 * time.Hour) // two at a time
		a := Activity{Action: "goal.created", Site: site, At: at.UnixMilli(), Cause: fmt.Sprint(i), Target: ActivityTarget{Type: "goal", ID: fmt.Sprint(i)}}
		if i%3 == 0 {
			a.Site, a.Actor, a.Action = "", owner, "auth.login"
		}
		w.activity.Append(a)
		all = append(all, moment{at.UnixMilli(), activityID(&a)})
	}
	require.NoError(t, w.activity.Flush(t.Context()))
	slices.SortFunc(all, func(a, b moment) int {
		if a.at != b.at {
			return int((b.at - a.at) / 1000)
		}
		return strings.Compare(a.id, b.id)
	})
	read := func(query string) (ids []string) {
		for offset := 0; ; {
			list, total := w.activities(token, fmt.Sprintf("limit=30&offset=%d&%s", offset, query))
			for _, e := range list {
				ids = append(ids, e.ID)
			}
			if offset += len(list); offset >= total {
				return ids
			}
		}
	}
	ids := func(from, to time.Time) (ids []string) {
		for _, m := range all {
			if m.at >= from.UnixMilli() && m.at < to.UnixMilli() {
				ids = append(ids, m.id)
			}
		}
		return ids
	}
	now := w.clock.Now()
	day := func(m time.Month, d int) time.Time { return time.Date(2025, m, d, 0, 0, 0, 0, time.UTC) }
	require.Equal(t, ids(day(10, 19), now), read("period=90d"))
	require.Equal(t, ids(day(13, 9), now), read("period=7d"))
	require.Equal(t, ids(day(13, 9), now), read(""), "7d is the default")
	require.Equal(t, ids(day(11, 5), day(11, 21)), read("startDate=2025-11-05&endDate=2025-11-20"))
	require.Equal(t, ids(start, now), read("startDate=2025-06-01"))
	// A day of a site is one of its zone: in New York 05:00 to 05:00.
	list, _ := w.activities(token, "limit=100&startDate=2025-11-05&endDate=2025-11-05&siteId="+string(site))
	for _, e := range list {
		require.True(t, e.Timestamp >= "2025-11-05T05:00" && e.Timestamp < "2025-11-06T05:00", e.Timestamp)
	}
	require.NotEmpty(t, list)

	export := w.call("GET", activityLog+"/export?startDate=2025-06-01", token, nil)
	rows, err := csv.NewReader(strings.NewReader(export.text)).ReadAll()
	require.NoError(t, err)
	require.Len(t, rows, 121)
	w.wantChain(120)
}

// TestActivityMasks: what is left of addresses and browsers.
func TestActivityMasks(t *testing.T) {
	for ip, want := range map[string]string{
		"192.0.2.17": "192.0.***.***", "::ffff:192.0.2.17": "192.0.***.***", "2001:db8:1:2::3": "2001:db8:***", "::1": "0:0:***", "": "", "nonsense": "",
	} {
		require.Equal(t, want, maskAddress(ip), ip)
	}
	for ua, want := range map[string]string{
		macChrome: "Chrome on macOS", "curl/8.5.0": "", "": "", "Mozilla/5.0 (X11; Linux x86_64)": "Linux",
		"Mozilla/5.0 (Windows NT 10.0; rv:127.0) Gecko/20100101 Firefox/127.0": "Firefox on Windows",
	} {
		require.Equal(t, want, describeAgent(ua), ua)
	}
	w := newWorld(t)
	owner, _ := w.user("owner@example.com")
	_, key := w.key(owner, auth.Read, "", 0)
	w.call("GET", "/api/sites", key, nil, func(r *http.Request) { r.Header.Set("User-Agent", macChrome) })
	require.NoError(t, w.activity.Flush(t.Context()))
	for name, val := range w.meta.all() {
		if strings.HasPrefix(name, activityPrefix) {
			require.NotContains(t, string(val), "203.0.113.7")
			require.NotContains(t, string(val), "Mozilla")
		}
	}
}

// TestActivityCells: a cell is no formula.
func TestActivityCells(t *testing.T) {
	w := newWorld(t)
	name := "=1+1"
	w.activity.users = usersOf{"user_a": {ID: "user_a", Email: "+a@example.com", Name: &name}}
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	w.appendActivity(Activity{Action: "goal.created", Site: site, Actor: "user_a", Target: ActivityTarget{Type: "goal", ID: "@goal"}})
	got := w.call("GET", activityLog+"/export?siteId="+string(site), token, nil)
	require.Contains(t, got.text, "goal.created,'+a@example.com,'=1+1,goal,'@goal,,\r\n")
	require.Equal(t, `{"data":[]}`, w.call("GET", activityLog+"/export?format=json&type=team", token, nil).text)
}

// TestActivityKeyUse: at most once a key and hour, over restarts, too.
func TestActivityKeyUse(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	id, key := w.key(owner, auth.Read, site, 0)
	uses := func() int {
		require.NoError(t, w.activity.Flush(t.Context()))
		_, total := w.activities(token, "action=api_key.used")
		return total
	}
	w.call("GET", "/api/sites/"+string(site), key, nil)
	w.call("GET", "/api/sites/"+string(site), key, nil)
	require.Equal(t, 1, uses())
	w.clock.Add(time.Hour - time.Millisecond)
	w.call("GET", "/api/sites/"+string(site), key, nil)
	require.Equal(t, 1, uses())
	w.start()
	w.call("GET", "/api/sites/"+string(site), key, nil)
	require.Equal(t, 1, uses())
	w.clock.Add(time.Millisecond)
	w.call("GET", "/api/sites/"+string(site), key, nil)
	require.Equal(t, 2, uses())
	list, _ := w.activities(token, "action=api_key.used")
	require.Equal(t, map[string]any{"type": "api_key", "id": id, "name": "key"}, list[0].Target)
	require.Equal(t, id, list[0].Actor["apiKeyId"])
	require.Equal(t, string(site), *list[0].SiteID)
	w.clock.Add(2 * time.Hour)
	require.NoError(t, w.activity.Expire(t.Context(), 1))
	require.NotContains(t, slices.Collect(maps.Keys(w.meta.all())), usedPrefix+id)
	w.wantChain(2)
}

// TestActivityCauses: what may come again is kept once.
func TestActivityCauses(t *testing.T) {
	w := newWorld(t)
	a := Activity{Action: "alert.triggered", Site: "site_a", Cause: "trigger_a", At: w.clock.Now().UnixMilli()}
	b := a
	b.Cause = "trigger_b"
	for _, x := range []Activity{a, a, b, a, b} {
		w.activity.Append(x)
	}
	w.wantChain(2)
	w.start()
	w.activity.Append(a)
	w.wantChain(2)
}

// TestActivityHear: others hear of each entry once, in the order of the chain, with its object.
func TestActivityHear(t *testing.T) {
	w := newWorld(t)
	var heard []Logged
	w.activity.Hear(func(l Logged) { heard = append(heard, l) })
	for i := range 20 {
		w.activity.Append(Activity{Action: "goal.created", Site: "site_a", Metadata: map[string]any{"n": i}})
	}
	w.wantChain(20)
	latest, err := w.activity.Latest("site_a", 50)
	require.NoError(t, err)
	require.Len(t, latest, 20)
	require.Len(t, heard, 20)
	for i, l := range heard {
		require.Contains(t, string(l.Entry), fmt.Sprintf(`"metadata":{"n":%d}`, i))
		require.Contains(t, latest, l.Entry)
		require.Equal(t, analytics.SiteID("site_a"), l.Site)
	}
	latest, err = w.activity.Latest("site_a", 5)
	require.NoError(t, err)
	require.Len(t, latest, 5)
	latest, err = w.activity.Latest("site_b", 5)
	require.NoError(t, err)
	require.Empty(t, latest)
}

// TestActivityStoreFails: what the store does not take waits, and what it took without saying so is not stored again.
func TestActivityStoreFails(t *testing.T) {
	w := newWorld(t)
	w.appendActivity(Activity{Action: "goal.created", Site: "site_a"})
	w.meta.failing.Store(true)
	require.Error(t, w.activity.Store(t.Context(), Activity{Action: "goal.updated", Site: "site_a"}))
	w.activity.Append(Activity{Action: "goal.deleted", Site: "site_a"})
	require.Error(t, w.activity.Flush(t.Context()))
	w.meta.failing.Store(false)
	w.wantChain(3)

	secret := &secretiveMeta{memoryMeta: w.meta}
	w.activity.meta = secret
	require.Error(t, w.activity.Store(t.Context(), Activity{Action: "funnel.created", Site: "site_a"}))
	w.wantChain(4)
	latest, err := w.activity.Latest("site_a", 50)
	require.NoError(t, err)
	require.Len(t, latest, 4)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	w.meta.failing.Store(true)
	require.Error(t, w.activity.Store(ctx, Activity{Action: "goal.created"}))
	w.meta.failing.Store(false)
	w.wantChain(5)
}

// TestActivityComesWhileStoreFails: whoever comes while a transaction fails hears of it, and does not wait for the next try.
func TestActivityComesWhileStoreFails(t *testing.T) {
	w := newWorld(t)
	slow := &slowMeta{memoryMeta: w.meta, begun: make(chan struct{}), fail: make(chan struct{})}
	w.activity.meta = slow
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	w.activity.Append(Activity{Action: "goal.created", Site: "site_a"})
	<-slow.begun
	heard := make(chan error)
	go func() { heard <- w.activity.Store(ctx, Activity{Action: "goal.updated", Site: "site_a"}) }()
	require.Eventually(t, func() bool {
		w.activity.mu.Lock()
		defer w.activity.mu.Unlock()
		return len(w.activity.waiting) == 2
	}, 10*time.Second, time.Millisecond)
	close(slow.fail)
	require.ErrorIs(t, <-heard, errSlow)
	w.activity.meta = w.meta
	w.wantChain(2)
}

// slowMeta does not do a transaction, and says so when it is told to.
type slowMeta struct {
	*memoryMeta
	begun, fail chan struct{}
}

var errSlow = errors.New("the disk is slow and on fire")

func (m *slowMeta) Txn(...MetaOp) error {
	close(m.begun)
	<-m.fail
	return errSlow
}

// secretiveMeta does one transaction and says that it failed.
type secretiveMeta struct {
	*memoryMeta
	said bool
}

func (m *secretiveMeta) Txn(ops ...MetaOp) error {
	err := m.memoryMeta.Txn(ops...)
	if !m.said {
		m.said = true
		return context.DeadlineExceeded
	}
	return err
}

// TestActivityGroups: who waits together is stored together, within the store's bounds.
func TestActivityGroups(t *testing.T) {
	w := newWorld(t)
	counting := &countingMeta{memoryMeta: w.meta, hold: make(chan struct{})}
	w.activity.meta = counting
	w.activity.Append(Activity{Action: "goal.created", Site: "site_a", Actor: "user_a"})
	for range 1000 {
		w.activity.Append(Activity{Action: "goal.created", Site: "site_a", Actor: "user_a"})
	}
	for range 20 {
		w.activity.Append(Activity{Action: "goal.created", Site: "site_a", Metadata: map[string]any{"long": strings.Repeat("x", 100<<10)}})
	}
	close(counting.hold)
	w.wantChain(1021)
	require.LessOrEqual(t, len(counting.sizes), 16)
	for i, size := range counting.sizes {
		require.Less(t, size, 256<<10)
		require.LessOrEqual(t, counting.ops[i], 2000)
	}
}

// countingMeta waits before its first transaction, and measures all.
type countingMeta struct {
	*memoryMeta
	hold       chan struct{}
	sizes, ops []int
}

func (m *countingMeta) Txn(ops ...MetaOp) error {
	<-m.hold
	size := 0
	for _, op := range ops {
		size += len(op.Key) + len(op.Value)
	}
	m.sizes, m.ops = append(m.sizes, size), append(m.ops, len(ops))
	return m.memoryMeta.Txn(ops...)
}

// TestActivityRepeat: what was logged within the last minute is told again after a start; what is older, is not.
func TestActivityRepeat(t *testing.T) {
	w := newWorld(t)
	repeated := func() (n []string) {
		require.NoError(t, w.activity.Repeat(func(l Logged) { n = append(n, l.Action+" "+string(l.Site)) }))
		return n
	}
	w.appendActivity(Activity{Action: "goal.created", Site: "site_a"}, Activity{Action: "auth.login"}, Activity{Action: "goal.updated", Site: "site_b"})
	w.start()
	require.Equal(t, []string{"goal.created site_a", "goal.updated site_b"}, repeated())
	w.purgeActivity("site_a")
	w.appendActivity(Activity{Action: "goal.deleted", Site: "site_b"})
	w.start()
	require.Equal(t, []string{"goal.updated site_b", "goal.deleted site_b"}, repeated())
	w.clock.Add(untoldTime - time.Second)
	w.appendActivity(Activity{Action: "funnel.created", Site: "site_b"})
	require.NoError(t, w.activity.settle())
	w.clock.Add(time.Second)
	w.meta.failing.Store(true)
	require.Error(t, w.activity.settle())
	w.meta.failing.Store(false)
	require.NoError(t, w.activity.settle())
	w.start()
	require.Equal(t, []string{"funnel.created site_b"}, repeated())
	w.wantChain(5)
}
