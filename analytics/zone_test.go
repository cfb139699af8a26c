package analytics_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/ztas-io/ztas/analytics"
)

// TestDayBounds: a day begins where the zone's clock begins to show it, also where the clock is changed at midnight.
func TestDayBounds(t *testing.T) {
	f := func(name, date, start, end string, hours int) {
		t.Helper()
		zone, err := analytics.LoadZone(name)
		require.NoError(t, err)
		day, err := analytics.ParseDay(date)
		require.NoError(t, err)
		shown := func(ms int64) string { return time.UnixMilli(ms).UTC().Format("01-02 15:04") }
		require.Equal(t, [2]string{start, end}, [2]string{shown(zone.DayStart(day)), shown(zone.DayStart(day + 1))}, "%s %s", name, date)
		require.Len(t, zone.Hours(day), hours+1, "%s %s", name, date)
	}
	f("Europe/Berlin", "2026-03-29", "03-28 23:00", "03-29 22:00", 23)
	f("Europe/Berlin", "2026-10-25", "10-24 22:00", "10-25 23:00", 25)
	f("Australia/Lord_Howe", "2026-10-04", "10-03 13:30", "10-04 13:00", 24)
	f("America/Sao_Paulo", "2018-11-04", "11-04 03:00", "11-05 02:00", 23) // 00:00 is skipped
	f("America/Sao_Paulo", "2018-02-17", "02-17 02:00", "02-18 03:00", 25) // 24:00 is 23:00 again
	f("Pacific/Apia", "2011-12-29", "12-29 10:00", "12-30 10:00", 24)
	f("Pacific/Apia", "2011-12-30", "12-30 10:00", "12-30 10:00", 0) // there was none

	// Two midnights: 01:00 is 00:00 again, 02:00 is.
	f("Atlantic/Azores", "2026-10-25", "10-25 00:00", "10-26 01:00", 25)
	f("America/Havana", "2026-11-01", "11-01 04:00", "11-02 05:00", 25)
	f("Asia/Amman", "2021-10-28", "10-27 21:00", "10-28 21:00", 24)
	f("Asia/Amman", "2021-10-29", "10-28 21:00", "10-29 22:00", 25)
	f("Asia/Jerusalem", "2000-10-06", "10-05 21:00", "10-06 22:00", 25)
	f("Antarctica/Vostok", "2023-12-18", "12-17 17:00", "12-18 19:00", 26)

	// 00:01 is 23:01 of the day before again.
	f("America/St_Johns", "2010-11-06", "11-06 02:30", "11-07 03:30", 26)
	f("America/St_Johns", "2010-11-07", "11-07 03:30", "11-08 03:30", 24)
}
