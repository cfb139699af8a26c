package api

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// Share lets whoever has its token read a site's public stats. It is immutable.
type Share struct {
	ID             string           `json:"id"`
	Site           analytics.SiteID `json:"siteId"`
	Hash           string           `json:"hash"` // SHA-256 of the token, hexadecimal; the token itself is not kept
	AllowedPeriods []string         `json:"allowedPeriods"`
	CreatedAt      time.Time        `json:"createdAt"`
	ExpiresAt      time.Time        `json:"expiresAt,omitzero"` // zero: never
}

func (s *Share) expired(now time.Time) bool { return !s.ExpiresAt.IsZero() && !now.Before(s.ExpiresAt) }

// shareTokenLength is 32 characters of [a-z0-9]: 165 random bits.
const shareTokenLength = 32

// newShareToken makes the text that a link contains.
func newShareToken() string { return "share_" + auth.RandomText(shareTokenLength) }

func hashShareToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// shares keeps the shares of all sites, and finds them by their tokens too. Safe for concurrent use.
type shares struct {
	*shelf[Share]
	mu     sync.RWMutex
	byHash map[string]string // hash of the token → id
}

func openShares(meta Meta) (*shares, error) {
	shelf, err := openShelf(meta, "share", func(s *Share) shelfHead { return shelfHead{s.Site, s.ID, s.CreatedAt} })
	if err != nil {
		return nil, err
	}
	s := &shares{shelf: shelf, byHash: make(map[string]string)}
	shelf.each(func(item *Share) { s.byHash[item.Hash] = item.ID })
	return s, nil
}

// byToken finds the share of a token, expired or not.
func (s *shares) byToken(token string) (*Share, bool) {
	s.mu.RLock()
	id, ok := s.byHash[hashShareToken(token)]
	s.mu.RUnlock()
	if !ok {
		return nil, false
	}
	return s.get(id)
}

// active lists a site's shares that are not expired, newest first.
func (s *shares) active(site analytics.SiteID, now time.Time) (list []*Share) {
	for _, item := range s.of(site) {
		if !item.expired(now) {
			list = append(list, item)
		}
	}
	return list
}

// add keeps a new share if the site has room for it. Expired ones take none, and go.
func (s *shares) add(item *Share, limit int, now time.Time) error {
	s.change.Lock()
	defer s.change.Unlock()
	if len(s.active(item.Site, now)) >= limit {
		return limitReached("Share")
	}
	var ops []MetaOp
	var gone []*Share
	for _, old := range s.of(item.Site) {
		if old.expired(now) {
			gone, ops = append(gone, old), append(ops, MetaOp{Key: s.key(old)})
		}
	}
	if err := s.put(item, ops...); err != nil {
		return err
	}
	s.mu.Lock()
	s.byHash[item.Hash] = item.ID
	s.mu.Unlock()
	for _, old := range gone {
		s.hideBoth(old)
	}
	return nil
}

// revoke ends a share of a site; one that is expired is none.
func (s *shares) revoke(site analytics.SiteID, id string, now time.Time) (*Share, error) {
	s.change.Lock()
	defer s.change.Unlock()
	item, ok := s.get(id)
	if !ok || item.Site != site || item.expired(now) {
		return nil, errShareNotFound
	}
	if err := s.meta.Txn(MetaOp{Key: s.key(item)}); err != nil {
		return nil, fmt.Errorf("revoke share: %w", err)
	}
	s.hideBoth(item)
	return item, nil
}

func (s *shares) hideBoth(item *Share) {
	s.mu.Lock()
	delete(s.byHash, item.Hash)
	s.mu.Unlock()
	s.hide(item)
}

// dropSite forgets a site's shares.
func (s *shares) dropSite(site analytics.SiteID) (prefix string) {
	s.mu.Lock()
	for _, item := range s.of(site) {
		delete(s.byHash, item.Hash)
	}
	s.mu.Unlock()
	return s.shelf.dropSite(site)
}
