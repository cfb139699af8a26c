package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

const (
	maxPicture      = 5 << 20 // bytes
	maxPictures     = 500     // a site
	maxUploads      = 4       // read at a time, as each is read into memory
	pictureChunk    = 60 << 10
	chunksAtOnce    = 4 // in one transaction, which may hold 256 KiB
	pictureShelf    = "picture"
	pictureBytes    = "picturedata"
	pictureUnderway = "pictureupload"
)

// Picture is what is known of a picture of a page. It is immutable.
type Picture struct {
	ID        string           `json:"id"`
	Site      analytics.SiteID `json:"siteId"`
	Path      string           `json:"path"`
	Device    string           `json:"device"`
	Type      string           `json:"type"` // image/png, image/jpeg, image/webp
	Width     int              `json:"width"`
	Height    int              `json:"height"` // px
	Bytes     int              `json:"bytes"`
	CreatedAt time.Time        `json:"createdAt"`
}

// Pictures keeps the pictures of pages that cannot be framed, one a page and device. Safe for concurrent use. In the store are
//
//	picture/<site>/<id>             a Picture: it exists
//	picturedata/<site>/<id>/<nnn>   its bytes in pieces of 60 KiB
//	pictureupload/<site>/<id>       a Picture whose pieces are being written; what a crash left of it goes at the next start
//
// Pieces are written before the picture exists, and never changed. One transaction then makes the new picture exist and the old one not: a
// crash leaves the one or the other.
type Pictures struct {
	meta    Meta
	shelf   *shelf[Picture]
	uploads chan struct{}
	writing sync.RWMutex // held for reading while the pieces of a picture are written: a purge comes before all of them, or after
}

var (
	errPictureNotFound = notFound("Picture not found")
	errPictureLimit    = problem(http.StatusForbidden, codeLimit, "Picture limit reached")
)

// OpenPictures reads what is stored, and clears away what a crash left half done.
func OpenPictures(meta Meta) (*Pictures, error) {
	shelf, err := openShelf(meta, pictureShelf, func(p *Picture) shelfHead { return shelfHead{p.Site, p.ID, p.CreatedAt} })
	if err != nil {
		return nil, err
	}
	ps := &Pictures{meta: meta, shelf: shelf, uploads: make(chan struct{}, maxUploads)}
	var left []*Picture
	err = meta.Scan(pictureUnderway+"/", func(key string, val []byte) error {
		p := new(Picture)
		if err := json.Unmarshal(val, p); err != nil {
			return fmt.Errorf("read %s: %w", key, err)
		}
		left = append(left, p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read uploads: %w", err)
	}
	for _, p := range left {
		if err := ps.discard(p); err != nil {
			return nil, err
		}
	}
	return ps, nil
}

func underway(p *Picture) string { return pictureUnderway + "/" + string(p.Site) + "/" + p.ID }

func pieces(p *Picture) string { return pictureBytes + "/" + string(p.Site) + "/" + p.ID + "/" }

// piece is the key of the piece that begins at a byte.
func piece(p *Picture, at int) string { return fmt.Sprintf("%s%03d", pieces(p), at/pictureChunk) }

// erasePieces are the changes that remove a picture's bytes.
func erasePieces(p *Picture) (ops []MetaOp) {
	for at := 0; at < p.Bytes; at += pictureChunk {
		ops = append(ops, MetaOp{Key: piece(p, at)})
	}
	return ops
}

// slot waits until an upload may be read; release gives the place to the next.
func (ps *Pictures) slot(ctx context.Context) (release func(), err error) {
	select {
	case ps.uploads <- struct{}{}:
		return func() { <-ps.uploads }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// of lists a site's pictures, newest first.
func (ps *Pictures) of(site analytics.SiteID) []*Picture { return ps.shelf.of(site) }

// get finds a picture by its id.
func (ps *Pictures) get(id string) (*Picture, bool) { return ps.shelf.get(id) }

// same finds the site's picture of the same page and device; nil is none.
func (ps *Pictures) same(p *Picture) *Picture {
	for _, other := range ps.shelf.of(p.Site) {
		if other.Path == p.Path && other.Device == p.Device {
			return other
		}
	}
	return nil
}

// room tells whether the picture can be taken, and which one it replaces.
func (ps *Pictures) room(p *Picture) (before *Picture, err error) {
	if before = ps.same(p); before == nil && ps.shelf.count(p.Site) >= maxPictures {
		return nil, errPictureLimit
	}
	return before, nil
}

// put makes a picture durable, in the place of the one of the same page and device. It gives it an id and its length.
func (ps *Pictures) put(p *Picture, content []byte) error {
	p.ID, p.Bytes = auth.NewID("shot"), len(content)
	ps.writing.RLock()
	defer ps.writing.RUnlock()
	if err := ps.shelf.mayKeep(p.Site); err != nil {
		return err
	}
	if _, err := ps.room(p); err != nil {
		return err
	}
	if err := ps.write(p, content); err != nil {
		return err
	}
	ps.shelf.change.Lock()
	defer ps.shelf.change.Unlock()
	before, err := ps.room(p)
	if err != nil {
		return errors.Join(err, ps.discard(p))
	}
	ops := []MetaOp{{Key: underway(p)}}
	if before != nil {
		ops = append(append(ops, MetaOp{Key: ps.shelf.key(before)}), erasePieces(before)...)
	}
	// Should this fail, it may have happened all the same: so the pieces stay, and the next start knows.
	if err := ps.shelf.put(p, ops...); err != nil {
		return err
	}
	if before != nil {
		ps.shelf.hide(before)
	}
	return nil
}

// write makes the pieces of a picture durable that does not exist yet.
func (ps *Pictures) write(p *Picture, content []byte) error {
	mark, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("encode picture: %w", err)
	}
	if err := ps.meta.Txn(MetaOp{Key: underway(p), Value: mark}); err != nil {
		return fmt.Errorf("begin picture: %w", err)
	}
	var ops []MetaOp
	for at := 0; at < len(content); at += pictureChunk {
		ops = append(ops, MetaOp{Key: piece(p, at), Value: content[at:min(at+pictureChunk, len(content))]})
		if len(ops) == chunksAtOnce || at+pictureChunk >= len(content) {
			if err := ps.meta.Txn(ops...); err != nil {
				return fmt.Errorf("write picture: %w", err)
			}
			ops = ops[:0]
		}
	}
	return nil
}

// discard removes what was written of a picture that does not exist.
func (ps *Pictures) discard(p *Picture) error {
	if err := ps.meta.Txn(append(erasePieces(p), MetaOp{Key: underway(p)})...); err != nil {
		return fmt.Errorf("discard picture: %w", err)
	}
	return nil
}

// content reads the bytes of a picture.
func (ps *Pictures) content(p *Picture) ([]byte, error) {
	content := make([]byte, 0, p.Bytes)
	err := ps.meta.Scan(pieces(p), func(_ string, val []byte) error {
		content = append(content, val...)
		return nil
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("read picture: %w", err)
	case len(content) == 0: // replaced or deleted a moment ago
		return nil, errPictureNotFound
	case len(content) != p.Bytes:
		return nil, fmt.Errorf("picture %s has %d bytes of %d", p.ID, len(content), p.Bytes)
	}
	return content, nil
}

// remove deletes a picture.
func (ps *Pictures) remove(id string) error {
	ps.shelf.change.Lock()
	defer ps.shelf.change.Unlock()
	p, ok := ps.shelf.get(id)
	if !ok {
		return errPictureNotFound
	}
	return ps.shelf.remove(p, erasePieces(p)...)
}
