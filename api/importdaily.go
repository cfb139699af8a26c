package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/api/auth"
)

const (
	maxImportBody   = 10 << 20 // bytes
	maxImportSource = 50       // characters
)

// importView is an import as answers show it.
type importView struct {
	ID         string           `json:"id"`
	SiteID     analytics.SiteID `json:"siteId"`
	Source     string           `json:"source"`
	Format     string           `json:"format"`
	Processed  int              `json:"recordsProcessed"`
	Stored     int              `json:"recordsStored"`
	DateRange  importRange      `json:"dateRange"`
	ImportedAt string           `json:"importedAt"`
	Message    string           `json:"message,omitempty"` // when it is made
}

// importRange is the days from the first to the last, both included.
type importRange struct {
	Start string `json:"start"`
	End   string `json:"end"`
	Days  int    `json:"days"`
}

func viewImport(i *DailyImport) importView {
	return importView{
		ID: i.ID, SiteID: i.Site, Source: i.Source, Format: i.Format, Processed: i.Processed, Stored: i.Stored,
		DateRange:  importRange{i.First.String(), i.Last.String(), int(i.Last-i.First) + 1},
		ImportedAt: instant(i.At),
	}
}

var errImportSite = invalid("siteId is required")

// importDaily serves POST /api/import.
func (s *Server) importDaily(x *exchange) (action, error) {
	var body struct {
		SiteID optional[string] `json:"siteId"`
		Data   json.RawMessage  `json:"data"`
		Format optional[string] `json:"format"`
		Source optional[string] `json:"source"`
	}
	if err := x.decode(&body); err != nil {
		return nil, err
	}
	i := &DailyImport{Site: analytics.SiteID(textOf(&body.SiteID)), Format: textOf(&body.Format), Source: textOf(&body.Source)}
	x.siteID = i.Site
	switch {
	case i.Site == "":
		return nil, errImportSite
	case isNothing(body.Data):
		return nil, invalid("data is required")
	case importFormats[i.Format] == nil:
		return nil, invalid("Invalid format. Supported: csv, json, ga4-api, ua-csv")
	case tooLong(i.Source, maxImportSource):
		return nil, invalid("Source must not exceed 50 characters")
	case i.Source == "":
		i.Source = "google-analytics"
	}
	days, rows, err := readImport(i.Format, body.Data)
	if err != nil {
		return nil, err
	}
	i.Processed, i.Stored, i.First, i.Last = rows, len(days), days[0].day, days[len(days)-1].day
	return func() error {
		i.ID, i.At = auth.NewID("import"), s.instant()
		if err := s.deps.Imports.put(i, days); err != nil {
			return err
		}
		s.activity(x, importActivity("import.completed", i))
		view := viewImport(i)
		view.Message = fmt.Sprintf("Successfully imported %d days of historical data", i.Stored)
		data(x.c, http.StatusCreated, view)
		return nil
	}, nil
}

// isNothing tells whether a member is absent, null, or an empty string.
func isNothing(raw json.RawMessage) bool {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || string(raw) == "null" {
		return true
	}
	var text string
	return json.Unmarshal(raw, &text) == nil && cleanText(text) == ""
}

func importActivity(action string, i *DailyImport) Activity {
	v := viewImport(i)
	return Activity{
		Action: action, Site: i.Site, Target: ActivityTarget{Type: "import", ID: i.ID, Name: i.Source},
		Metadata: map[string]any{"format": i.Format, "start": v.DateRange.Start, "end": v.DateRange.End, "records": i.Stored},
	}
}

// listImports serves GET /api/import.
func (s *Server) listImports(x *exchange) (action, error) {
	if x.siteID = analytics.SiteID(x.c.Query("siteId")); x.siteID == "" {
		return nil, errImportSite
	}
	p, err := x.page()
	if err != nil {
		return nil, err
	}
	return func() error {
		all := s.deps.Imports.shelf.of(x.siteID)
		views := []importView{}
		from := min(p.offset, len(all))
		for _, i := range all[from:min(from+p.limit, len(all))] {
			views = append(views, viewImport(i))
		}
		paged(x.c, views, nil, p, len(views), len(all))
		return nil
	}, nil
}

// deleteImport serves DELETE /api/import and /api/import/:id.
func (s *Server) deleteImport(x *exchange) (action, error) {
	other := x.c.Query("id")
	if alias := x.c.Query("importId"); other == "" {
		other = alias
	} else if alias != "" && alias != other {
		return nil, invalid("ID mismatch")
	}
	id, err := sameID(x.c.Param("id"), other)
	if err != nil {
		return nil, err
	}
	i, ok := s.deps.Imports.shelf.get(id)
	if !ok {
		return nil, errImportNotFound
	}
	x.siteID = i.Site
	return func() error {
		i, err := s.deps.Imports.remove(id)
		if err != nil {
			return err
		}
		s.activity(x, importActivity("import.deleted", i))
		data(x.c, http.StatusOK, gin.H{
			"success": true, "deletedRecords": i.Stored,
			"message": fmt.Sprintf("Successfully deleted import and %d historical records", i.Stored),
		})
		return nil
	}, nil
}
