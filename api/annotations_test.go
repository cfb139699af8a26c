package api

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/api/auth"
)

const annotationsPath = "/api/annotations"

// TestAnnotations is the example of extended.md, and the way of an annotation.
func TestAnnotations(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	list := annotationsPath + "?siteId=" + string(site)
	w.call("GET", list, token, nil).wantData(200, `[]`)
	id := w.defined(annotationsPath, token, object{
		"siteId": site, "date": "2026-01-12", "title": " Product Launch\n", "description": "Released v2.0", "color": "#0d6efd", "icon": "rocket",
	})
	require.Regexp(t, `^ann_[a-z0-9]{20}$`, id)
	one := `{"id":"` + id + `","siteId":"` + string(site) + `","date":"2026-01-12","title":"Product Launch",
		"description":"Released v2.0","color":"#0d6efd",
		"icon":"rocket","createdBy":"` + owner + `","createdAt":"2026-01-15T16:30:20.000Z","updatedAt":"2026-01-15T16:30:20.000Z"}`
	w.call("GET", list, token, nil).wantData(200, `[`+one+`]`)

	w.clock.Add(time.Second)
	var plain annotationView
	w.call("POST", annotationsPath, token, object{"siteId": site, "date": "2026-01-10"}).read(201, &plain)
	require.Equal(t, annotationView{
		plain.ID, site, "2026-01-10", "Event", "", "#0d6efd", "star", &owner, "2026-01-15T16:30:21.000Z", "2026-01-15T16:30:21.000Z",
	}, plain)
	w.defined(annotationsPath, token, object{"siteId": site, "date": "2026-01-10", "title": "Later"})
	w.clock.Add(time.Second)
	last := w.defined(annotationsPath, token, object{"siteId": site, "date": "2026-01-10", "title": "Last"})
	ids := func(query string) (ids []string) {
		var all []annotationView
		w.call("GET", list+query, token, nil).read(200, &all)
		for _, a := range all {
			ids = append(ids, a.ID)
		}
		return ids
	}
	w.start() // they are durable
	all := ids("")
	require.Equal(t, []string{last, id}, all[2:]) // by date, then by createdAt
	require.Equal(t, all[:3], ids("&endDate=2026-01-11"))
	require.Equal(t, all[:3], ids("&startDate=2026-01-10&endDate=2026-01-10"))
	require.Equal(t, all[3:], ids("&startDate=2026-01-11"))
	require.Equal(t, all, ids("&startDate=2026-01-10&endDate=2026-01-12"))
	require.Empty(t, ids("&startDate=2026-01-13"))

	change := func(body any) (v annotationView) {
		t.Helper()
		w.call("PATCH", annotationsPath+"/"+id, token, body).read(200, &v)
		return v
	}
	v := change(object{"date": "2026-01-09", "title": "Launch", "description": "v2.1", "color": "#ABCDEF", "icon": "flag"})
	require.Equal(t, annotationView{
		id, site, "2026-01-09", "Launch", "v2.1", "#ABCDEF", "flag", &owner, "2026-01-15T16:30:20.000Z", "2026-01-15T16:30:22.000Z",
	}, v)
	require.Equal(t, v, change(object{})) // absent stays
	v = change(`{"title":null,"description":null,"color":null,"icon":null}`)
	require.Equal(t, []string{"Event", "", "#0d6efd", "star", "2026-01-09"}, []string{v.Title, v.Description, v.Color, v.Icon, v.Date})
	w.call("PATCH", annotationsPath, token, object{"annotationId": id, "title": "By alias"}).read(200, &v)
	require.Equal(t, "By alias", v.Title)
	w.call("PATCH", annotationsPath, token, object{"id": id, "title": "By id"}).read(200, &v)
	require.Equal(t, "By id", v.Title)

	for _, target := range []string{"/" + all[0], "?id=" + all[1], "?annotationId=" + last} {
		w.call("DELETE", annotationsPath+target, token, nil).wantData(200, `{"success":true,"message":"Annotation deleted"}`)
		w.call("DELETE", annotationsPath+target, token, nil).wantError(404, "Annotation not found", "not_found")
	}
	require.Equal(t, []string{id}, ids(""))
}

