package load

import (
	"sync"
	"time"
)

// Histogram counts durations in steps of histogramStep; those beyond the last count as it. The zero value is empty. Safe for concurrent use.
type Histogram struct {
	mu    sync.Mutex
	steps []int64 // step n holds durations from n to n+1 steps
	count int64
	max   time.Duration
}

const (
	histogramStep = 100 * time.Microsecond
	histogramEnd  = time.Minute
)

// Add counts a duration.
func (h *Histogram) Add(d time.Duration) {
	n := int(min(max(d, 0), histogramEnd) / histogramStep)
	h.mu.Lock()
	defer h.mu.Unlock()
	if n >= len(h.steps) {
		h.steps = append(h.steps, make([]int64, n+1-len(h.steps))...)
	}
	h.steps[n]++
	h.count++
	h.max = max(h.max, d)
}

// Reset makes it empty.
func (h *Histogram) Reset() {
	h.mu.Lock()
	defer h.mu.Unlock()
	clear(h.steps)
	h.count, h.max = 0, 0
}

// Count is how many durations there are.
func (h *Histogram) Count() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.count
}

// Max is the longest duration, 0 if there is none.
func (h *Histogram) Max() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.max
}

// Quantile is a duration that at least the share q of all do not exceed, less than a step too long; 0 if there is none.
func (h *Histogram) Quantile(q float64) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	left := q * float64(h.count)
	for n, count := range h.steps {
		if left -= float64(count); left <= 0 && h.count > 0 {
			return min(time.Duration(n+1)*histogramStep, h.max)
		}
	}
	return h.max
}
