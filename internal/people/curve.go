package people

import "time"

// hours is how busy each local hour is; the mean is 1. Even at night somebody is there.
var hours = func() [24]float64 {
	h := [24]float64{
		0.45, 0.38, 0.34, 0.33, 0.36, 0.44, 0.6, 0.85, 1.15, 1.4, 1.5, 1.48,
		1.3, 1.38, 1.52, 1.5, 1.42, 1.28, 1.15, 1.12, 1.18, 1.1, 0.85, 0.62,
	}
	sum := 0.0
	for _, v := range h {
		sum += v
	}
	for i := range h {
		h[i] *= 24 / sum
	}
	return h
}()

// weekend is how busy Saturday and Sunday are; the other days make up for it.
const (
	weekend = 0.72
	weekday = (7 - 2*weekend) / 5
)

// busy is how busy a moment is in its own zone, 1 on average: the hours, joined by straight lines between their middles, and the day.
func busy(t time.Time) float64 {
	at := float64(t.Hour()) + float64(t.Minute())/60 - 0.5
	if at < 0 {
		at += 24
	}
	hour := int(at)
	part := at - float64(hour)
	level := hours[hour]*(1-part) + hours[(hour+1)%24]*part
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		return level * weekend
	}
	return level * weekday
}
