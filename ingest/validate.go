package ingest

import "github.com/ztas-io/ztas/analytics"

// checkSite rejects the events of another site than the request's.
func (r *Run) checkSite() *verdict {
	if r.hit.SiteID != "" && r.hit.SiteID != string(r.rules.site.ID) {
		return rejected("Site ID mismatch")
	}
	return nil
}

func (r *Run) checkKind() *verdict {
	kind, ok := analytics.ParseKind(r.hit.Type)
	if !ok {
		return rejected("Invalid event type")
	}
	r.event.Kind, r.event.Imported = kind, r.request.Import
	return nil
}

// checkID packs the client's id; only imports must have one.
func (r *Run) checkID() *verdict {
	switch id := r.hit.ID; {
	case id == nil && r.request.Import:
		return rejected("Event id is required")
	case id == nil:
	case !matchesAll(*id, 8, 64, &idBytes):
		return rejected("Invalid event id")
	default:
		r.event.ID = analytics.PackEventID(*id)
	}
	return nil
}

func (r *Run) checkSession() *verdict {
	if id := r.hit.SessionID; id != nil {
		if !matchesAll(*id, 1, 64, &idBytes) {
			return rejected("Invalid session id")
		}
		r.event.SessionKey = *id
	}
	return nil
}

// readFields checks and takes over the fields of the event's kind.
func (r *Run) readFields() *verdict {
	switch r.event.Kind {
	case analytics.Pageview:
		return r.readCampaign()
	case analytics.Custom:
		return r.readCustom()
	case analytics.Engagement:
		return r.readEngagement()
	case analytics.Click:
		return r.readClick()
	case analytics.Scroll:
		return r.readScroll()
	case analytics.Move:
		return r.readMove()
	}
	return nil
}
