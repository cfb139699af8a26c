package api

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

// Annotation marks a day of a site with what happened on it. It is immutable.
type Annotation struct {
	ID          string           `json:"id"`
	Site        analytics.SiteID `json:"siteId"`
	Date        string           `json:"date"` // YYYY-MM-DD, a day of the site's zone
	Title       string           `json:"title"`
	Description string           `json:"description"`
	Color       string           `json:"color"` // #rrggbb
	Icon        string           `json:"icon"`
	CreatedBy   string           `json:"createdBy"` // user; "" when the account is gone
	CreatedAt   time.Time        `json:"createdAt"`
	UpdatedAt   time.Time        `json:"updatedAt"`
}

// Bounds and defaults of an annotation (extended.md).
const (
	maxDescription  = 1000 // characters
	defaultTitle    = "Event"
	defaultColor    = "#0d6efd"
	defaultIcon     = "star"
	annotationShelf = "ann"
)

var (
	annotationIcons = []string{"star", "rocket", "megaphone", "wrench", "calendar", "trophy", "bell", "flag"}
	colorPattern    = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

	errAnnotationNotFound = notFound("Annotation not found")
	errAnnotationNeeds    = invalid("Site ID and date required")
	errAnnotationDate     = invalid("Invalid date format. Use YYYY-MM-DD")
)

// annotationView is an annotation as answers show it.
type annotationView struct {
	ID          string           `json:"id"`
	SiteID      analytics.SiteID `json:"siteId"`
	Date        string           `json:"date"`
	Title       string           `json:"title"`
	Description string           `json:"description"`
	Color       string           `json:"color"`
	Icon        string           `json:"icon"`
	CreatedBy   *string          `json:"createdBy"`
	CreatedAt   string           `json:"createdAt"`
	UpdatedAt   string           `json:"updatedAt"`
}

func viewAnnotation(a *Annotation) annotationView {
	return annotationView{
		a.ID, a.Site, a.Date, a.Title, a.Description, a.Color, a.Icon, textOrNull(a.CreatedBy), instant(a.CreatedAt), instant(a.UpdatedAt),
	}
}

// annotationBody is what POST and PATCH send of an annotation.
type annotationBody struct {
	ID           optional[string] `json:"id"`
	AnnotationID optional[string] `json:"annotationId"` // alias of id
	SiteID       optional[string] `json:"siteId"`
	Date         optional[string] `json:"date"`
	Title        optional[string] `json:"title"`
	Description  optional[string] `json:"description"`
	Color        optional[string] `json:"color"`
	Icon         optional[string] `json:"icon"`
}

// put puts what was sent over an annotation: null clears, absent stays.
func (b *annotationBody) put(a *Annotation) error {
	if b.Date.sent {
		if a.Date = textOf(&b.Date); a.Date == "" {
			return errAnnotationNeeds
		}
		if _, err := analytics.ParseDay(a.Date); err != nil {
			return errAnnotationDate
		}
	}
	if b.Title.sent {
		if a.Title = cmp.Or(textOf(&b.Title), defaultTitle); tooLong(a.Title, maxName) {
			return invalid("Title must not exceed 100 characters")
		}
	}
	if b.Description.sent {
		if a.Description = textOf(&b.Description); tooLong(a.Description, maxDescription) {
			return invalid("Description must not exceed 1000 characters")
		}
	}
	if b.Color.sent {
		if a.Color = textOf(&b.Color); b.Color.value == nil {
			a.Color = defaultColor
		} else if !colorPattern.MatchString(a.Color) {
			return invalid("Invalid color")
		}
	}
	if b.Icon.sent {
		if a.Icon = textOf(&b.Icon); b.Icon.value == nil {
			a.Icon = defaultIcon
		} else if !slices.Contains(annotationIcons, a.Icon) {
			return invalid("Invalid icon")
		}
	}
	return nil
}

// listAnnotations serves GET /api/annotations: by date, then by time of creation.
func (s *Server) listAnnotations(x *exchange) (action, error) {
	from, to := x.c.Query("startDate"), x.c.Query("endDate")
	for _, date := range []string{from, to} {
		if _, err := analytics.ParseDay(date); date != "" && err != nil {
			return nil, errAnnotationDate
		}
	}
	if from != "" && to != "" && to < from {
		return nil, invalid("End date must be after start date")
	}
	return func() error {
		views := []annotationView{}
		for _, a := range s.deps.Catalog.annotationsOf(x.siteID) {
			if a.Date >= from && (to == "" || a.Date <= to) { // dates of one form sort as their days do
				views = append(views, viewAnnotation(a))
			}
		}
		data(x.c, http.StatusOK, views)
		return nil
	}, nil
}

