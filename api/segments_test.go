package api

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/api/auth"
)

func TestCreateSegment(t *testing.T) {
	w, site, token := goalWorld(t)
	owner := w.sites.team(site)[0].UserID
	a := w.call("POST", "/api/segments", token, object{
		"siteId": site, "name": " Mobile\n from search ", "filters": " device==mobile;channel==organic ", "shared": true, "unknown": 1,
	}, odd)
	var got struct{ ID string }
	a.read(201, &got)
	require.Regexp(t, `^seg_[a-z0-9]{20}$`, got.ID)
	a.wantData(201, `{"id":"`+got.ID+`","siteId":"`+string(site)+`","name":"Mobile from search","filters":"device==mobile;channel==organic",
		"shared":true,
		"createdBy":"`+owner+`","createdAt":"2026-01-15T16:30:20.000Z","updatedAt":"2026-01-15T16:30:20.000Z"}`)
	for _, shared := range []any{nil, false} {
		var got segmentView
		body := object{"siteId": site, "name": strings.Repeat("ü", 100), "filters": "page=~^/docs", "shared": shared}
		w.call("POST", "/api/segments", token, body).read(201, &got)
		require.False(t, got.Shared)
	}

	stranger, _ := w.user("stranger@example.com")
	foreign := w.addSite(stranger, "foreign.example.com")
	row := func(name, message string, change object) errorRow {
		body := object{"siteId": site, "name": "a", "filters": "device==mobile"}
		for k, v := range change {
			body[k] = v
		}
		return bad(name, body, message)
	}
	const long = "Segment name must not exceed 100 characters"
	w.wantErrors("POST", "/api/segments", token,
		notJSON("no body", nil), row("no site", "Site ID required", object{"siteId": nil}), row("site", "siteId must be a string", object{"siteId": 1}),
		row("no name", "Segment name is required", object{"name": nil}), row("blank name", "Segment name is required", object{"name": " "}),
		row("long name", long, object{"name": strings.Repeat("ü", 101)}), row("name", "name must be a string", object{"name": 1}),
		row("no filters", "Invalid filter: ", object{"filters": nil}), row("blank filters", "Invalid filter: ", object{"filters": " "}),
		row("bad filter", "Invalid filter: foo", object{"filters": "device==mobile;foo"}),
		row("filters", "filters must be a string", object{"filters": []any{}}),
		row("shared", "shared must be a boolean", object{"shared": "yes"}),
		errorRow{"missing site", object{"siteId": missingSite, "name": "a", "filters": "device==mobile"}, 404, "Site not found", "not_found"},
		errorRow{"foreign site", object{"siteId": foreign, "name": "a", "filters": "device==mobile"}, 403, "Access denied", "forbidden"},
		row("syntax first", "Invalid filter: foo", object{"siteId": foreign, "filters": "foo"}),
	)
}

func TestSegmentLimit(t *testing.T) {
	w, site, token := goalWorld(t, func(c *Config) { c.MaxSegments = 1 })
	body := object{"siteId": site, "name": "a", "filters": "device==mobile"}
	w.defined("/api/segments", token, body)
	w.call("POST", "/api/segments", token, body).wantError(403, "Segment limit reached", "limit_reached")
	require.Equal(t, 200, DefaultConfig().MaxSegments)
}

