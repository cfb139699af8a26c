package api

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// hookWorld is a site with a team.
type hookWorld struct {
	*world
	site                         analytics.SiteID
	token, admin, member, viewer string
	body, activity               map[string]any
}

func newHookWorld(t *testing.T, change ...func(*Config)) *hookWorld {
	w := &hookWorld{world: newWorld(t, append(change, unlimited)...)}
	var owner string
	var ids [3]string
	owner, w.token = w.user("owner@example.com")
	ids[0], w.admin = w.user("admin@example.com")
	ids[1], w.member = w.user("member@example.com")
	ids[2], w.viewer = w.user("viewer@example.com")
	w.site = w.addSite(owner, "example.com")
	for i, role := range []auth.Role{auth.Admin, auth.Member, auth.Viewer} {
		w.join(w.site, ids[i], role)
	}
	w.body = map[string]any{"siteId": w.site, "url": "https://hooks.example.com/zta", "events": []string{"goal", "alert"}, "description": "Production webhook"}
	w.activity = with(w.body, "events", []string{"goal", "activity"})
	return w
}

// make creates a webhook as the owner.
func (w *hookWorld) make(body map[string]any) (id, secret string) {
	w.t.Helper()
	var got struct{ ID, Secret string }
	w.call("POST", "/api/webhooks", w.token, body).read(201, &got)
	return got.ID, got.Secret
}

// listed is a webhook that was just made, as lists show it.
func (w *hookWorld) listed(id, url, events, description string, active bool, updated string) string {
	return fmt.Sprintf(`{"id":"%s","siteId":"%s","url":"%s","events":%s,"description":%s,"active":%v,"disabledReason":null,
		"createdAt":"2026-01-15T16:30:20.000Z","updatedAt":"%s","lastTriggered":null,"lastStatus":null,"consecutiveFailures":0}`,
		id, w.site, url, events, description, active, updated)
}

func TestCreateWebhook(t *testing.T) {
	w := newHookWorld(t)
	const made = "2026-01-15T16:30:20.000Z"
	f := func(body map[string]any, url, events, description string, active bool, opts ...func(*http.Request)) {
		t.Helper()
		a := w.call("POST", "/api/webhooks", w.admin, body, opts...)
		var got struct{ ID, Secret string }
		a.read(201, &got)
		require.Regexp(t, `^wh_[a-z0-9]{20}$`, got.ID)
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(got.Secret, "whsec_"))
		require.NoError(t, err)
		require.Len(t, key, 32)
		require.Len(t, got.Secret, len("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwT0xqVb1zN4s="))
		want := w.listed(got.ID, url, events, description, active, made)
		a.wantData(201, strings.TrimSuffix(want, "}")+`,"secret":"`+got.Secret+`"}`)
		w.call("GET", "/api/webhooks/"+got.ID, w.admin, nil).wantData(200, want)

		stored, ok := w.catalog.Webhook(got.ID)
		require.True(t, ok)
		plain, err := testSealer(t).Open(stored.Secret)
		require.NoError(t, err)
		require.Equal(t, got.Secret, string(plain))
		for key, val := range w.meta.all() {
			require.NotContains(t, string(val), got.Secret, key)
		}
		require.NotContains(t, w.logs.String(), got.Secret)
	}
	f(w.body, "https://hooks.example.com/zta", `["goal","alert"]`, `"Production webhook"`, true)
	f(with(w.body, "url", " https://hooks.example.com:8443/a?b=c ", "description", "-", "active", false), "https://hooks.example.com:8443/a?b=c",
		`["goal","alert"]`, "null", false)
	f(with(w.body, "events", []string{"pageview", "event", "goal", "session_end", "alert", "alert"}, "description", nil, "active", nil),
		"https://hooks.example.com/zta", `["pageview","event","goal","session_end","alert"]`, "null", true)
	f(with(w.body, "description", " a\nb ", "unknown", 1), "https://hooks.example.com/zta", `["goal","alert"]`, `"ab"`, true, odd)
	f(with(w.body, "description", " "), "https://hooks.example.com/zta", `["goal","alert"]`, "null", true)
	require.Contains(t, w.hooks.checked, "https://hooks.example.com:8443/a?b=c")
}

