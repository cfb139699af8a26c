package api

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/ztas-io/ztas/analytics"
)

var errPicture = invalid("Unsupported image")

// pictureView is a picture as answers show it.
type pictureView struct {
	ID        string           `json:"id"`
	SiteID    analytics.SiteID `json:"siteId"`
	Path      string           `json:"path"`
	Device    string           `json:"device"`
	Type      string           `json:"type"`
	Width     int              `json:"width"`
	Height    int              `json:"height"`
	Bytes     int              `json:"bytes"`
	CreatedAt string           `json:"createdAt"`
}

func viewPicture(p *Picture) pictureView {
	return pictureView{p.ID, p.Site, p.Path, p.Device, p.Type, p.Width, p.Height, p.Bytes, instant(p.CreatedAt)}
}

// addPicture serves POST /api/heatmaps/screenshots.
func (s *Server) addPicture(x *exchange) (action, error) {
	p := &Picture{Site: analytics.SiteID(x.c.Query("siteId")), Path: cleanText(x.c.Query("path"))}
	if p.Site == "" || p.Path == "" {
		return nil, errSiteAndPath
	}
	if tooLong(p.Path, analytics.MaxPath) {
		return nil, invalid("path must not exceed 2048 characters")
	}
	x.siteID = p.Site
	var err error
	if p.Device, err = x.deviceParam("desktop"); err != nil {
		return nil, err
	}
	content, err := s.readPicture(x)
	if err != nil {
		return nil, err
	}
	f, ok := readPictureFormat(content)
	if !ok {
		return nil, errPicture
	}
	p.Type, p.Width, p.Height = f.media, f.width, f.height
	return func() error {
		p.CreatedAt = s.now().UTC()
		if err := s.deps.Pictures.put(p, content); err != nil {
			return err
		}
		s.activity(x, pictureActivity("heatmap.picture_uploaded", p))
		data(x.c, http.StatusCreated, viewPicture(p))
		return nil
	}, nil
}

// readPicture reads the body, which may be longer than others.
func (s *Server) readPicture(x *exchange) ([]byte, error) {
	release, err := s.deps.Pictures.slot(x.c.Request.Context())
	if err != nil {
		return nil, err
	}
	defer release()
	b, err := io.ReadAll(http.MaxBytesReader(x.c.Writer, x.c.Request.Body, maxPicture))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, errTooLarge
	case err != nil: // the client went away or sent a bad chunk
		return nil, errPicture
	}
	return b, nil
}

// listPictures serves GET /api/heatmaps/screenshots.
func (s *Server) listPictures(x *exchange) (action, error) {
	path := cleanText(x.c.Query("path"))
	device, err := x.deviceParam("")
	if err != nil {
		return nil, err
	}
	return func() error {
		views := []pictureView{}
		for _, p := range s.deps.Pictures.of(x.siteID) {
			if (path == "" || p.Path == path) && (device == "" || p.Device == device) {
				views = append(views, viewPicture(p))
			}
		}
		slices.SortFunc(views, func(a, b pictureView) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Device, b.Device))
		})
		data(x.c, http.StatusOK, views)
		return nil
	}, nil
}

// showPicture serves GET /api/heatmaps/screenshots/:id.
func (s *Server) showPicture(x *exchange) (action, error) {
	p, ok := s.deps.Pictures.get(x.c.Param("id"))
	if !ok {
		return nil, errPictureNotFound
	}
	x.siteID = p.Site
	return func() error {
		content, err := s.deps.Pictures.content(p)
		if err != nil {
			return err
		}
		x.c.Data(http.StatusOK, p.Type, content) // nosniff is on every answer
		return nil
	}, nil
}

// deletePicture serves DELETE /api/heatmaps/screenshots and /api/heatmaps/screenshots/:id.
func (s *Server) deletePicture(x *exchange) (action, error) {
	id, err := sameID(x.c.Param("id"), x.c.Query("id"))
	if err != nil {
		return nil, err
	}
	p, ok := s.deps.Pictures.get(id)
	if !ok {
		return nil, errPictureNotFound
	}
	x.siteID = p.Site
	return func() error {
		if err := s.deps.Pictures.remove(id); err != nil {
			return err
		}
		s.activity(x, pictureActivity("heatmap.picture_deleted", p))
		done(x.c, "Picture deleted")
		return nil
	}, nil
}
