package api

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

var (
	errActivityType   = invalid("Invalid activity type")
	errActivityAction = invalid("Invalid activity action")
	errActivityFormat = invalid("Invalid format. Must be: csv or json")
	errActivityOwner  = forbidden("Access denied. Only account owners can view the activity log.")
)

// activityHeader is the first line of CSV.
var activityHeader = []string{
	"Timestamp", "Type", "Action", "Actor Email", "Actor Name", "Target Type", "Target ID", "IP Address", "User Agent",
}

// listActivity serves GET /api/activity-log.
func (s *Server) listActivity(x *exchange) (action, error) {
	q, err := s.activityQuery(x)
	if err != nil {
		return nil, err
	}
	p, err := x.page()
	if err != nil {
		return nil, err
	}
	return func() error {
		if err := s.activityRight(x, q); err != nil {
			return err
		}
		views, total, err := s.deps.Activity.page(x.c.Request.Context(), q, p)
		if err != nil {
			return err
		}
		paged(x.c, views, nil, p, len(views), total)
		return nil
	}, nil
}

// exportActivity serves GET /api/activity-log/export.
func (s *Server) exportActivity(x *exchange) (action, error) {
	q, err := s.activityQuery(x)
	if err != nil {
		return nil, err
	}
	format := x.c.Query("format")
	switch format {
	case "":
		format = formatCSV
	case formatCSV, formatJSON:
	default:
		return nil, errActivityFormat
	}
	return func() error {
		if err := s.activityRight(x, q); err != nil {
			return err
		}
		today := s.zone(x.siteID).DayAt(s.now().UnixMilli())
		out := newDownload(x.c, "activity-"+today.String()+"."+format, format)
		return out.end(s.writeActivity(x.c.Request.Context(), q, format, out))
	}, nil
}

// activityQuery reads the parameters.
func (s *Server) activityQuery(x *exchange) (*activityQuery, error) {
	x.siteID = analytics.SiteID(x.c.Query("siteId"))
	q := &activityQuery{kind: x.c.Query("type"), action: x.c.Query("action"), actor: x.c.Query("userId")}
	if x.c.Query("period") == "365d" && x.c.Query("startDate") == "" && x.c.Query("endDate") == "" {
		return nil, errPeriod
	}
	r, err := s.rangeParam(x, x.siteID, "7d")
	if err != nil {
		return nil, err
	}
	q.from, q.to = r.From, r.To
	if _, ok := activityActions[q.kind]; q.kind != "" && !ok {
		return nil, errActivityType
	}
	if q.action != "" && actionType(q.action) == "" {
		return nil, errActivityAction
	}
	return q, nil
}

// activityRight decides whose entries the caller sees: those of the site, for its owner, or all that are the caller's.
func (s *Server) activityRight(x *exchange, q *activityQuery) error {
	if x.siteID != "" {
		if p := s.access.Authorize(x.caller, x.siteID, auth.NoRole, x.route.scope); p != nil {
			return p
		}
		if s.sites.Role(x.siteID, x.caller.UserID) < auth.Owner {
			return errActivityOwner
		}
		q.sites = []analytics.SiteID{x.siteID}
		return nil
	}
	q.user, q.only = x.caller.UserID, x.caller.Site
	for _, e := range s.sites.ofUser(x.caller.UserID) {
		if e.members[x.caller.UserID].Role == auth.Owner && (q.only == "" || q.only == e.ID) {
			q.sites = append(q.sites, e.ID)
		}
	}
	return nil
}

// writeActivity writes the whole document.
func (s *Server) writeActivity(ctx context.Context, q *activityQuery, format string, out *download) error {
	log := s.deps.Activity
	if format == formatCSV {
		sink := newCSVSink(out, activityHeader)
		if err := log.each(ctx, q, func(e *logEntry) error { return sink.write(log.view(e)) }); err != nil {
			return err
		}
		return sink.close(0, 0)
	}
	before := `{"data":[`
	err := log.each(ctx, q, func(e *logEntry) error {
		text, err := json.Marshal(log.view(e))
		if err != nil {
			return fmt.Errorf("encode an activity: %w", err)
		}
		_, err = fmt.Fprintf(out, "%s%s", before, text)
		before = ",\n"
		return err
	})
	if err != nil {
		return err
	}
	if before != ",\n" {
		if _, err := io.WriteString(out, before); err != nil {
			return err
		}
	}
	_, err = io.WriteString(out, "]}")
	return err
}

// cells are a line of CSV.
func (v activityView) cells(into []string) []string {
	var email, name string
	if v.Actor != nil {
		email = v.Actor.Email
		if v.Actor.Name != nil {
			name = *v.Actor.Name
		}
	}
	return append(into, v.Timestamp, v.Type, v.Action, email, name, v.Target.Type, textOrNone(v.Target.ID), textOrNone(v.Address), textOrNone(v.Agent))
}

func textOrNone(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