func TestWebhookErrors(t *testing.T) {
	w := newHookWorld(t)
	stranger, _ := w.user("stranger@example.com")
	foreign := w.addSite(stranger, "foreign.example.com")
	id, _ := w.make(w.body)
	for _, shared := range []struct {
		member  string
		value   any
		message string
	}{
		{"url", nil, "URL is required"}, {"url", "", "URL is required"}, {"url", " ", "URL is required"},
		{"url", 1, "url must be a string"},
		{"url", "hooks.example.com/zta", "Invalid webhook URL"}, {"url", "/zta", "Invalid webhook URL"}, {"url", "//hooks.example.com", "Invalid webhook URL"},
		{"url", "https:///zta", "Invalid webhook URL"}, {"url", "https://:443/", "Invalid webhook URL"}, {"url", "https:hooks", "Invalid webhook URL"},
		{"url", "https://user@hooks.example.com/", "Invalid webhook URL"}, {"url", "https://u:p@hooks.example.com/", "Invalid webhook URL"},
		{"url", "https://hooks.example.com/#a", "Invalid webhook URL"}, {"url", "https://hooks.example.com/#", "Invalid webhook URL"},
		{"url", "https://hooks.example.com:port/", "Invalid webhook URL"}, {"url", "https://[::1/", "Invalid webhook URL"},
		{"url", "https://hooks.example.com/%zz", "Invalid webhook URL"}, {"url", "javascript:alert(1)", "Invalid webhook URL"},
		{"url", "https://hooks.example.com/" + strings.Repeat("a", 2048-25), "Invalid webhook URL"},
		{"url", "http://hooks.example.com/", "URL must use HTTPS"}, {"url", "ftp://hooks.example.com/", "URL must use HTTPS"},
		{"url", "https://hooks.internal/", "URL is not allowed"},
		{"events", nil, "At least one event is required"}, {"events", []string{}, "At least one event is required"},
		{"events", []string{"goal", "invalid_event"}, "Invalid event type: invalid_event"}, {"events", []string{"test"}, "Invalid event type: test"},
		{"events", "goal", "events must be a array"},
		{"description", strings.Repeat("ü", 201), "Description must not exceed 200 characters"}, {"description", 1, "description must be a string"},
		{"active", "yes", "active must be a boolean"},
	} {
		row := bad(fmt.Sprint(shared.member, " ", shared.value), with(w.body, shared.member, shared.value), shared.message)
		w.wantErrors("POST", "/api/webhooks", w.token, row)
		row.body = map[string]any{"id": id, shared.member: shared.value}
		w.wantErrors("PATCH", "/api/webhooks", w.token, row)
	}
	w.wantErrors("POST", "/api/webhooks", w.token,
		bad("no site", with(w.body, "siteId", "-"), "Site ID required"), bad("null site", with(w.body, "siteId", nil), "Site ID required"),
		bad("site is a number", with(w.body, "siteId", 1), "siteId must be a string"),
		bad("no url", with(w.body, "url", "-"), "URL is required"), bad("no events", with(w.body, "events", "-"), "At least one event is required"),
		errorRow{"missing site", with(w.body, "siteId", "site_00000000000000000000"), 404, "Site not found", "not_found"},
		errorRow{"foreign site", with(w.body, "siteId", foreign), 403, "Access denied", "forbidden"},
		notJSON("no body", nil), notJSON("half", `{"siteId":`), notJSON("a list", `[]`),
	)
	longest := map[string]any{"url": "https://hooks.example.com/" + strings.Repeat("a", 2048-26), "description": strings.Repeat("ü", 200)}
	require.Equal(t, 200, w.call("PATCH", "/api/webhooks/"+id, w.token, longest).code)
	w.wantErrors("PATCH", "/api/webhooks/"+id, w.token, bad("mismatch", `{"id":"wh_other"}`, "ID mismatch"), bad("id", `{"id":1}`, "id must be a string"))
	w.wantErrors("PATCH", "/api/webhooks", w.token, bad("no id", `{"active":true}`, "ID required"), notJSON("no body", nil),
		bad("syntax before existence", `{"id":"wh_missing","url":"ftp://a"}`, "URL must use HTTPS"))
	w.call("GET", "/api/webhooks", w.token, nil).wantError(400, "Site ID required", "validation_failed")
	for _, c := range []struct{ method, path string }{
		{"GET", ""}, {"PATCH", ""}, {"DELETE", ""}, {"GET", "/deliveries"}, {"POST", "/test"}, {"POST", "/rotate-secret"}, {"POST", "/deliveries/msg_aaaaaa/redeliver"},
	} {
		w.call(c.method, "/api/webhooks/wh_missing"+c.path, w.token, `{}`).wantError(404, "Webhook not found", "not_found")
	}

	plain := newHookWorld(t, func(c *Config) { c.HooksAllowHTTP = true })
	plain.make(with(plain.body, "url", "http://hooks.example.com/"))
	plain.call("POST", "/api/webhooks", plain.token, with(plain.body, "url", "ftp://hooks.example.com/")).
		wantError(400, "URL must use HTTPS", "validation_failed")
}

