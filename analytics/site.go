package analytics

import "time"

// Site is what the program knows of a site's configuration.
type Site struct {
	ID        SiteID    `json:"id"`
	Domain    string    `json:"domain"`
	Name      string    `json:"name"`
	Timezone  string    `json:"timezone"` // IANA name
	Public    bool      `json:"public"`
	Settings  Settings  `json:"settings"`
	OwnerID   string    `json:"ownerId"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
	DeletedAt time.Time `json:"deletedAt,omitzero"` // zero: not deleted
	PurgeAt   time.Time `json:"purgeAt,omitzero"`
	Revision  int64     `json:"revision"` // of the definition in the log
	DedupKey  uint64    `json:"dedupKey"` // random; keys the hashes of event ids
}

// Settings are a site's settings, with the contract's names (sites.md).
type Settings struct {
	ExcludePaths    []string `json:"excludePaths"`
	AllowedDomains  []string `json:"allowedDomains"`
	KeepQuery       bool     `json:"keepQuery"`
	IgnoreParams    []string `json:"ignoreParams"`
	FilterBots      bool     `json:"filterBots"`
	HonorGPC        bool     `json:"honorGpc"`
	HonorDNT        bool     `json:"honorDnt"`
	Aliases         []string `json:"aliases"`
	Heatmaps        bool     `json:"heatmaps"`
	DataRetention   int      `json:"dataRetention"` // days
	SlackWebhookURL *string  `json:"slackWebhookUrl"`
}

// DefaultSettings are those of a new site. retentionDays is the server's RETENTION_DAYS.
func DefaultSettings(retentionDays int) Settings {
	return Settings{
		ExcludePaths: []string{}, AllowedDomains: []string{}, IgnoreParams: []string{}, Aliases: []string{},
		FilterBots: true, Heatmaps: true, DataRetention: retentionDays,
	}
}

// SiteDefinition is the body of a Definition of kind "site": what the fold needs to know.
type SiteDefinition struct {
	Timezone           string `json:"timezone"`
	MaxDimensionValues int    `json:"maxDimensionValues"` // per local day and dimension, >= 1
	DedupKey           uint64 `json:"dedupKey"`
}