// annotationsOf lists a site's annotations by date, then by time of creation, then by id.
func (c *Catalog) annotationsOf(site analytics.SiteID) []*Annotation {
	list := c.annotations.of(site)
	slices.SortFunc(list, func(a, b *Annotation) int {
		return cmp.Or(strings.Compare(a.Date, b.Date), a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	return list
}

// createAnnotation serves POST /api/annotations.
func (s *Server) createAnnotation(x *exchange) (action, error) {
	var body annotationBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	x.siteID = analytics.SiteID(textOf(&body.SiteID))
	body.Date.sent = true // required
	a := &Annotation{Site: x.siteID, Title: defaultTitle, Color: defaultColor, Icon: defaultIcon}
	if x.siteID == "" {
		return nil, errAnnotationNeeds
	}
	if err := body.put(a); err != nil {
		return nil, err
	}
	return func() error {
		now := s.instant()
		a.ID, a.CreatedBy, a.CreatedAt, a.UpdatedAt = auth.NewID("ann"), x.caller.UserID, now, now
		shelf := s.deps.Catalog.annotations
		shelf.change.Lock()
		defer shelf.change.Unlock()
		if shelf.count(a.Site) >= s.cfg.MaxAnnotations {
			return limitReached("Annotation")
		}
		if err := shelf.put(a); err != nil {
			return err
		}
		data(x.c, http.StatusCreated, viewAnnotation(a))
		return nil
	}, nil
}

// annotationOf finds the annotation with an id, and with it the site whose right the caller needs.
func (s *Server) annotationOf(x *exchange, id string) error {
	a, ok := s.deps.Catalog.annotations.get(id)
	if !ok {
		return errAnnotationNotFound
	}
	x.siteID = a.Site
	return nil
}

// mayAnnotate finds an annotation that the caller may change: authors their own, admins and the owner all. The caller holds the shelf's change.
func (s *Server) mayAnnotate(x *exchange, id string) (*Annotation, error) {
	a, ok := s.deps.Catalog.annotations.get(id)
	switch {
	case !ok: // deleted a moment ago
		return nil, errAnnotationNotFound
	case a.CreatedBy != x.caller.UserID && x.role < auth.Admin:
		return nil, forbidden("Access denied")
	}
	return a, nil
}

// changeAnnotation serves PATCH /api/annotations and /api/annotations/:id.
func (s *Server) changeAnnotation(x *exchange) (action, error) {
	var body annotationBody
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	id, err := annotationID(x.c.Param("id"), textOf(&body.ID), textOf(&body.AnnotationID))
	if err != nil {
		return nil, err
	}
	if err := body.put(new(Annotation)); err != nil {
		return nil, err
	}
	if err := s.annotationOf(x, id); err != nil {
		return nil, err
	}
	return func() error {
		shelf := s.deps.Catalog.annotations
		shelf.change.Lock()
		defer shelf.change.Unlock()
		before, err := s.mayAnnotate(x, id)
		if err != nil {
			return err
		}
		a := *before
		if err := body.put(&a); err != nil {
			return err
		}
		a.UpdatedAt = s.instant()
		if err := shelf.put(&a); err != nil {
			return err
		}
		data(x.c, http.StatusOK, viewAnnotation(&a))
		return nil
	}, nil
}

// annotationID joins the id of the path with those of the body or query, where id has an alias.
func annotationID(path, id, alias string) (string, error) {
	if id != "" && alias != "" && id != alias {
		return "", invalid("ID mismatch")
	}
	return sameID(path, cmp.Or(id, alias))
}

// deleteAnnotation serves DELETE /api/annotations and /api/annotations/:id.
func (s *Server) deleteAnnotation(x *exchange) (action, error) {
	id, err := annotationID(x.c.Param("id"), x.c.Query("id"), x.c.Query("annotationId"))
	if err != nil {
		return nil, err
	}
	if err := s.annotationOf(x, id); err != nil {
		return nil, err
	}
	return func() error {
		shelf := s.deps.Catalog.annotations
		shelf.change.Lock()
		defer shelf.change.Unlock()
		a, err := s.mayAnnotate(x, id)
		if err != nil {
			return err
		}
		if err := shelf.remove(a); err != nil {
			return err
		}
		done(x.c, "Annotation deleted")
		return nil
	}, nil
}