func TestWebhookLimit(t *testing.T) {
	require.Equal(t, 10, DefaultConfig().MaxWebhooks)
	w := newHookWorld(t, func(c *Config) { c.MaxWebhooks = 2 })
	w.make(w.body)
	id, _ := w.make(w.activity)
	w.call("POST", "/api/webhooks", w.admin, w.body).wantError(403, "Webhook limit reached", "limit_reached")
	require.Equal(t, 200, w.call("DELETE", "/api/webhooks/"+id, w.token, nil).code)
	w.make(w.body)
}

// TestWebhookExample answers with the body of webhooks.md.
func TestWebhookExample(t *testing.T) {
	w := newHookWorld(t)
	at := day("2025-12-01T10:00:00Z")
	require.NoError(t, w.catalog.webhooks.put(&analytics.Webhook{ID: "wh_abc123", Site: w.site, URL: "https://hooks.example.com/zta",
		Events: []string{"goal", "alert"}, Description: "Production webhook", Active: true, CreatedAt: at, UpdatedAt: at}))
	w.hooks.status["wh_abc123"] = analytics.HookStatus{LastTriggered: day("2026-01-15T16:28:16Z"), LastStatus: 200}
	require.NoError(t, w.catalog.webhooks.put(&analytics.Webhook{ID: "wh_def456", Site: w.site, URL: "https://hooks.example.com/b",
		Events: []string{"goal"}, DisabledReason: "failures", CreatedAt: at.Add(time.Second), UpdatedAt: at.Add(time.Second)}))
	w.hooks.status["wh_def456"] = analytics.HookStatus{LastTriggered: day("2026-01-15T16:28:16Z"), ConsecutiveFailures: 10}
	want := `[{"id":"wh_def456","siteId":"` + string(w.site) + `","url":"https://hooks.example.com/b","events":["goal"],"description":null,"active":false,
 "disabledReason":"failures","createdAt":"2025-12-01T10:00:01.000Z","updatedAt":"2025-12-01T10:00:01.000Z","lastTriggered":"2026-01-15T16:28:16.000Z",
 "lastStatus":null,"consecutiveFailures":10},
 {"id":"wh_abc123","siteId":"` + string(w.site) + `","url":"https://hooks.example.com/zta","events":["goal","alert"],"description":"Production webhook","active":true,"disabledReason":null,
 "createdAt":"2025-12-01T10:00:00.000Z","updatedAt":"2025-12-01T10:00:00.000Z","lastTriggered":"2026-01-15T16:28:16.000Z","lastStatus":200,"consecutiveFailures":0}]`
	w.call("GET", "/api/webhooks?siteId="+string(w.site), w.admin, nil).wantData(200, want)
	w.start()
	w.call("GET", "/api/webhooks?siteId="+string(w.site), w.admin, nil).wantData(200, want)
	for _, token := range []string{w.member, w.viewer} {
		w.call("GET", "/api/webhooks?siteId="+string(w.site), token, nil).wantError(403, "Access denied", "forbidden")
	}
}

