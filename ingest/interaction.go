package ingest

import (
	"math"

	"github.com/ztas-io/ztas/analytics"
)

const (
	maxCoordinate = 65_535     // CSS px
	maxSinceLoad  = 86_400_000 // ms
	minRage       = 5
	maxRage       = 1_000
	maxDocument   = 500_000   // CSS px
	maxDwellTime  = 3_600_000 // ms
)

func (r *Run) readClick() *verdict {
	h, e := r.hit, r.event
	if h.X == nil || h.Y == nil || h.Viewport == nil {
		return rejected("x, y and viewport are required for click events")
	}
	if v := r.readViewport(); v != nil {
		return v
	}
	e.X, e.Y = roundClip(*h.X, 0, maxCoordinate), roundClip(*h.Y, 0, maxCoordinate)
	e.Selector = safeText(h.Selector, analytics.MaxSelector)
	e.Element = plainText(h.Element, analytics.MaxElement)
	e.Text = safeText(h.Text, analytics.MaxText)
	e.Dead = h.Dead
	if h.SinceLoad != nil {
		e.SinceLoad, e.HasSinceLoad = floorClip(*h.SinceLoad, 0, maxSinceLoad), true
	}
	if h.Rage != nil && *h.Rage >= minRage {
		e.Rage = floorClip(*h.Rage, minRage, maxRage)
	}
	return nil
}

func (r *Run) readScroll() *verdict {
	const missing = "depth, viewport and document are required for scroll events"
	h, e := r.hit, r.event
	if h.Depth == nil || !h.NoViewport && (h.Viewport == nil || h.Document == nil) {
		return rejected(missing)
	}
	e.Depth = shiftClip(*h.Depth, 2, 0, 10_000)
	if !h.NoViewport {
		if v := r.readViewport(); v != nil {
			return v
		}
		if h.Document.Height == nil {
			return rejected(missing)
		}
		height, ok := number(h.Document.Height)
		if !ok {
			return mustBe("document.height", "number")
		}
		e.DocumentH = floorClip(height, 1, maxDocument)
	}
	if len(h.Dwell) > 0 {
		var ok bool
		if e.Dwell, ok = pairs(h.Dwell, analytics.MaxDwell, math.MaxInt32, maxDwellTime); !ok {
			return mustBe("dwell", "array")
		}
	}
	return nil
}

func (r *Run) readMove() *verdict {
	h, e := r.hit, r.event
	if len(h.Points) == 0 || h.Viewport == nil {
		return rejected("points and viewport are required for move events")
	}
	if v := r.readViewport(); v != nil {
		return v
	}
	var ok bool
	if e.Points, ok = pairs(h.Points, analytics.MaxPoints, maxCoordinate, maxCoordinate); !ok {
		return mustBe("points", "array")
	}
	return nil
}

// readViewport takes over the viewport, whose sides are whole numbers from 100 to 10,000.
func (r *Run) readViewport() *verdict {
	width, okW := side(r.hit.Viewport.Width)
	height, okH := side(r.hit.Viewport.Height)
	if !okW || !okH {
		return rejected("Invalid viewport")
	}
	r.event.ViewportW, r.event.ViewportH = width, height
	return nil
}

func side(v any) (px int32, ok bool) {
	f, ok := number(v)
	if !ok || f != math.Trunc(f) || f < 100 || f > 10_000 {
		return 0, false
	}
	return int32(f), true
}

// pairs takes the first most pairs of numbers, rounded and cut to 0 and the greatest value of each place. ok is false when one of them is none.
func pairs(sent [][]float64, most int, greatest0, greatest1 int32) (list []analytics.Pair, ok bool) {
	list = make([]analytics.Pair, 0, min(len(sent), most))
	for _, p := range sent[:min(len(sent), most)] {
		if len(p) != 2 {
			return nil, false
		}
		list = append(list, analytics.Pair{roundClip(p[0], 0, greatest0), roundClip(p[1], 0, greatest1)})
	}
	return list, true
}
