package api

import (
	"encoding/json"
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

// with is a body with other members; a nil value is null, and the value "-" takes the member away.
func with(base map[string]any, members ...any) map[string]any {
	body := maps.Clone(base)
	for i := 0; i < len(members); i += 2 {
		name := members[i].(string)
		body[name] = members[i+1]
		if members[i+1] == "-" {
			delete(body, name)
		}
	}
	return body
}

func (w *world) writeTrigger(t *analytics.Trigger) {
	w.t.Helper()
	val, err := json.Marshal(t)
	require.NoError(w.t, err)
	require.NoError(w.t, w.meta.Txn(MetaOp{Key: t.Key(), Value: val}))
}

// slack gives a site a Slack URL.
func (w *world) slack(site analytics.SiteID) {
	w.t.Helper()
	w.sites.change.Lock()
	defer w.sites.change.Unlock()
	e := *w.sites.entry(site)
	e.Settings.SlackWebhookURL = ptr("https://hooks.slack.com/services/a")
	require.NoError(w.t, w.sites.store(&e, ""))
}

// alertWorld is a site with a team, a goal and a funnel.
type alertWorld struct {
	*world
	site                         analytics.SiteID
	owner                        string
	token, admin, member, viewer string
	threshold, comparison        map[string]any
	anomaly                      map[string]any
}

func newAlertWorld(t *testing.T, change ...func(*Config)) *alertWorld {
	w := &alertWorld{world: newWorld(t, append(change, unlimited)...)}
	var ids [3]string
	w.owner, w.token = w.user("owner@example.com")
	ids[0], w.admin = w.user("admin@example.com")
	ids[1], w.member = w.user("member@example.com")
	ids[2], w.viewer = w.user("viewer@example.com")
	w.site = w.addSite(w.owner, "example.com")
	for i, role := range []auth.Role{auth.Admin, auth.Member, auth.Viewer} {
		w.join(w.site, ids[i], role)
	}
	c := w.catalog
	require.NoError(t, c.goals.put(&analytics.Goal{ID: "goal_abc123", Site: w.site, Type: analytics.PageviewGoal, Path: "/"}))
	require.NoError(t, c.funnels.put(&analytics.Funnel{ID: "funnel_abc123", Site: w.site}))
	w.threshold = map[string]any{"siteId": w.site, "name": "Traffic Spike", "type": "threshold", "metric": "pageviews", "operator": ">",
		"threshold": 200, "period": "1h", "notifications": []string{"email"}}
	w.comparison = with(w.threshold, "name", "Conversion Drop", "type", "comparison", "metric", "conversionRate", "operator", "<", "threshold", -20,
		"period", "24h", "compareWith", "previous_week")
	w.anomaly = map[string]any{"siteId": w.site, "name": "Odd", "type": "anomaly", "metric": "pageviews", "notifications": []string{"webhook"}}
	return w
}

// make creates an alert and returns its id.
func (w *alertWorld) make(body map[string]any) string {
	w.t.Helper()
	var got struct{ ID string }
	w.call("POST", "/api/alerts", w.token, body).read(201, &got)
	return got.ID
}

func TestCreateAlert(t *testing.T) {
	w := newAlertWorld(t)
	w.slack(w.site)
	f := func(body map[string]any, want string, opts ...func(*http.Request)) {
		t.Helper()
		a := w.call("POST", "/api/alerts", w.token, body, opts...)
		var got struct{ ID string }
		a.read(201, &got)
		require.Regexp(t, `^alert_[a-z0-9]{20}$`, got.ID)
		want = `{"id":"` + got.ID + `","siteId":"` + string(w.site) + `",` + want + `,"lastTriggered":null,"triggerCount":0,"createdBy":"` + w.owner +
			`","createdAt":"2026-01-15T16:30:20.000Z","updatedAt":"2026-01-15T16:30:20.000Z"}`
		a.wantData(201, want)
		w.call("GET", "/api/alerts/"+got.ID, w.viewer, nil).wantData(200, want)
	}
	f(with(w.threshold, "notifications", []string{"email", "slack"}), `"name":"Traffic Spike","type":"threshold","condition":"pageviews > 200",
		"metric":"pageviews","operator":">","threshold":200,"period":"1h","enabled":true,"notifications":["email","slack"]`)
	f(w.comparison, `"name":"Conversion Drop","type":"comparison","condition":"conversionRate < -20%","metric":"conversionRate","operator":"<",
		"threshold":-20,"compareWith":"previous_week","period":"24h","enabled":true,"notifications":["email"]`)
	f(w.anomaly, `"name":"Odd","type":"anomaly","condition":"anomaly(pageviews, medium)","metric":"pageviews","sensitivity":"medium","period":"1h",
		"enabled":true,"notifications":["webhook"]`)
	f(with(w.anomaly, "sensitivity", "high", "period", "24h", "operator", ">", "threshold", 5, "compareWith", "previous_week", "enabled", false),
		`"name":"Odd","type":"anomaly","condition":"anomaly(pageviews, high)","metric":"pageviews","sensitivity":"high","period":"24h","enabled":false,
		"notifications":["webhook"]`)
	f(with(w.threshold, "compareWith", "previous_month", "sensitivity", "low", "name", " A\tlert ", "enabled", nil), `"name":"Alert","type":"threshold",
		"condition":"pageviews > 200","metric":"pageviews","operator":">","threshold":200,"period":"1h","enabled":true,"notifications":["email"]`)
	f(with(w.threshold, "notifications", []string{"webhook", "email", "webhook", "slack"}), `"name":"Traffic Spike","type":"threshold",
		"condition":"pageviews > 200","metric":"pageviews","operator":">","threshold":200,"period":"1h","enabled":true,
		"notifications":["webhook","email","slack"]`, odd)
}

func TestAlertWords(t *testing.T) {
	w := newAlertWorld(t)
	f := func(body map[string]any, condition string) {
		t.Helper()
		var got struct{ Condition string }
		w.call("POST", "/api/alerts", w.admin, body).read(201, &got)
		require.Equal(t, condition, got.Condition)
	}
	for _, metric := range []string{"pageviews", "uniqueVisitors", "sessions", "bounceRate", "avgSessionDuration", "conversionRate",
		"goal.goal_abc123.completions", "goal.goal_abc123.conversionRate", "funnel.funnel_abc123.conversionRate"} {
		for _, operator := range []string{">", "<", ">=", "<="} {
			f(with(w.threshold, "metric", metric, "operator", operator), metric+" "+operator+" 200")
		}
		f(with(w.comparison, "metric", metric), metric+" < -20%")
		f(with(w.anomaly, "metric", metric), "anomaly("+metric+", medium)")
	}
	for _, period := range []string{"1h", "24h", "7d"} {
		f(with(w.threshold, "period", period), "pageviews > 200")
		f(with(w.comparison, "period", period), "conversionRate < -20%")
	}
	for _, other := range []string{"previous_period", "previous_week", "previous_month"} {
		f(with(w.comparison, "compareWith", other, "operator", ">"), "conversionRate > -20%")
	}
	for number, shown := range map[string]string{
		"1e9": "1000000000", "-1000000000": "-1000000000", "0": "0", "-0": "0", "12.5": "12.5", "1e-7": "0.0000001", "0.1": "0.1", "2E2": "200",
	} {
		f(with(w.threshold, "threshold", json.RawMessage(number)), "pageviews > "+shown)
		f(with(w.comparison, "threshold", json.RawMessage(number)), "conversionRate < "+shown+"%")
	}
}

func TestAlertErrors(t *testing.T) {
	w := newAlertWorld(t)
	stranger, _ := w.user("stranger@example.com")
	foreign := w.addSite(stranger, "foreign.example.com")
	require.NoError(t, w.catalog.goals.put(&analytics.Goal{ID: "goal_foreign", Site: foreign}))
	const (
		types     = "Invalid alert type. Must be: threshold, comparison, or anomaly"
		periods   = "Invalid period. Must be: 1h, 24h, or 7d"
		compares  = "Invalid compareWith. Must be: previous_period, previous_week, or previous_month"
		levels    = "Invalid sensitivity. Must be: low, medium, or high"
		channels  = "At least one notification channel is required"
		threshold = "Threshold must be between -1000000000 and 1000000000"
	)
	one := func(members ...any) map[string]any { return with(w.threshold, members...) }
	two := func(members ...any) map[string]any { return with(w.comparison, members...) }
	odd := func(members ...any) map[string]any { return with(w.anomaly, members...) }
	shared := []errorRow{
		bad("no site", one("siteId", "-"), "Site ID required"), bad("blank site", one("siteId", " "), "Site ID required"),
		bad("site is a number", one("siteId", 1), "siteId must be a string"),
		bad("no type", one("type", "-"), types), bad("null type", one("type", nil), types), bad("type", one("type", "Threshold"), types),
		bad("no metric", one("metric", "-"), "Invalid metric: "), bad("metric", one("metric", "invalid_metric"), "Invalid metric: invalid_metric"),
		bad("goal metric", one("metric", "goal.goal_abc123.value"), "Invalid metric: goal.goal_abc123.value"),
		bad("goal without id", one("metric", "goal..completions"), "Invalid metric: goal..completions"),
		bad("goal with more", one("metric", "goal.a.b.completions"), "Invalid metric: goal.a.b.completions"),
		bad("funnel metric", one("metric", "funnel.funnel_abc123.completions"), "Invalid metric: funnel.funnel_abc123.completions"),
		bad("no threshold", one("threshold", "-"), "Threshold is required for threshold alerts"),
		bad("null threshold", one("threshold", nil), "Threshold is required for threshold alerts"),
		bad("no threshold to compare", two("threshold", "-"), "Threshold is required for comparison alerts"),
		bad("text as threshold", one("threshold", "200"), "threshold must be a number"),
		bad("huge", one("threshold", 1e9+1), threshold), bad("low", two("threshold", -1e9-0.5), threshold),
		bad("endless", one("threshold", json.RawMessage("1e999")), "threshold must be a number"),
		bad("no operator", one("operator", "-"), "Invalid operator"), bad("operator", one("operator", "=="), "Invalid operator"),
		bad("operator to compare", two("operator", ">="), "Invalid operator"), bad("and the other", two("operator", "<="), "Invalid operator"),
		bad("no period", one("period", "-"), periods), bad("no period to compare", two("period", nil), periods),
		bad("period", one("period", "30d"), periods), bad("period of an anomaly", odd("period", "7d"), periods),
		bad("period of an anomaly misspelt", odd("period", "1d"), periods),
		bad("no compareWith", two("compareWith", "-"), compares), bad("compareWith", two("compareWith", "yesterday"), compares),
		bad("sensitivity", odd("sensitivity", "extreme"), levels), bad("sensitivity is a number", odd("sensitivity", 1), "sensitivity must be a string"),
		bad("channel", one("notifications", []string{"email", "sms"}), "Invalid notification channel: sms"),
		bad("channels are no list", one("notifications", "email"), "notifications must be a array"),
		bad("enabled is a text", one("enabled", "yes"), "enabled must be a boolean"),
		{"missing goal", one("metric", "goal.goal_missing.completions"), 404, "Goal not found: goal_missing", "not_found"},
		{"foreign goal", one("metric", "goal.goal_foreign.completions"), 404, "Goal not found: goal_foreign", "not_found"},
		{"missing funnel", one("metric", "funnel.funnel_missing.conversionRate"), 404, "Funnel not found: funnel_missing", "not_found"},
		{"missing site", one("siteId", "site_00000000000000000000", "metric", "goal.goal_missing.completions"), 404, "Site not found", "not_found"},
		{"foreign site", one("siteId", foreign), 403, "Access denied", "forbidden"},
		notJSON("no body", nil), notJSON("a list", "[]"), notJSON("half", `{"siteId":`),
	}
	for _, target := range []string{"/api/alerts", "/api/alerts/preview"} {
		w.wantErrors("POST", target, w.token, shared...)
	}
	w.wantErrors("POST", "/api/alerts", w.token,
		bad("no name", one("name", "-"), "Alert name is required"), bad("null name", one("name", nil), "Alert name is required"),
		bad("blank name", one("name", " \n"), "Alert name is required"),
		bad("long name", one("name", strings.Repeat("ü", 101)), "Alert name must not exceed 100 characters"),
		bad("name is a number", one("name", 1), "name must be a string"),
		bad("no channels", one("notifications", "-"), channels), bad("null channels", one("notifications", nil), channels),
		bad("empty channels", one("notifications", []string{}), channels),
		bad("slack", one("notifications", []string{"slack"}), "Slack is not configured for this site"),
	)
	require.Equal(t, 201, w.call("POST", "/api/alerts", w.token, one("name", strings.Repeat("ü", 100))).code)
	for _, token := range []string{w.member, w.viewer} {
		w.call("POST", "/api/alerts", token, w.threshold).wantError(403, "Access denied", "forbidden")
	}
	w.call("GET", "/api/alerts", w.token, nil).wantError(400, "Site ID required", "validation_failed")
	for _, c := range []struct{ method, path string }{{"GET", ""}, {"PATCH", ""}, {"DELETE", ""}, {"GET", "/history"}, {"POST", "/test"}, {"POST", "/acknowledge"}} {
		w.call(c.method, "/api/alerts/alert_missing"+c.path, w.token, `{"triggerId":"trigger_aaaaaa"}`).wantError(404, "Alert not found", "not_found")
	}
}

func TestAlertLimit(t *testing.T) {
	require.Equal(t, 100, DefaultConfig().MaxAlerts)
	w := newAlertWorld(t, func(c *Config) { c.MaxAlerts = 2 })
	w.make(w.threshold)
	id := w.make(w.anomaly)
	w.call("POST", "/api/alerts", w.token, w.threshold).wantError(403, "Alert limit reached", "limit_reached")
	require.Equal(t, 200, w.call("DELETE", "/api/alerts/"+id, w.token, nil).code)
	w.make(w.comparison)
}

// TestAlertExamples answers with the bodies of alerts.md.
func TestAlertExamples(t *testing.T) {
	w := newAlertWorld(t)
	spike := w.putAlert(&analytics.Alert{ID: "alert_abc123", Site: w.site, Name: "Traffic Spike", Type: analytics.ThresholdAlert, Metric: "pageviews",
		Operator: ">", Threshold: 200, Period: "1h", Notifications: []string{"email", "slack"}, Enabled: true, CreatedBy: "user_abc123",
		CreatedAt: day("2026-01-07T16:30:00Z"), UpdatedAt: day("2026-01-07T16:30:00Z")})
	w.putAlert(&analytics.Alert{ID: "alert_def456", Site: w.site, Name: "Conversion Drop", Type: analytics.ComparisonAlert, Metric: "conversionRate",
		Operator: "<", Threshold: -20, CompareWith: "previous_week", Period: "24h", Notifications: []string{"email"}, Enabled: true,
		CreatedBy: "user_abc123", CreatedAt: day("2026-01-08T14:00:00Z"), UpdatedAt: day("2026-01-08T14:00:00Z")})
	trigger := func(id, at string) *analytics.Trigger {
		return &analytics.Trigger{Firing: analytics.Firing{TriggerID: id, AlertID: spike.ID, At: day(at).UnixMilli(), Value: 201}, Site: w.site,
			AlertName: spike.Name, Metric: "pageviews", Condition: "pageviews > 200", Threshold: ptr(200.0), Sent: []string{"email", "slack"}}
	}
	for i := range 14 {
		w.fire(trigger(fmt.Sprintf("trigger_%06d", i), fmt.Sprintf("2026-01-10T%02d:00:00Z", i)))
	}
	w.fire(trigger("trigger_abc456", "2026-01-14T19:46:00Z"))
	w.fire(trigger("trigger_xyz789", "2026-01-15T15:47:00Z"))
	_, _, err := w.catalog.acknowledge(spike.ID, "trigger_abc456", "user_abc123", day("2026-01-14T19:52:00Z"))
	require.NoError(t, err)

	for range 2 {
		site := string(w.site)
		w.call("GET", "/api/alerts?siteId="+site, w.viewer, nil).wantData(200, `[
 {"id":"alert_def456","siteId":"`+site+`","name":"Conversion Drop","type":"comparison","condition":"conversionRate < -20%","metric":"conversionRate","operator":"<","threshold":-20,"compareWith":"previous_week","period":"24h",
  "enabled":true,"notifications":["email"],"lastTriggered":null,"triggerCount":0,"createdBy":"user_abc123","createdAt":"2026-01-08T14:00:00.000Z","updatedAt":"2026-01-08T14:00:00.000Z"},
 {"id":"alert_abc123","siteId":"`+site+`","name":"Traffic Spike","type":"threshold","condition":"pageviews > 200","metric":"pageviews","operator":">","threshold":200,"period":"1h",
  "enabled":true,"notifications":["email","slack"],"lastTriggered":"2026-01-15T15:47:00.000Z","triggerCount":16,"createdBy":"user_abc123","createdAt":"2026-01-07T16:30:00.000Z","updatedAt":"2026-01-07T16:30:00.000Z"}]`)
		got := w.call("GET", "/api/alerts/alert_abc123/history?limit=2", w.viewer, nil)
		require.Equal(t, 200, got.code)
		require.JSONEq(t, `{"data":[
 {"id":"trigger_xyz789","triggeredAt":"2026-01-15T15:47:00.000Z","metric":"pageviews","value":201,"threshold":200,"condition":"pageviews > 200","baseline":null,"changePercent":null,"notificationsSent":["email","slack"],
  "acknowledged":false,"acknowledgedBy":null,"acknowledgedAt":null},
 {"id":"trigger_abc456","triggeredAt":"2026-01-14T19:46:00.000Z","metric":"pageviews","value":201,"threshold":200,"condition":"pageviews > 200","baseline":null,"changePercent":null,"notificationsSent":["email","slack"],
  "acknowledged":true,"acknowledgedBy":"user_abc123","acknowledgedAt":"2026-01-14T19:52:00.000Z"}],
 "meta":{"alert":{"id":"alert_abc123","name":"Traffic Spike"}},
 "pagination":{"total":16,"limit":2,"offset":0,"hasMore":true}}`, got.text)
		w.start() // everything is read again
	}
}

func TestChangeAlert(t *testing.T) {
	w := newAlertWorld(t)
	created, later := w.clock.Now(), w.clock.Now().Add(time.Minute)
	f := func(base map[string]any, patch any, armed bool, want string) {
		t.Helper()
		w.clock.mu.Lock()
		w.clock.now = created
		w.clock.mu.Unlock()
		id := w.make(base)
		w.clock.Add(time.Minute)
		a := w.call("PATCH", "/api/alerts/"+id, w.admin, patch)
		a.wantData(200, `{"id":"`+id+`","siteId":"`+string(w.site)+`",`+want+`,"lastTriggered":null,"triggerCount":0,"createdBy":"`+w.owner+
			`","createdAt":"2026-01-15T16:30:20.000Z","updatedAt":"2026-01-15T16:31:20.000Z"}`)
		stored, _ := w.catalog.Alert(id)
		require.Equal(t, armed, stored.Armed.Equal(later), "armed %v", stored.Armed)
		require.True(t, armed || stored.Armed.Equal(created))
	}
	shown := func(name, condition, rest string) string {
		return `"name":"` + name + `","type":"threshold","metric":"pageviews","condition":"` + condition + `",` + rest
	}
	const tail = `"enabled":true,"notifications":["email"]`
	same := shown("Traffic Spike", "pageviews > 200", `"operator":">","threshold":200,"period":"1h",`+tail)
	f(w.threshold, `{}`, false, same)
	f(w.threshold, `{"siteId":"site_other","enabled":true,"threshold":200,"type":"threshold","sensitivity":"high","compareWith":null}`, false, same)
	f(w.threshold, `{"name":" New "}`, false, shown("New", "pageviews > 200", `"operator":">","threshold":200,"period":"1h",`+tail))
	f(w.threshold, `{"notifications":["webhook","email"]}`, false,
		shown("Traffic Spike", "pageviews > 200", `"operator":">","threshold":200,"period":"1h","enabled":true,"notifications":["webhook","email"]`))
	f(w.threshold, `{"enabled":false}`, false,
		shown("Traffic Spike", "pageviews > 200", `"operator":">","threshold":200,"period":"1h","enabled":false,"notifications":["email"]`))
	f(with(w.threshold, "enabled", false), `{"enabled":true}`, true, same)
	f(with(w.threshold, "enabled", false), `{"enabled":null}`, true, same)
	f(w.threshold, `{"operator":"<="}`, true, shown("Traffic Spike", "pageviews <= 200", `"operator":"<=","threshold":200,"period":"1h",`+tail))
	f(w.threshold, `{"threshold":0.5}`, true, shown("Traffic Spike", "pageviews > 0.5", `"operator":">","threshold":0.5,"period":"1h",`+tail))
	f(w.threshold, `{"threshold":0}`, true, shown("Traffic Spike", "pageviews > 0", `"operator":">","threshold":0,"period":"1h",`+tail))
	f(w.threshold, `{"period":"7d"}`, true, shown("Traffic Spike", "pageviews > 200", `"operator":">","threshold":200,"period":"7d",`+tail))
	f(w.threshold, `{"metric":"goal.goal_abc123.completions"}`, true, `"name":"Traffic Spike","type":"threshold","metric":"goal.goal_abc123.completions",
		"condition":"goal.goal_abc123.completions > 200","operator":">","threshold":200,"period":"1h",`+tail)
	f(w.comparison, `{"compareWith":"previous_month"}`, true, `"name":"Conversion Drop","type":"comparison","metric":"conversionRate",
		"condition":"conversionRate < -20%","operator":"<","threshold":-20,"period":"24h","compareWith":"previous_month",`+tail)
	f(w.comparison, `{"type":"threshold"}`, true, `"name":"Conversion Drop","type":"threshold","metric":"conversionRate",
		"condition":"conversionRate < -20","operator":"<","threshold":-20,"period":"24h",`+tail)
	f(w.threshold, `{"type":"comparison","compareWith":"previous_period"}`, true, `"name":"Traffic Spike","type":"comparison","metric":"pageviews",
		"condition":"pageviews > 200%","operator":">","threshold":200,"period":"1h","compareWith":"previous_period",`+tail)
	f(w.threshold, `{"type":"anomaly","sensitivity":"low"}`, true, `"name":"Traffic Spike","type":"anomaly","metric":"pageviews",
		"condition":"anomaly(pageviews, low)","sensitivity":"low","period":"1h",`+tail)
	f(with(w.anomaly, "sensitivity", "high", "period", "24h"), `{"sensitivity":null,"period":null}`, true, `"name":"Odd","type":"anomaly",
		"metric":"pageviews","condition":"anomaly(pageviews, medium)","sensitivity":"medium","period":"1h","enabled":true,"notifications":["webhook"]`)

	id, odd, compared := w.make(w.threshold), w.make(w.anomaly), w.make(w.comparison)
	w.wantErrors("PATCH", "/api/alerts/"+id, w.admin,
		bad("mismatch", map[string]any{"id": odd}, "ID mismatch"), bad("id is a number", `{"id":1}`, "id must be a string"),
		bad("null name", `{"name":null}`, "Alert name is required"), bad("blank name", `{"name":" "}`, "Alert name is required"),
		bad("null type", `{"type":null}`, "Invalid alert type. Must be: threshold, comparison, or anomaly"),
		bad("null metric", `{"metric":null}`, "Invalid metric: "), bad("null threshold", `{"threshold":null}`, "Threshold is required for threshold alerts"),
		bad("null operator", `{"operator":null}`, "Invalid operator"), bad("null period", `{"period":null}`, "Invalid period. Must be: 1h, 24h, or 7d"),
		bad("null channels", `{"notifications":null}`, "At least one notification channel is required"),
		bad("slack", `{"notifications":["slack"]}`, "Slack is not configured for this site"),
		bad("slack with spaces", `{"notifications":[" slack "]}`, "Slack is not configured for this site"),
		bad("nothing to compare with", `{"type":"comparison"}`, "Invalid compareWith. Must be: previous_period, previous_week, or previous_month"),
		errorRow{"missing goal", `{"metric":"goal.goal_missing.completions"}`, 404, "Goal not found: goal_missing", "not_found"},
	)
	w.wantErrors("PATCH", "/api/alerts/"+odd, w.admin,
		bad("no threshold", `{"type":"threshold","operator":">"}`, "Threshold is required for threshold alerts"),
		bad("no operator", `{"type":"threshold","threshold":1}`, "Invalid operator"),
		bad("a week", `{"period":"7d"}`, "Invalid period. Must be: 1h, 24h, or 7d"))
	w.wantErrors("PATCH", "/api/alerts/"+compared, w.admin, bad("operator", `{"operator":">="}`, "Invalid operator"),
		bad("null compareWith", `{"compareWith":null}`, "Invalid compareWith. Must be: previous_period, previous_week, or previous_month"))
	w.wantErrors("PATCH", "/api/alerts", w.admin, bad("no id", `{"name":"a"}`, "ID required"), notJSON("no body", nil),
		bad("syntax before existence", `{"id":"alert_missing","period":"1d"}`, "Invalid period. Must be: 1h, 24h, or 7d"))
	w.call("PATCH", "/api/alerts", w.admin, map[string]any{"id": id, "enabled": false}).read(200, &struct{}{})
	for _, token := range []string{w.member, w.viewer} {
		w.call("PATCH", "/api/alerts/"+id, token, `{"enabled":true}`).wantError(403, "Access denied", "forbidden")
	}
}

// TestAlertOutlivesGoal: a muted alert can be renamed without its goal, but not be enabled.
func TestAlertOutlivesGoal(t *testing.T) {
	w := newAlertWorld(t)
	id := w.make(with(w.threshold, "metric", "goal.goal_abc123.completions", "enabled", false))
	c := w.catalog
	goal, _ := c.Goal("goal_abc123")
	require.NoError(t, c.goals.remove(goal))
	require.Equal(t, 200, w.call("PATCH", "/api/alerts/"+id, w.token, `{"name":"b"}`).code)
	w.call("PATCH", "/api/alerts/"+id, w.token, `{"enabled":true}`).wantError(404, "Goal not found: goal_abc123", "not_found")
}

func TestDeleteAlert(t *testing.T) {
	w := newAlertWorld(t)
	const deleted = `{"success":true,"message":"Alert deleted successfully"}`
	rows := func() []string {
		return slices.DeleteFunc(slices.Sorted(maps.Keys(w.meta.all())), func(key string) bool {
			return !strings.HasPrefix(key, "trigger/") && !strings.HasPrefix(key, "acknowledged/")
		})
	}
	kept := w.make(w.threshold)
	for _, target := range []string{"/api/alerts?id=", "/api/alerts/"} {
		id := w.make(w.threshold)
		for _, alert := range []string{id, kept} {
			tr := &analytics.Trigger{Firing: analytics.Firing{TriggerID: "trigger_aaaaaa", AlertID: alert, At: 1}, Site: w.site}
			w.fire(tr)
			require.Equal(t, 200, w.call("POST", "/api/alerts/"+alert+"/acknowledge", w.member, `{"triggerId":"trigger_aaaaaa"}`).code)
		}
		require.Len(t, rows(), 4)
		w.call("DELETE", target+id, w.viewer, nil).wantError(403, "Access denied", "forbidden")
		w.call("DELETE", target+id, w.admin, nil).wantData(200, deleted)
		w.call("DELETE", target+id, w.admin, nil).wantError(404, "Alert not found", "not_found")
		require.Len(t, rows(), 2)
	}
	w.call("DELETE", "/api/alerts", w.admin, nil).wantError(400, "ID required", "validation_failed")
	w.call("DELETE", "/api/alerts/"+kept+"?id=alert_other", w.admin, nil).wantError(400, "ID mismatch", "validation_failed")

	// A trigger that is written while its alert goes away is erased with the next start.
	late := &analytics.Trigger{Firing: analytics.Firing{TriggerID: "trigger_bbbbbb", AlertID: "alert_gone", At: 1}, Site: w.site}
	w.fire(late)
	require.Len(t, rows(), 3)
	w.start()
	require.Len(t, rows(), 2)
}

func TestAlertHistory(t *testing.T) {
	w := newAlertWorld(t)
	id := w.make(w.comparison)
	target := "/api/alerts/" + id + "/history"
	w.call("GET", target, w.viewer, nil).wantPage(t, `[]`, `{"total":0,"limit":50,"offset":0,"hasMore":false}`)
	fire := func(n int, f analytics.Firing, threshold *float64) {
		f.TriggerID, f.AlertID, f.At = fmt.Sprintf("trigger_%06d", n), id, int64(n)*60_000
		w.fire(&analytics.Trigger{Firing: f, Site: w.site, Metric: "conversionRate", Condition: "c", Threshold: threshold})
	}
	fire(1, analytics.Firing{Value: 1.5, Baseline: ptr(2.25), Change: ptr(-33.33333)}, ptr(-20.0))
	fire(2, analytics.Firing{Value: 9, Baseline: ptr(4.5), Score: ptr(4.125)}, nil)
	w.call("GET", target, w.viewer, nil).wantPage(t, `[
		{"id":"trigger_000002","triggeredAt":"1970-01-01T00:02:00.000Z","metric":"conversionRate","value":9,"threshold":null,"condition":"c","baseline":4.5,
		 "changePercent":null,"score":4.13,"notificationsSent":[],"acknowledged":false,"acknowledgedBy":null,"acknowledgedAt":null},
		{"id":"trigger_000001","triggeredAt":"1970-01-01T00:01:00.000Z","metric":"conversionRate","value":1.5,"threshold":-20,"condition":"c","baseline":2.25,
		 "changePercent":-33.33,"notificationsSent":[],"acknowledged":false,"acknowledgedBy":null,"acknowledgedAt":null}]`,
		`{"total":2,"limit":50,"offset":0,"hasMore":false}`)
	for n := 3; n <= 120; n++ {
		fire(n, analytics.Firing{}, nil)
	}
	f := func(query string, first, n int, pages string) {
		t.Helper()
		var got struct {
			Data       []struct{ ID string }
			Pagination json.RawMessage
		}
		a := w.call("GET", target+query, w.viewer, nil)
		require.NoError(t, json.Unmarshal([]byte(a.text), &got))
		require.Len(t, got.Data, n, query)
		for i, trigger := range got.Data {
			require.Equal(t, fmt.Sprintf("trigger_%06d", first-i), trigger.ID)
		}
		require.JSONEq(t, pages, string(got.Pagination))
	}
	f("", 120, 50, `{"total":120,"limit":50,"offset":0,"hasMore":true}`)
	f("?limit=100", 120, 100, `{"total":120,"limit":100,"offset":0,"hasMore":true}`)
	f("?limit=100&offset=20", 100, 100, `{"total":120,"limit":100,"offset":20,"hasMore":false}`)
	f("?limit=1&offset=119", 1, 1, `{"total":120,"limit":1,"offset":119,"hasMore":false}`)
	f("?offset=120", 0, 0, `{"total":120,"limit":50,"offset":120,"hasMore":false}`)
	f("?offset=9223372036854775807", 0, 0, `{"total":120,"limit":50,"offset":9223372036854775807,"hasMore":false}`)
	for query, message := range map[string]string{
		"?limit=0": "Limit must be between 1 and 100", "?limit=101": "Limit must be between 1 and 100", "?limit=x": "Limit must be between 1 and 100",
		"?offset=-1": "Offset must be 0 or greater", "?offset=x": "Offset must be 0 or greater", "?offset=9223372036854775808": "Offset must be 0 or greater",
	} {
		w.call("GET", target+query, w.viewer, nil).wantError(400, message, "validation_failed")
	}
}

// wantPage checks the data and the pagination of a list.
func (a answer) wantPage(t *testing.T, data, pages string) {
	t.Helper()
	require.Equal(t, 200, a.code, a.text)
	var got struct{ Data, Pagination json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(a.text), &got))
	require.JSONEq(t, data, string(got.Data))
	require.JSONEq(t, pages, string(got.Pagination))
}

