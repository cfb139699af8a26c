package analytics

import "time"

// Segment is a saved filter (extended.md). It is immutable once shown.
type Segment struct {
	ID        string    `json:"id"`
	Site      SiteID    `json:"siteId"`
	Name      string    `json:"name"`
	Filters   string    `json:"filters"`
	Shared    bool      `json:"shared"`
	CreatedBy string    `json:"createdBy"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}
