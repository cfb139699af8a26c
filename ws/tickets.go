package ws

import (
	"crypto/rand"
	"crypto/sha256"
	"sync"
	"time"
)

const (
	ticketPrefix = "wst_"
	ticketLength = 32 // characters of [a-z0-9], 165 bits
	ticketLife   = 30 * time.Second
)

// Tickets are the passes for one connection (ws.md, Tickets): single use, 30 s, known only by their hash and only in memory.
// Safe for concurrent use.
type Tickets struct {
	mu    sync.Mutex
	open  map[[sha256.Size]byte]ticket
	order []issued // by expiry, oldest first
}

type ticket struct {
	principal Principal
	expires   time.Time
}

type issued struct {
	hash    [sha256.Size]byte
	expires time.Time
}

// NewTickets makes an empty store.
func NewTickets() *Tickets { return &Tickets{open: make(map[[sha256.Size]byte]ticket)} }

// Issue makes a ticket that speaks for the principal.
func (t *Tickets) Issue(p Principal) (text string, expires time.Time) {
	now := time.Now()
	expires = now.Add(ticketLife)
	text = ticketPrefix + randomText(ticketLength)
	hash := sha256.Sum256([]byte(text))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget(now)
	t.open[hash] = ticket{p, expires}
	t.order = append(t.order, issued{hash, expires})
	return text, expires
}

// Redeem takes a ticket and ends it; ok is false for one that is unknown, used or expired.
func (t *Tickets) Redeem(text string) (p Principal, ok bool) {
	hash := sha256.Sum256([]byte(text))
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok := t.open[hash]
	delete(t.open, hash)
	t.forget(now)
	return found.principal, ok && now.Before(found.expires)
}

func (t *Tickets) forget(now time.Time) {
	n := 0
	for n < len(t.order) && !now.Before(t.order[n].expires) {
		delete(t.open, t.order[n].hash)
		n++
	}
	t.order = append(t.order[:0], t.order[n:]...)
}

// randomText gives n random characters of [a-z0-9].
func randomText(n int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, 0, n)
	var buf [64]byte
	for len(out) < n {
		_, _ = rand.Read(buf[:]) // never fails
		for _, b := range buf {
			if b < 252 && len(out) < n { // 7 × 36: no character is likelier
				out = append(out, alphabet[b%36])
			}
		}
	}
	return string(out)
}