func TestAcknowledge(t *testing.T) {
	w := newAlertWorld(t)
	id, other := w.make(w.threshold), w.make(w.threshold)
	first := &analytics.Trigger{Firing: analytics.Firing{TriggerID: "trigger_aaaaaa", AlertID: id, At: w.clock.Now().UnixMilli(), Value: 201}, Site: w.site,
		Metric: "pageviews", Condition: "pageviews > 200", Threshold: ptr(200.0)}
	w.fire(first)
	w.fire(&analytics.Trigger{Firing: analytics.Firing{TriggerID: "trigger_bbbbbb", AlertID: other, At: 1}, Site: w.site})
	target := "/api/alerts/" + id + "/acknowledge"
	caller, problem := w.access.Authenticate(w.member)
	require.Nil(t, problem)
	want := func(sent string) string {
		return `{"id":"trigger_aaaaaa","triggeredAt":"2026-01-15T16:30:20.000Z","metric":"pageviews","value":201,"threshold":200,"condition":"pageviews > 200",
			"baseline":null,"changePercent":null,"notificationsSent":` + sent + `,"acknowledged":true,"acknowledgedBy":"` + caller.UserID + `",
			"acknowledgedAt":"2026-01-15T16:31:20.000Z"}`
	}
	w.clock.Add(time.Minute)
	w.call("POST", target, w.viewer, `{"triggerId":"trigger_aaaaaa"}`).wantError(403, "Access denied", "forbidden")
	w.call("POST", target, w.member, `{"triggerId":"trigger_aaaaaa"}`).wantData(200, want("[]"))
	w.call("POST", target, w.admin, `{"triggerId":"trigger_aaaaaa"}`).wantData(200, want("[]")) // in the same millisecond
	w.clock.Add(time.Minute)
	w.call("POST", target, w.admin, `{"triggerId":"trigger_aaaaaa"}`).wantData(200, want("[]"))
	first.Sent = []string{"email"} // the outbox writes the row again, and knows nothing of the acknowledgement
	w.fire(first)
	w.start()
	w.call("POST", target, w.token, `{"triggerId":"trigger_aaaaaa"}`).wantData(200, want(`["email"]`))
	list, _ := w.activities(w.token, "action=alert.acknowledged")
	require.Len(t, list, 1, "repeating it changes nothing")
	w.wantErrors("POST", target, w.member,
		notJSON("no body", nil), bad("no id", `{}`, "Trigger ID required"), bad("null", `{"triggerId":null}`, "Trigger ID required"),
		bad("a number", `{"triggerId":1}`, "triggerId must be a string"),
		errorRow{"missing", `{"triggerId":"trigger_cccccc"}`, 404, "Trigger not found", "not_found"},
		errorRow{"of another alert", `{"triggerId":"trigger_bbbbbb"}`, 404, "Trigger not found", "not_found"},
		errorRow{"the end of an id", `{"triggerId":"a"}`, 404, "Trigger not found", "not_found"},
	)
}

