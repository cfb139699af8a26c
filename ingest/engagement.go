package ingest

import (
	"math"

	"github.com/ztas-io/ztas/analytics"
)

const maxTimeOnPage = 3_600_000 // ms

// readEngagement takes over the fields of type engagement.
func (r *Run) readEngagement() *verdict {
	h, e := r.hit, r.event
	if h.TimeOnPage != nil {
		e.TimeOnPage = shiftClip(*h.TimeOnPage, 3, 0, maxTimeOnPage)
	}
	e.Seq = 1
	if h.Seq != nil {
		e.Seq = floorClip(*h.Seq, 1, math.MaxInt32)
	}
	if h.IsBounce != nil {
		e.IsBounce = analytics.False
		if *h.IsBounce {
			e.IsBounce = analytics.True
		}
	}
	return nil
}
