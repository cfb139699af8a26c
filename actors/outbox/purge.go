package outbox

import "github.com/ztas-io/ztas/analytics"

// SiteKeys are the prefixes of all keys that hold something of a site, for who erases a site for good. webhooks are the ids of all that the site
// ever had: what is deleted may still be on the disk.
func SiteKeys(site analytics.SiteID, webhooks []string) []string {
	keys := []string{cursorPrefix + string(site)}
	lanes := append([]string{channelLane(ChannelEmail, site), channelLane(ChannelSlack, site)}, webhooks...)
	for _, lane := range lanes {
		keys = append(keys, queuePrefix+lane+"/", messagePrefix+lane+"/", statusPrefix+lane)
	}
	return keys
}
