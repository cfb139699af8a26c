package analytics

// Percent is pct(a, b) of metrics.md §1: two decimals, half up, integers only; 0 when b is 0.
func Percent(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64((20_000*a+b)/(2*b)) / 100
}

// MeanSeconds is sec(sumMS, n) of metrics.md §1: whole seconds, half up; 0 when n is 0.
func MeanSeconds(sumMS, n int64) int64 {
	if n == 0 {
		return 0
	}
	return (2*sumMS + 1000*n) / (2000 * n)
}