func TestAnnotationErrors(t *testing.T) {
	w := newWorld(t, unlimited, func(c *Config) { c.MaxAnnotations = 1 })
	owner, token := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	good := func(field string, value any) object {
		body := object{"siteId": site, "date": "2026-01-12"}
		body[field] = value
		return body
	}
	const needs, form = "Site ID and date required", "Invalid date format. Use YYYY-MM-DD"
	fields := []errorRow{
		notJSON("no body", nil),
		bad("day of no month", good("date", "2026-02-30"), form), bad("date of another form", good("date", "12/01/2026"), form),
		bad("short date", good("date", "2026-1-12"), form), bad("date and time", good("date", "2026-01-12T00:00:00Z"), form),
		bad("date is a number", good("date", 20260112), "date must be a string"),
		bad("long title", good("title", strings.Repeat("é", 101)), "Title must not exceed 100 characters"),
		bad("title is a list", good("title", []string{}), "title must be a string"),
		bad("long description", good("description", strings.Repeat("é", 1001)), "Description must not exceed 1000 characters"),
		bad("color by name", good("color", "red"), "Invalid color"), bad("short color", good("color", "#fff"), "Invalid color"),
		bad("no color", good("color", ""), "Invalid color"),
		bad("icon", good("icon", "heart"), "Invalid icon"), bad("no icon", good("icon", ""), "Invalid icon"),
		bad("empty date", good("date", ""), needs), bad("null date", good("date", nil), needs),
	}
	w.wantErrors("POST", annotationsPath, token, append(fields,
		bad("nothing", object{}, needs), bad("no site", object{"date": "2026-01-12"}, needs), bad("no date", object{"siteId": site}, needs))...)
	w.call("POST", annotationsPath, token, good("siteId", missingSite)).wantError(404, "Site not found", "not_found")
	full := good("title", strings.Repeat("é", 100))
	full["description"] = strings.Repeat("é", 1000)
	id := w.defined(annotationsPath, token, full)
	w.call("POST", annotationsPath, token, good("title", "a")).wantError(403, "Annotation limit reached", "limit_reached")
	w.wantErrors("PATCH", annotationsPath+"/"+id, token, fields...)
	w.call("PATCH", annotationsPath, token, object{"title": "a"}).wantError(400, "ID required", "validation_failed")
	w.call("PATCH", annotationsPath+"/"+id, token, object{"id": "ann_other0"}).wantError(400, "ID mismatch", "validation_failed")
	w.call("PATCH", annotationsPath, token, object{"id": id, "annotationId": "ann_other0"}).wantError(400, "ID mismatch", "validation_failed")
	w.call("DELETE", annotationsPath+"/"+id+"?annotationId=ann_other0", token, nil).wantError(400, "ID mismatch", "validation_failed")
	w.call("DELETE", annotationsPath, token, nil, odd).wantError(400, "ID required", "validation_failed")
	w.call("PATCH", annotationsPath+"/ann_other0", token, object{"title": "a"}).wantError(404, "Annotation not found", "not_found")

	w.call("GET", annotationsPath, token, nil, odd).wantError(400, "Site ID required", "validation_failed")
	at := annotationsPath + "?siteId=" + string(site)
	w.call("GET", at+"&startDate=2026-01", token, nil, odd).wantError(400, form, "validation_failed")
	w.call("GET", at+"&endDate=yesterday", token, nil, odd).wantError(400, form, "validation_failed")
	w.call("GET", at+"&startDate=2026-01-12&endDate=2026-01-11", token, nil).wantError(400, "End date must be after start date", "validation_failed")
}

// Authors change their own annotations, admins and the owner all.
func TestAnnotationAuthors(t *testing.T) {
	w := newWorld(t, unlimited)
	owner, ownerToken := w.user("owner@example.com")
	site := w.addSite(owner, "example.com")
	tokens := map[string]string{"owner": ownerToken}
	for name, role := range map[string]auth.Role{"admin": auth.Admin, "author": auth.Member, "member": auth.Member, "viewer": auth.Viewer} {
		id, token := w.user(name + "@example.com")
		w.join(site, id, role)
		tokens[name] = token
	}
	for _, row := range []struct {
		caller string
		may    bool
	}{{"author", true}, {"admin", true}, {"owner", true}, {"member", false}, {"viewer", false}} {
		id := w.defined(annotationsPath, tokens["author"], object{"siteId": site, "date": "2026-01-12"})
		changed := w.call("PATCH", annotationsPath+"/"+id, tokens[row.caller], object{"title": row.caller})
		deleted := w.call("DELETE", annotationsPath+"/"+id, tokens[row.caller], nil)
		if row.may {
			require.Equal(t, []int{200, 200}, []int{changed.code, deleted.code}, row.caller)
			continue
		}
		changed.wantError(403, "Access denied", "forbidden")
		deleted.wantError(403, "Access denied", "forbidden")
	}
	w.call("POST", annotationsPath, tokens["viewer"], object{"siteId": site, "date": "2026-01-12"}).wantError(403, "Access denied", "forbidden")
	id := w.defined(annotationsPath, tokens["author"], object{"siteId": site, "date": "2026-01-12"})
	author, ok := w.accounts.UserByEmail("author@example.com")
	require.True(t, ok)
	_, err := w.sites.removeMember(site, owner, author.ID)
	require.NoError(t, err)
	w.call("PATCH", annotationsPath+"/"+id, tokens["author"], object{"title": "a"}).wantError(403, "Access denied", "forbidden")
}