// TestTriggered: a trigger counts once, however often and in whatever order it is told.
func TestTriggered(t *testing.T) {
	w := newAlertWorld(t)
	id := w.make(w.threshold)
	f := func(count int, last string) {
		t.Helper()
		var got struct {
			TriggerCount  int
			LastTriggered string
		}
		w.call("GET", "/api/alerts/"+id, w.viewer, nil).read(200, &got)
		require.Equal(t, count, got.TriggerCount)
		require.Equal(t, last, got.LastTriggered)
	}
	at := func(n int) *analytics.Trigger {
		return &analytics.Trigger{Firing: analytics.Firing{TriggerID: fmt.Sprint("trigger_", n), AlertID: id, At: int64(n) * 1000}, Site: w.site}
	}
	f(0, "")
	w.fire(at(5))
	f(1, "1970-01-01T00:00:05.000Z")
	w.fire(at(5))
	f(1, "1970-01-01T00:00:05.000Z")
	w.fire(at(7))
	f(2, "1970-01-01T00:00:07.000Z")
	w.fire(at(5))
	f(2, "1970-01-01T00:00:07.000Z")
	w.fire(at(6)) // a clock that went back
	f(3, "1970-01-01T00:00:07.000Z")
	w.start()
	f(3, "1970-01-01T00:00:07.000Z")
	w.fire(at(7))
	f(3, "1970-01-01T00:00:07.000Z")
	for _, n := range []int{8, 4} { // told before they are written
		require.NoError(t, w.catalog.Triggered(at(n)))
		w.writeTrigger(at(n))
	}
	f(5, "1970-01-01T00:00:08.000Z")
	w.start()
	f(5, "1970-01-01T00:00:08.000Z")
}

