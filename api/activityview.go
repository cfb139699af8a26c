package api

import (
	"encoding/json"

	"github.com/ztas-io/ztas/analytics"
)

// activityView is an entry as answers, topics and webhooks show it.
type activityView struct {
	ID        string            `json:"id"`
	Timestamp string            `json:"timestamp"`
	Type      string            `json:"type"`
	Action    string            `json:"action"`
	SiteID    *analytics.SiteID `json:"siteId"`
	Actor     *activityActor    `json:"actor"`
	Target    activityTarget    `json:"target"`
	Metadata  json.RawMessage   `json:"metadata"`
	Address   *string           `json:"ipAddress"`
	Agent     *string           `json:"userAgent"`
}

type activityActor struct {
	ID    string  `json:"id"`
	Email string  `json:"email"`
	Name  *string `json:"name"`
	Key   string  `json:"apiKeyId,omitempty"` // of calls with an API key
}

type activityTarget struct {
	Type string  `json:"type"`
	ID   *string `json:"id"`
	Name *string `json:"name"`
}

// view renders an entry.
func (l *Activities) view(e *logEntry) activityView {
	f, p := &e.fields, &e.personal
	v := activityView{
		ID: f.ID, Timestamp: instant(e.time()), Type: actionType(f.Action), Action: f.Action, SiteID: siteOrNull(f.Site),
		Target:   activityTarget{f.Target.Type, textOrNull(f.Target.ID), textOrNull(f.Target.Name)},
		Metadata: f.Metadata, Address: textOrNull(p.Address), Agent: textOrNull(p.Agent),
	}
	if p.Actor != nil {
		v.Actor = (*activityActor)(p.Actor)
	}
	if f.Target.Type == userTarget {
		v.Target.Name = l.nameOfUser(f.Target.ID, p.Email)
	}
	return v
}

// nameOfUser is what a user is called who is the target of an activity: the account's name, else its address; nil once it is deleted.
func (l *Activities) nameOfUser(id, email string) *string {
	u, ok := l.users.User(id)
	switch {
	case id == "":
		return textOrNull(email)
	case !ok:
		return nil
	case u.Name != nil:
		return u.Name
	}
	return &u.Email
}