func TestChangeWebhook(t *testing.T) {
	w := newHookWorld(t)
	id, _ := w.make(w.body)
	w.clock.Add(time.Minute)
	const now, url, events = "2026-01-15T16:31:20.000Z", "https://hooks.example.com/zta", `["goal","alert"]`
	f := func(patch, want string) {
		t.Helper()
		w.call("PATCH", "/api/webhooks/"+id, w.admin, patch).wantData(200, want)
	}
	f(`{}`, w.listed(id, url, events, `"Production webhook"`, true, now))
	f(`{"siteId":"site_other"}`, w.listed(id, url, events, `"Production webhook"`, true, now))
	f(`{"description":" b "}`, w.listed(id, url, events, `"b"`, true, now))
	f(`{"description":null}`, w.listed(id, url, events, `null`, true, now))
	f(`{"url":"https://other.example.com"}`, w.listed(id, "https://other.example.com", events, `null`, true, now))
	f(`{"events":["pageview","pageview"]}`, w.listed(id, "https://other.example.com", `["pageview"]`, `null`, true, now))
	require.Empty(t, w.hooks.reset)
	f(`{"active":false}`, w.listed(id, "https://other.example.com", `["pageview"]`, `null`, false, now))
	require.Empty(t, w.hooks.reset)
	f(`{"active":true}`, w.listed(id, "https://other.example.com", `["pageview"]`, `null`, true, now))
	require.Equal(t, []string{id}, w.hooks.reset)

	disabled, err := w.catalog.DisableWebhook(id, "gone", w.clock.Now())
	require.NoError(t, err)
	require.True(t, disabled)
	for _, missing := range []string{id, "wh_missing"} {
		disabled, err = w.catalog.DisableWebhook(missing, "failures", w.clock.Now())
		require.NoError(t, err)
		require.False(t, disabled)
	}
	var got struct {
		Active         bool
		DisabledReason *string
	}
	w.call("GET", "/api/webhooks/"+id, w.admin, nil).read(200, &got)
	require.Equal(t, "gone", *got.DisabledReason)
	require.False(t, got.Active)
	w.call("PATCH", "/api/webhooks", w.admin, map[string]any{"id": id, "active": true}).read(200, &got)
	require.Nil(t, got.DisabledReason)
	require.True(t, got.Active)
	require.Equal(t, []string{id, id}, w.hooks.reset)

	w.meta.failing.Store(true)
	w.call("PATCH", "/api/webhooks/"+id, w.admin, `{"active":false}`).wantError(500, "Internal server error", "internal_error")
	_, err = w.catalog.DisableWebhook(id, "gone", w.clock.Now())
	require.ErrorContains(t, err, "fire")
	w.meta.failing.Store(false)
	w.call("GET", "/api/webhooks/"+id, w.admin, nil).read(200, &got)
	require.True(t, got.Active)
}

