package main

import (
	"fmt"
	"time"

	"github.com/ztas-io/ztas/api"
)

// openActivities opens the activity log and lets it work until Close.
func (i *instance) openActivities(meta api.Meta) (*api.Activities, error) {
	log, err := api.OpenActivities(meta, i.accounts, time.Now, i.logger)
	if err != nil {
		return nil, fmt.Errorf("open the activity log: %w", err)
	}
	i.onClose("activity log", log.Flush)
	i.background("activity log", log.Run)
	return log, nil
}
