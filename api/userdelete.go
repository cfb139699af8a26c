package api

import (
	"context"
	"errors"
	"fmt"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// deleteUser serves DELETE /api/user.
func (s *Server) deleteUser(x *exchange) (action, error) {
	var body struct {
		Password    *string        `json:"password"`
		DeleteSites optional[bool] `json:"deleteSites"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	if body.Password == nil || *body.Password == "" {
		return nil, invalid("Password is required")
	}
	purges := body.DeleteSites.value != nil && *body.DeleteSites.value
	return func() error {
		user := x.caller.UserID
		if err := s.deps.Accounts.CheckPassword(x.c.Request.Context(), user, *body.Password); err != nil {
			return err
		}
		ctx, cancel := patient(x.c)
		defer cancel()
		gone, err := s.leave(user, purges)
		if err != nil {
			return err
		}
		a := s.activityOf(x, Activity{Action: "account.deleted", Account: user, Target: ActivityTarget{Type: userTarget}})
		a.Cause, a.At = user, gone.At.UnixMilli()
		s.storeActivity(ctx, a)
		if err := s.finishDeparture(ctx, gone, 1); err != nil { // nobody is let in any more; the rest is tried again
			s.log.Error("what is kept of a deleted account has to be removed later", "error", err)
			s.departures.wake()
		}
		done(x.c, "Account deleted")
		return nil
	}, nil
}

// leave deletes an account, which owns no sites unless they are to be purged. No site changes hands meanwhile.
func (s *Server) leave(user string, purges bool) (auth.Departure, error) {
	s.sites.change.Lock()
	defer s.sites.change.Unlock()
	if n := s.sites.owned(user, true); n > 0 && !purges {
		return auth.Departure{}, &Problem{Status: 409, Message: fmt.Sprintf("You still own %d site(s)", n), Code: codeConflict}
	}
	return s.deps.Accounts.Leave(user)
}

// finishDeparture removes what is kept elsewhere of an account that was deleted. It may be repeated. It waits for the account's requests that are
// under way, but for own of them: a site that one makes in the moment in which the account is deleted goes with it.
func (s *Server) finishDeparture(ctx context.Context, gone auth.Departure, own int) error {
	if err := s.writing.wait(ctx, gone.UserID, own); err != nil {
		return err
	}
	for _, site := range s.sites.allOwned(gone.UserID) {
		if err := s.deps.Purger.Purge(ctx, site); err != nil && !errors.Is(err, errSiteNotFound) {
			return err
		}
	}
	if err := s.sites.forgetUser(gone); err != nil {
		return err
	}
	if err := s.deps.Catalog.forgetUser(gone.UserID); err != nil {
		return err
	}
	if err := s.deps.Activity.Forget(ctx, gone); err != nil {
		return err
	}
	return s.deps.Accounts.Forget(gone.UserID)
}

// FinishDepartures removes what an earlier life, or a failed request, has left of deleted accounts, until ctx ends.
func (s *Server) FinishDepartures(ctx context.Context) {
	s.departures.run(ctx, func() bool {
		complete := true
		for _, gone := range s.deps.Accounts.Departures() {
			if err := s.finishDeparture(ctx, gone, 0); err != nil && ctx.Err() == nil {
				s.log.Error("what is kept of a deleted account has to be removed later", "error", err)
				complete = false
			}
		}
		return complete
	})
}

// forgetUser removes a user's segments and takes the name from what the user made for others.
func (c *Catalog) forgetUser(user string) error {
	own := func(by string) bool { return by == user }
	if err := removeWhere(c.segments, func(g *analytics.Segment) bool { return own(g.CreatedBy) }); err != nil {
		return err
	}
	if err := anonymize(c.annotations, func(a *Annotation) *string { return &a.CreatedBy }, own); err != nil {
		return err
	}
	if err := anonymize(c.webhooks, func(w *analytics.Webhook) *string { return &w.CreatedBy }, own); err != nil {
		return err
	}
	defer c.changing()()
	if err := anonymizeHeld(c.goals, func(g *analytics.Goal) *string { return &g.CreatedBy }, own); err != nil {
		return err
	}
	if err := anonymizeHeld(c.funnels, func(f *analytics.Funnel) *string { return &f.CreatedBy }, own); err != nil {
		return err
	}
	if err := anonymizeHeld(c.alerts, func(a *analytics.Alert) *string { return &a.CreatedBy }, own); err != nil {
		return err
	}
	return c.history.forgetUser(user)
}

// removeWhere removes the items that match.
func removeWhere[T any](s *shelf[T], match func(*T) bool) error {
	s.change.Lock()
	defer s.change.Unlock()
	for _, item := range s.where(match) {
		if err := s.remove(item); err != nil {
			return err
		}
	}
	return nil
}

// anonymize empties the creator of the items whose creator matches.
func anonymize[T any](s *shelf[T], creator func(*T) *string, match func(string) bool) error {
	s.change.Lock()
	defer s.change.Unlock()
	return anonymizeHeld(s, creator, match)
}

// anonymizeHeld is anonymize for who holds the shelf's change.
func anonymizeHeld[T any](s *shelf[T], creator func(*T) *string, match func(string) bool) error {
	for _, item := range s.where(func(item *T) bool { return match(*creator(item)) }) {
		next := *item
		*creator(&next) = ""
		if err := s.put(&next); err != nil {
			return err
		}
	}
	return nil
}