// TestActivityWebhooks: a webhook that hears of activities is the owner's.
func TestActivityWebhooks(t *testing.T) {
	w := newHookWorld(t)
	const refused = "Only the site owner can use activity webhooks"
	w.call("POST", "/api/webhooks", w.admin, w.activity).wantError(403, refused, "forbidden")
	w.call("POST", "/api/webhooks", w.member, w.activity).wantError(403, "Access denied", "forbidden")
	secret, _ := w.make(w.activity)
	common, _ := w.make(w.body)
	w.hooks.log[secret] = []analytics.Delivery{{MessageID: "msg_aaaaaa", Event: "activity", Status: analytics.DeliverySucceeded, Payload: json.RawMessage(bare)}}

	var got []struct{ ID string }
	w.call("GET", "/api/webhooks?siteId="+string(w.site), w.admin, nil).read(200, &got)
	require.Len(t, got, 1)
	require.Equal(t, common, got[0].ID)
	w.call("GET", "/api/webhooks?siteId="+string(w.site), w.token, nil).read(200, &got)
	require.Len(t, got, 2)

	w.call("PATCH", "/api/webhooks/"+common, w.admin, `{"events":["activity"]}`).wantError(403, refused, "forbidden")
	for _, c := range []struct{ method, path, body string }{
		{"GET", "", ""}, {"PATCH", "", `{"events":["goal"]}`}, {"PATCH", "", `{"active":true}`}, {"GET", "/deliveries", ""}, {"POST", "/test", ""},
		{"POST", "/rotate-secret", ""}, {"POST", "/deliveries/msg_aaaaaa/redeliver", ""}, {"DELETE", "", ""},
	} {
		w.call(c.method, "/api/webhooks/"+secret+c.path, w.admin, c.body).wantError(403, refused, "forbidden")
		w.call(c.method, "/api/webhooks/"+secret+c.path, w.member, c.body).wantError(403, "Access denied", "forbidden")
	}
	require.Empty(t, w.hooks.tested)
	require.Empty(t, w.hooks.reset)
	stored, ok := w.catalog.Webhook(secret)
	require.True(t, ok)
	require.Empty(t, stored.PreviousSecret)
	for _, c := range []struct{ method, path, body string }{
		{"GET", "", ""}, {"GET", "/deliveries", ""}, {"POST", "/test", ""}, {"POST", "/rotate-secret", ""}, {"POST", "/deliveries/msg_aaaaaa/redeliver", ""},
		{"PATCH", "", `{"events":["goal"]}`}, {"PATCH", "", `{"events":["activity"]}`}, {"DELETE", "", ""},
	} {
		require.Equal(t, http.StatusOK, w.call(c.method, "/api/webhooks/"+secret+c.path, w.token, c.body).code, "%v", c)
	}
}

// TestPastActivities: what a webhook sent while it heard of activities stays the owner's when it hears of them no longer.
func TestPastActivities(t *testing.T) {
	w := newHookWorld(t)
	id, _ := w.make(w.activity)
	goal := analytics.Delivery{MessageID: "msg_gggggg", Event: "goal", Status: analytics.DeliverySucceeded, Payload: json.RawMessage(bare)}
	activity := goal
	activity.MessageID, activity.Event = "msg_aaaaaa", "activity"
	w.hooks.log[id] = []analytics.Delivery{activity, goal, activity, goal, activity}
	require.Equal(t, 200, w.call("PATCH", "/api/webhooks/"+id, w.token, `{"events":["goal"]}`).code)

	target := "/api/webhooks/" + id + "/deliveries"
	f := func(token, query string, want ...any) {
		t.Helper()
		var got struct {
			Data       []struct{ Event string }
			Pagination struct {
				Total   int
				HasMore bool
			}
		}
		require.NoError(t, json.Unmarshal([]byte(w.call("GET", target+query, token, nil).text), &got))
		list := []any{got.Pagination.Total, got.Pagination.HasMore}
		for _, d := range got.Data {
			list = append(list, d.Event)
		}
		require.Equal(t, want, list, query)
	}
	f(w.token, "", 5, false, "activity", "goal", "activity", "goal", "activity")
	f(w.token, "?event=activity&limit=1", 3, true, "activity")
	f(w.admin, "", 2, false, "goal", "goal")
	f(w.admin, "?limit=1", 2, true, "goal")
	f(w.admin, "?limit=1&offset=1", 2, false, "goal")
	f(w.admin, "?offset=2", 2, false)
	f(w.admin, "?offset=9&status=succeeded", 2, false)
	f(w.admin, "?event=activity", 0, false)

	w.call("POST", target+"/msg_aaaaaa/redeliver", w.admin, nil).wantError(404, "Delivery not found", "not_found")
	require.Equal(t, 200, w.call("POST", target+"/msg_gggggg/redeliver", w.admin, nil).code)
	require.Equal(t, 200, w.call("POST", target+"/msg_aaaaaa/redeliver", w.token, nil).code)
}

