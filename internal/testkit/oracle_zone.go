package testkit

import (
	"database/sql/driver"
	"fmt"
	"time"

	"modernc.org/sqlite"
)

func init() {
	sqlite.MustRegisterDeterministicScalarFunction("localday", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		ts, zone := args[0].(int64), args[1].(string)
		where, err := time.LoadLocation(zone)
		if err != nil {
			return nil, fmt.Errorf("zone: %w", err)
		}
		return time.UnixMilli(ts).In(where).Format(time.DateOnly), nil
	})
}

// idLength is the length of a visitor's id: vis_ and 32 hex digits.
const idLength = 36

// Move tells that the site's zone was changed: from now on a visitor counts once per local day of that zone (metrics.md §8), whichever day its id
// was made on. Rows that come later count so, too.
func (o *Oracle) Move(zone *time.Location) {
	o.t.Helper()
	o.zone, o.dirty = zone.String(), true
}

// parted gives each row's visitor the local day of the row, where a change of zone let an id live on two of them.
func (o *Oracle) parted() {
	o.t.Helper()
	if o.zone != "" {
		o.exec(fmt.Sprintf("UPDATE events SET visitor_id=substr(visitor_id,1,%d)||' '||localday(ts,%s)", idLength, quote(o.zone)))
	}
}