func TestTestAlert(t *testing.T) {
	w := newAlertWorld(t)
	id := w.make(w.threshold)
	f := func(results []analytics.ChannelResult, want string) {
		t.Helper()
		w.hooks.channels = results
		w.call("POST", "/api/alerts/"+id+"/test", w.admin, nil).wantData(200, want)
	}
	f([]analytics.ChannelResult{{Channel: "email", Success: true}, {Channel: "slack", Error: "HTTP 404"}},
		`{"success":true,"results":[{"channel":"email","success":true,"error":null},{"channel":"slack","success":false,"error":"HTTP 404"}]}`)
	f([]analytics.ChannelResult{{Channel: "slack", Error: "timeout"}}, `{"success":false,"results":[{"channel":"slack","success":false,"error":"timeout"}]}`)
	f(nil, `{"success":false,"results":[]}`)
	require.Equal(t, []string{id, id, id}, w.hooks.tested)
	require.LessOrEqual(t, w.hooks.deadline, 10*time.Second)
	require.Positive(t, w.hooks.deadline)
	w.call("POST", "/api/alerts/"+id+"/test", w.member, nil).wantError(403, "Access denied", "forbidden")
}

func TestPreviewAlert(t *testing.T) {
	w := newAlertWorld(t)
	at := day("2026-01-15T16:00:00Z").UnixMilli()
	w.preview.series = []analytics.AlertPoint{{At: at - 3_600_000}, {At: at, Value: ptr(112.0)}}
	w.preview.firings = []analytics.AlertPoint{{At: day("2026-01-14T20:00:00Z").UnixMilli(), Value: ptr(201.0), Baseline: ptr(50.5)}}
	want := `{"series":[{"at":"2026-01-15T15:00:00.000Z","value":null,"baseline":null},{"at":"2026-01-15T16:00:00.000Z","value":112,"baseline":null}],
		"firings":[{"at":"2026-01-14T20:00:00.000Z","value":201,"baseline":50.5}]}`
	for _, body := range []map[string]any{
		w.comparison, with(w.comparison, "name", "-", "notifications", "-"), with(w.comparison, "name", " ", "notifications", []string{}),
		with(w.comparison, "notifications", []string{"slack"}),
	} {
		w.call("POST", "/api/alerts/preview", w.admin, body).wantData(200, want)
		a := w.preview.asked
		require.Equal(t, []any{w.site, analytics.ComparisonAlert, "conversionRate", "<", -20.0, "24h", "previous_week", true},
			[]any{a.Site, a.Type, a.Metric, a.Operator, a.Threshold, a.Period, a.CompareWith, a.Enabled})
	}
	w.preview.series, w.preview.firings = nil, nil
	w.call("POST", "/api/alerts/preview", w.admin, w.anomaly).wantData(200, `{"series":[],"firings":[]}`)
	w.call("POST", "/api/alerts/preview", w.member, w.anomaly).wantError(403, "Access denied", "forbidden")
	w.call("GET", "/api/alerts?siteId="+string(w.site), w.viewer, nil).wantData(200, `[]`)
	w.preview.err = &analytics.Unavailable{RetryAfter: time.Second}
	w.call("POST", "/api/alerts/preview", w.admin, w.anomaly).wantError(503, "Service temporarily unavailable", "unavailable")
}