func TestDeleteWebhook(t *testing.T) {
	w := newHookWorld(t)
	for _, target := range []string{"/api/webhooks?id=", "/api/webhooks/"} {
		id, _ := w.make(w.body)
		w.call("DELETE", target+id, w.member, nil).wantError(403, "Access denied", "forbidden")
		require.Empty(t, w.hooks.forgotten)
		w.call("DELETE", target+id, w.admin, nil).wantData(200, `{"success":true,"message":"Webhook deleted successfully"}`)
		require.Equal(t, []string{string(w.site) + "/" + id}, w.hooks.forgotten)
		w.call("DELETE", target+id, w.admin, nil).wantError(404, "Webhook not found", "not_found")
		w.hooks.forgotten = nil
	}
	w.call("DELETE", "/api/webhooks", w.admin, nil).wantError(400, "ID required", "validation_failed")
	w.call("DELETE", "/api/webhooks/wh_a?id=wh_b", w.admin, nil).wantError(400, "ID mismatch", "validation_failed")
}

func TestRotateSecret(t *testing.T) {
	w := newHookWorld(t)
	id, first := w.make(w.body)
	sealer := testSealer(t)
	secrets := func() (present, previous string, until time.Time) {
		stored, _ := w.catalog.Webhook(id)
		a, err := sealer.Open(stored.Secret)
		require.NoError(t, err)
		b, err := sealer.Open(stored.PreviousSecret)
		require.NoError(t, err)
		return string(a), string(b), stored.PreviousExpires
	}
	var got struct{ ID, Secret, PreviousSecretExpiresAt string }
	a := w.call("POST", "/api/webhooks/"+id+"/rotate-secret", w.admin, nil)
	a.read(200, &got)
	a.wantData(200, `{"id":"`+id+`","secret":"`+got.Secret+`","previousSecretExpiresAt":"2026-01-16T16:30:20.000Z"}`)
	require.NotEqual(t, first, got.Secret)
	present, previous, until := secrets()
	require.Equal(t, []string{got.Secret, first}, []string{present, previous})
	require.Equal(t, day("2026-01-16T16:30:20Z"), until)

	second := got.Secret
	w.clock.Add(time.Hour)
	w.call("POST", "/api/webhooks/"+id+"/rotate-secret", w.admin, nil).read(200, &got)
	require.Equal(t, "2026-01-16T17:30:20.000Z", got.PreviousSecretExpiresAt)
	present, previous, _ = secrets()
	require.Equal(t, []string{got.Secret, second}, []string{present, previous})
	require.NotContains(t, w.call("GET", "/api/webhooks/"+id, w.admin, nil).text, "ecret")
	require.NotContains(t, w.call("GET", "/api/webhooks?siteId="+string(w.site), w.admin, nil).text, "ecret")
	require.NotContains(t, w.call("PATCH", "/api/webhooks/"+id, w.admin, `{"active":true}`).text, "ecret")
}