// Who sees and changes segments: everybody their own, all who read the site the shared ones, admins change shared ones too.
func TestSegmentsOfOthers(t *testing.T) {
	w, site, ownerToken := goalWorld(t)
	tokens := map[string]string{"owner": ownerToken}
	for name, role := range map[string]auth.Role{"admin": auth.Admin, "member": auth.Member, "other": auth.Member, "viewer": auth.Viewer} {
		id, token := w.user(name + "@example.com")
		w.join(site, id, role)
		tokens[name] = token
	}
	list := func(who string) (names []string) {
		t.Helper()
		var got []segmentView
		w.call("GET", "/api/segments?siteId="+string(site), tokens[who], nil).read(200, &got)
		for _, g := range got {
			names = append(names, g.Name)
		}
		return names
	}
	add := func(who, name string, shared bool) string {
		return w.defined("/api/segments", tokens[who], object{"siteId": site, "name": name, "filters": "device==mobile", "shared": shared})
	}
	w.call("GET", "/api/segments?siteId="+string(site), ownerToken, nil).wantData(200, `[]`)
	shared, private := add("member", "b", true), add("member", "c", false)
	add("owner", "a", false)
	add("owner", "B", true)
	for who, want := range map[string][]string{
		"owner": {"B", "a", "b"}, "admin": {"B", "b"}, "member": {"B", "b", "c"}, "other": {"B", "b"}, "viewer": {"B", "b"},
	} {
		require.Equal(t, want, list(who), who)
	}
	f := func(who, id string, may bool) {
		t.Helper()
		a := w.call("PATCH", "/api/segments/"+id, tokens[who], object{"name": "z"})
		b := w.call("DELETE", "/api/segments/"+id, tokens[who], nil)
		if !may {
			a.wantError(403, "Access denied", "forbidden")
			b.wantError(403, "Access denied", "forbidden")
			return
		}
		require.Equal(t, []int{200, 200}, []int{a.code, b.code}, a.text)
	}
	for _, who := range []string{"owner", "admin", "other", "viewer"} {
		f(who, private, false)
	}
	f("other", shared, false)
	f("viewer", shared, false)
	f("admin", shared, true)
	f("owner", add("member", "d", true), true)
	f("member", private, true)
	require.Equal(t, []string{"B", "a"}, list("owner"))
}

func TestChangeSegment(t *testing.T) {
	w, site, token := goalWorld(t)
	id := w.defined("/api/segments", token, object{"siteId": site, "name": "a", "filters": "device==mobile", "shared": true})
	w.clock.Add(time.Second)
	owner := w.sites.team(site)[0].UserID
	want := func(name, filters, shared string) string {
		return `{"id":"` + id + `","siteId":"` + string(site) + `","name":"` + name + `","filters":"` + filters + `","shared":` + shared + `,
			"createdBy":"` + owner + `","createdAt":"2026-01-15T16:30:20.000Z","updatedAt":"2026-01-15T16:30:21.000Z"}`
	}
	w.call("PATCH", "/api/segments/"+id, token, object{"name": " b "}).wantData(200, want("b", "device==mobile", "true"))
	w.call("PATCH", "/api/segments", token, object{"id": id, "filters": "country==DE", "siteId": "x"}).wantData(200, want("b", "country==DE", "true"))
	w.call("PATCH", "/api/segments/"+id, token, object{"id": id, "shared": nil}).wantData(200, want("b", "country==DE", "false"))
	w.start() // as stored
	w.call("GET", "/api/segments?siteId="+string(site), token, nil).wantData(200, "["+want("b", "country==DE", "false")+"]")
	const none = "seg_00000000000000000000"
	w.wantErrors("PATCH", "/api/segments", token,
		notJSON("no body", nil), bad("no id", object{"name": "b"}, "ID required"),
		bad("null name", object{"id": id, "name": nil}, "Segment name is required"),
		bad("long name", object{"id": id, "name": strings.Repeat("a", 101)}, "Segment name must not exceed 100 characters"),
		bad("null filters", object{"id": id, "filters": nil}, "Invalid filter: "), bad("filter", object{"id": id, "filters": "foo"}, "Invalid filter: foo"),
		errorRow{"unknown", object{"id": none, "name": "b"}, 404, "Segment not found", "not_found"},
		bad("unknown and wrong", object{"id": none, "filters": "foo"}, "Invalid filter: foo"),
	)
	w.wantErrors("PATCH", "/api/segments/"+id, token, bad("mismatch", object{"id": none}, "ID mismatch"))

	w.call("DELETE", "/api/segments", token, nil).wantError(400, "ID required", "validation_failed")
	w.call("DELETE", "/api/segments/"+id+"?id="+none, token, nil).wantError(400, "ID mismatch", "validation_failed")
	w.call("DELETE", "/api/segments?id="+id, token, nil).wantData(200, `{"success":true,"message":"Segment deleted"}`)
	w.call("DELETE", "/api/segments/"+id, token, nil).wantError(404, "Segment not found", "not_found")
}