// TestAlertsOfSite: a site shows how many alerts it has.
func TestAlertsOfSite(t *testing.T) {
	w := newAlertWorld(t)
	w.make(w.threshold)
	w.make(with(w.anomaly, "enabled", false))
	var got struct{ Alerts int }
	w.call("GET", "/api/sites/"+string(w.site), w.viewer, nil).read(200, &got)
	require.Equal(t, 2, got.Alerts)
}

// TestAlertStoreFails: what could not be stored was not done.
func TestAlertStoreFails(t *testing.T) {
	w := newAlertWorld(t)
	id := w.make(w.threshold)
	w.fire(&analytics.Trigger{Firing: analytics.Firing{TriggerID: "trigger_aaaaaa", AlertID: id, At: 1}, Site: w.site})
	w.meta.failing.Store(true)
	f := func(method, target string, body any) {
		t.Helper()
		w.call(method, target, w.token, body).wantError(500, "Internal server error", "internal_error")
	}
	f("POST", "/api/alerts", w.threshold)
	f("PATCH", "/api/alerts/"+id, `{"name":"new"}`)
	f("DELETE", "/api/alerts/"+id, nil)
	f("POST", "/api/alerts/"+id+"/acknowledge", `{"triggerId":"trigger_aaaaaa"}`)
	w.meta.failing.Store(false)
	var got []struct {
		Name         string
		TriggerCount int
	}
	w.call("GET", "/api/alerts?siteId="+string(w.site), w.viewer, nil).read(200, &got)
	require.Len(t, got, 1)
	require.Equal(t, "Traffic Spike", got[0].Name)
	require.Equal(t, 1, got[0].TriggerCount)
	require.NotContains(t, w.call("GET", "/api/alerts/"+id+"/history", w.viewer, nil).text, `"acknowledged":true`)
}