func TestTestWebhook(t *testing.T) {
	w := newHookWorld(t)
	id, _ := w.make(with(w.body, "active", false))
	f := func(r analytics.TestResult, want string) {
		t.Helper()
		w.hooks.result = r
		w.call("POST", "/api/webhooks/"+id+"/test", w.admin, nil).wantData(200, want)
	}
	f(analytics.TestResult{Success: true, MessageID: "msg_7h3k9d2f", Status: 200, Duration: 84*time.Millisecond + 999*time.Microsecond},
		`{"success":true,"messageId":"msg_7h3k9d2f","status":200,"durationMs":84,"error":null}`)
	f(analytics.TestResult{MessageID: "msg_aaaaaa", Status: 500, Error: "HTTP 500"}, `{"success":false,"messageId":"msg_aaaaaa","status":500,"durationMs":0,"error":"HTTP 500"}`)
	f(analytics.TestResult{MessageID: "msg_aaaaaa", Duration: 5 * time.Second, Error: "timeout"},
		`{"success":false,"messageId":"msg_aaaaaa","status":null,"durationMs":5000,"error":"timeout"}`)
	require.Equal(t, []string{id, id, id}, w.hooks.tested)
	w.hooks.err = errors.New("no more sockets")
	w.call("POST", "/api/webhooks/"+id+"/test", w.admin, nil).wantError(500, "Internal server error", "internal_error")
}

// bare is the least that a message has.
const bare = `{"type":"goal","event":"goal","timestamp":"2026-01-15T16:10:01.189Z","data":{"siteId":"site_abc123"}}`

