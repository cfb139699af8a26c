package ingest

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"hash"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/ztas-io/ztas/analytics"
)

// visitors makes visitor ids: the first 16 bytes of HMAC-SHA256(key = salt of the local day, siteId LF ip LF userAgent). It keeps the keyed
// hashes of the days in use, and no longer than the salts live. Safe for concurrent use.
type visitors struct {
	salts   Salts
	mu      sync.Mutex // of changes to days
	days    atomic.Pointer[[]*dayHash]
	cleaned atomic.Int64 // UTC day for which forget last ran
}

// dayHash hands out keyed hashes of one local day.
type dayHash struct {
	day  analytics.Day
	pool sync.Pool // of *keyedHash
}

// keyedHash is a keyed hash with room for its input and output.
type keyedHash struct {
	hash  hash.Hash
	input []byte
	sum   [sha256.Size]byte
}

func newKeyedHash(key [32]byte) *keyedHash { return &keyedHash{hash: hmac.New(sha256.New, key[:])} }

func (k *keyedHash) visitor(site analytics.SiteID, ip, userAgent string) (id analytics.VisitorID) {
	b := append(k.input[:0], site...)
	b = append(b, '\n')
	b = append(b, ip...)
	b = append(b, '\n')
	b = append(b, userAgent...)
	k.hash.Reset()
	k.hash.Write(b)
	copy(id[:], k.hash.Sum(k.sum[:0]))
	clear(b) // no address stays in memory
	k.input = b
	return id
}

func (v *visitors) id(day analytics.Day, site analytics.SiteID, ip, userAgent string) (id analytics.VisitorID, err error) {
	d := v.known(day)
	if d == nil {
		if d, err = v.learn(day); err != nil {
			return id, err
		}
	}
	k := d.pool.Get().(*keyedHash)
	id = k.visitor(site, ip, userAgent)
	d.pool.Put(k)
	return id, nil
}

func (v *visitors) known(day analytics.Day) *dayHash {
	if days := v.days.Load(); days != nil {
		for _, d := range *days {
			if d.day == day {
				return d
			}
		}
	}
	return nil
}

// learn asks for a day's salt.
func (v *visitors) learn(day analytics.Day) (*dayHash, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if d := v.known(day); d != nil {
		return d, nil
	}
	salt, err := v.salts.Salt(day)
	if err != nil {
		return nil, fmt.Errorf("salt of %s: %w", day, err)
	}
	d := &dayHash{day: day}
	d.pool.New = func() any { return newKeyedHash(salt) }
	var days []*dayHash
	if old := v.days.Load(); old != nil {
		days = slices.Clone(*old)
	}
	days = append(days, d)
	v.days.Store(&days)
	return d, nil
}

// forget drops the hashes whose salts have ended at the time now (UTC ms): 48 h after 24:00 UTC of their day.
func (v *visitors) forget(now int64) {
	today := now / 86_400_000
	if v.cleaned.Load() == today {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.cleaned.Store(today)
	if old := v.days.Load(); old != nil {
		days := slices.DeleteFunc(slices.Clone(*old), func(d *dayHash) bool { return int64(d.day)+3 <= today })
		v.days.Store(&days)
	}
}

// Forget drops every key whose salt has ended at the time now (UTC ms). Requests do so too; a server without any calls it after midnight UTC.
func (p *Pipeline) Forget(now int64) { p.visitors.forget(now) }

// deriveVisitor gives the event its visitor. All hits of a sender on one day are one visitor, so the id is made once.
func (r *Run) deriveVisitor() *verdict {
	day, from := r.rules.dayAt(r.event.TS), r.from
	if from.hasVisitor && from.day == day {
		r.event.Visitor = from.visitor
		return nil
	}
	var err error
	site := r.rules.site.ID
	if r.request.Import {
		var salt [32]byte
		if salt, err = r.pipeline.visitors.salts.ImportSalt(site, day); err == nil {
			from.visitor = newKeyedHash(salt).visitor(site, from.ip, from.userAgent)
		}
	} else {
		from.visitor, err = r.pipeline.visitors.id(day, site, from.ip, from.userAgent)
	}
	if err != nil {
		return &verdict{err: err}
	}
	from.day, from.hasVisitor = day, true
	r.event.Visitor = from.visitor
	return nil
}
