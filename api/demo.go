package api

import (
	"context"
	"net/http"
	"regexp"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// DemoVisits makes visits up.
type DemoVisits interface {
	// Fill stores the visits that a site had in [from, to), in the order of time. It may be repeated: what is there already is not stored again.
	// Errors: *analytics.Unavailable.
	Fill(ctx context.Context, site *analytics.Site, from, to time.Time) error
}

const (
	demoDays   = 30
	demoTime   = 40 * time.Second // less than an answer may take
	demoPause  = 6 * time.Hour    // longer than nobody comes to a demo site
	demoFinish = 24 * time.Hour   // how long a request that broke off can be finished
)

var (
	errDemoExists = problem(http.StatusConflict, codeConflict, "Demo site already exists")
	demoDomain    = regexp.MustCompile(`^demo-[a-z0-9]{6}\.example\.com$`)
)

// createDemo serves POST /api/demo. A request that broke off is finished by the next one: visits are stored in the order of time, so a new site
// where they do not reach its creation is not complete. Later its visits may be gone because they were kept for long enough.
func (s *Server) createDemo(x *exchange) (action, error) {
	return func() error {
		user := x.caller.UserID
		if _, busy := s.demos.LoadOrStore(user, true); busy {
			return errDemoExists
		}
		defer s.demos.Delete(user)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(x.c.Request.Context()), demoTime)
		defer cancel()
		site, err := s.beginDemo(ctx, x)
		if err != nil {
			return err
		}
		if err := s.deps.Demo.Fill(ctx, site, site.CreatedAt.AddDate(0, 0, -demoDays), site.CreatedAt); err != nil {
			return err
		}
		data(x.c, http.StatusCreated, s.viewSite(site, auth.Owner))
		return nil
	}, nil
}

// beginDemo finds the caller's unfinished demo site, or makes a new one.
func (s *Server) beginDemo(ctx context.Context, x *exchange) (*analytics.Site, error) {
	for _, e := range s.sites.ofUser(x.caller.UserID) {
		if e.OwnerID != x.caller.UserID || !e.DeletedAt.IsZero() || !demoDomain.MatchString(e.Domain) {
			continue
		}
		if s.now().Sub(e.CreatedAt) > demoFinish {
			return nil, errDemoExists
		}
		latest, err := s.deps.History.LatestEvent(ctx, e.ID)
		if err != nil {
			return nil, err
		}
		if latest != nil && time.UnixMilli(latest.TS).After(e.CreatedAt.Add(-demoPause)) {
			return nil, errDemoExists
		}
		return &e.Site, nil
	}
	site, err := s.sites.create(ctx, x.caller.UserID, analytics.Site{
		Domain: "demo-" + auth.RandomText(6) + ".example.com", Name: "Demo", Timezone: "UTC", Settings: analytics.DefaultSettings(s.cfg.RetentionDays),
	})
	if err != nil {
		return nil, err
	}
	s.activity(x, Activity{Action: "site.created", Site: site.ID, Target: siteTarget(site)})
	return site, nil
}