// TestDeliveries answers with the body of webhooks.md.
func TestDeliveries(t *testing.T) {
	w := newHookWorld(t)
	id, _ := w.make(w.body)
	target := "/api/webhooks/" + id + "/deliveries"
	w.call("GET", target, w.admin, nil).wantPage(t, `[]`, `{"total":0,"limit":50,"offset":0,"hasMore":false}`)
	const payload = `{"type":"goal","event":"goal","timestamp":"2026-01-15T16:10:01.189Z","data":{"siteId":"site_abc123","goalId":"goal_abc123","goalName":"Newsletter Signup","path":"/thank-you","value":5,"visitorId":"vis_9f2c4e6a8b0d1f3a5c7e9b1d3f5a7c9e","sessionId":"visit_k2m4p6r8t0v1x3z5b7d9"}}`
	example := analytics.Delivery{MessageID: "msg_2kq8v4n6x1c3b5m7", Event: "goal", Status: analytics.DeliverySucceeded,
		CreatedAt: day("2026-01-15T16:10:01.9Z"), Payload: json.RawMessage(payload),
		Attempts: []analytics.Attempt{{ID: "attempt_1a2b3c", At: day("2026-01-15T16:10:02Z"), Status: 200, Duration: 61 * time.Millisecond, ResponseBody: "OK"}}}
	log := make([]analytics.Delivery, 989)
	for i := range log {
		log[i] = analytics.Delivery{MessageID: fmt.Sprintf("msg_%06d", i), Event: "goal", Status: analytics.DeliverySucceeded, Payload: json.RawMessage(bare)}
	}
	log[4] = example
	pending := analytics.Delivery{MessageID: "msg_pppppp", Event: "alert", Status: analytics.DeliveryPending, CreatedAt: day("2026-01-15T16:10:01Z"),
		NextAttempt: day("2026-01-15T16:10:27Z"), Payload: json.RawMessage(bare), Attempts: []analytics.Attempt{
			{ID: "attempt_aaaaaa", At: day("2026-01-15T16:10:02Z"), Duration: 5 * time.Second, Error: "timeout"},
			{ID: "attempt_bbbbbb", At: day("2026-01-15T16:10:07Z"), Status: 500, Error: "HTTP 500"}}}
	failed := analytics.Delivery{MessageID: "msg_ffffff", Event: "alert", Status: analytics.DeliveryFailed, Payload: json.RawMessage(bare)}
	w.hooks.log[id] = append(log, pending, failed)

	got := w.call("GET", target+"?event=goal&limit=1&offset=4", w.admin, nil)
	require.Equal(t, 200, got.code)
	require.JSONEq(t, `{"data":[{"messageId":"msg_2kq8v4n6x1c3b5m7","event":"goal","status":"succeeded","createdAt":"2026-01-15T16:10:01.900Z","nextAttemptAt":null,
 "attempts":[{"id":"attempt_1a2b3c","at":"2026-01-15T16:10:02.000Z","status":200,"durationMs":61,"error":null,"responseBody":"OK"}],
 "payload":`+payload+`}],
 "pagination":{"total":989,"limit":1,"offset":4,"hasMore":true}}`, got.text)
	w.call("GET", target+"?status=pending", w.admin, nil).wantPage(t, `[{"messageId":"msg_pppppp","event":"alert","status":"pending","createdAt":"2026-01-15T16:10:01.000Z",
		"nextAttemptAt":"2026-01-15T16:10:27.000Z","attempts":[
		{"id":"attempt_aaaaaa","at":"2026-01-15T16:10:02.000Z","status":null,"durationMs":5000,"error":"timeout","responseBody":null},
		{"id":"attempt_bbbbbb","at":"2026-01-15T16:10:07.000Z","status":500,"durationMs":0,"error":"HTTP 500","responseBody":""}],"payload":`+bare+`}]`,
		`{"total":1,"limit":50,"offset":0,"hasMore":false}`)
	f := func(query string, n int, pages string) {
		t.Helper()
		var got struct {
			Data       []json.RawMessage
			Pagination json.RawMessage
		}
		require.NoError(t, json.Unmarshal([]byte(w.call("GET", target+query, w.admin, nil).text), &got))
		require.Len(t, got.Data, n)
		require.JSONEq(t, pages, string(got.Pagination))
	}
	f("", 50, `{"total":991,"limit":50,"offset":0,"hasMore":true}`)
	f("?limit=100&offset=891", 100, `{"total":991,"limit":100,"offset":891,"hasMore":false}`)
	f("?status=failed&event=alert", 1, `{"total":1,"limit":50,"offset":0,"hasMore":false}`)
	f("?status=failed&event=goal", 0, `{"total":0,"limit":50,"offset":0,"hasMore":false}`)
	f("?event=test", 0, `{"total":0,"limit":50,"offset":0,"hasMore":false}`)
	for query, message := range map[string]string{
		"?limit=0": "Limit must be between 1 and 100", "?limit=101": "Limit must be between 1 and 100", "?offset=-1": "Offset must be 0 or greater",
		"?status=done": "Invalid status. Must be: pending, succeeded, or failed", "?event=clicks": "Invalid event type: clicks",
	} {
		w.call("GET", target+query, w.admin, nil).wantError(400, message, "validation_failed")
	}
	w.call("GET", target, w.member, nil).wantError(403, "Access denied", "forbidden")

	w.call("POST", target+"/msg_missing/redeliver", w.admin, nil).wantError(404, "Delivery not found", "not_found")
	w.call("POST", target+"/msg_2kq8v4n6x1c3b5m7/redeliver", w.admin, nil).wantData(200, `{"messageId":"msg_2kq8v4n6x1c3b5m7","event":"goal",
		"status":"pending","createdAt":"2026-01-15T16:10:01.900Z","nextAttemptAt":"2026-01-15T16:30:20.000Z",
		"attempts":[{"id":"attempt_1a2b3c","at":"2026-01-15T16:10:02.000Z","status":200,"durationMs":61,"error":null,"responseBody":"OK"}],"payload":`+payload+`}`)
	w.hooks.err = errors.New("the disk is on fire")
	w.call("GET", target, w.admin, nil).wantError(500, "Internal server error", "internal_error")
	w.call("POST", target+"/msg_ffffff/redeliver", w.admin, nil).wantError(500, "Internal server error", "internal_error")
}
