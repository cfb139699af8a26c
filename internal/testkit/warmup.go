package testkit

import (
	"github.com/ztas-io/ztas/analytics"
)

// WarmUp stores a day. Called outside of any bubble of testing/synctest, before the first in which checkpoints are taken, it has the packer's channels
// belong to none. It panics when the day cannot be stored.
func WarmUp() {
	const ts = 1_768_493_400_000
	site := NewReader("site_warmup", "UTC", 10)
	site.Events(analytics.Event{TS: ts, ReceivedAt: ts, Kind: analytics.Pageview, Path: "/", Visitor: analytics.VisitorID{1}, Country: "ZZ"})
	site.Apply(ts + 10*86_400_000)
	if err := site.Checkpoint(true); err != nil {
		panic(err)
	}
}
