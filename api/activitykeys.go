package api

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/ztas-io/ztas/api/auth"
)

// useEvery is how often the use of one API key is logged at most.
const useEvery = time.Hour

// keyUsed is logged when the last entry of the key is older than useEvery.
const keyUsed = "api_key.used"

func (l *Activities) useOf(key string) *atomic.Int64 {
	if v, ok := l.used.Load(key); ok {
		return v.(*atomic.Int64)
	}
	v, _ := l.used.LoadOrStore(key, new(atomic.Int64))
	return v.(*atomic.Int64)
}

// isUseDue tells whether the use of a key is to be logged now, and to one caller only.
func (l *Activities) isUseDue(key string, now time.Time) bool {
	use, at := l.useOf(key), now.UnixMilli()
	last := use.Load()
	return (last == 0 || at-last >= useEvery.Milliseconds()) && use.CompareAndSwap(last, at)
}

// KeyUsed tells that a request came with an API key; of a login session nothing is told. r is nil when there is no request to tell of.
func (a *Access) KeyUsed(p auth.Principal, r *http.Request) {
	if a.used != nil && p.IsKey() {
		a.used(p, r)
	}
}

// keyUsed logs that an API key was used; it does not wait for the disk.
func (s *Server) keyUsed(p auth.Principal, r *http.Request) {
	if !s.deps.Activity.isUseDue(p.KeyID, s.now()) {
		return
	}
	a := s.keyActivity(keyUsed, p.UserID, p.KeyID)
	a.Actor, a.key = p.UserID, p.KeyID
	if r != nil {
		a.sentBy(r, s.clientIP)
	}
	s.deps.Activity.Append(a)
}

// keyActivity is what happens to an API key of a user.
func (s *Server) keyActivity(action, user, key string) Activity {
	a := Activity{Action: action, Target: ActivityTarget{Type: "api_key", ID: key}}
	if k, ok := s.deps.Accounts.Key(user, key); ok {
		a.describeKey(k)
	}
	return a
}

// describeKey says which key it is: a key that is bound to a site belongs to the site's log, too.
func (a *Activity) describeKey(k *auth.Key) {
	a.Site, a.Target.Name = k.Site, k.Name
	a.Metadata = map[string]any{"scope": k.Scope}
}
