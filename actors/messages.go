package actors

import (
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/ztas-io/ztas/analytics"
)

// foldBlock: follower → partition. The next block of the log.
type foldBlock struct {
	pos    analytics.Pos
	block  *analytics.Block
	credit *credit
}

// foldSection: partition → site. One site's part of a block.
type foldSection struct {
	pos     analytics.Pos
	block   *analytics.Block
	section analytics.Section
	credit  *credit // nil: none is held
}

// question is a message whose sender waits for the answer up to a time.
type question interface {
	waitsUntil() time.Time
	// notHere answers in the site's place: it sleeps, or it cannot be asked, as the error says.
	notHere(err error)
}

// askView: reader → partition → site. Answered with the counters at the site's position.
type askView struct {
	site  analytics.SiteID
	aside bool             // the site is not used by it (Aside)
	until time.Time        // how long the reader waits
	reply chan<- viewReply // of capacity 1
}

func (a *askView) waitsUntil() time.Time { return a.until }
func (a *askView) notHere(err error)     { a.reply <- viewReply{passive: err == nil, err: err} }

type viewReply struct {
	view    *analytics.View
	passive bool  // the site sleeps: its newest root is all there is
	err     error // *analytics.Unavailable
}

// askRealtime: reader → partition → site.
type askRealtime struct {
	site   analytics.SiteID
	now    int64 // UTC ms
	detail bool
	until  time.Time
	reply  chan<- realtimeReply // of capacity 1
}

func (a *askRealtime) waitsUntil() time.Time { return a.until }
func (a *askRealtime) notHere(err error)     { a.reply <- realtimeReply{passive: err == nil, err: err} }

type realtimeReply struct {
	report  *analytics.RealtimeReport
	passive bool
	err     error
}

// siteAwake: site → partition. The state is loaded; the parent sends what it kept.
type siteAwake struct {
	site analytics.SiteID
	pid  *actor.PID
}

// siteFailed: site → partition. The state was thrown away; the parent rebuilds the site.
type siteFailed struct {
	site  analytics.SiteID
	pid   *actor.PID
	at    analytics.Pos // of the block that panicked the fold; 0: it could not be loaded
	cause string
}

// rebuildSite: timer → partition. It is time to try again.
type rebuildSite struct {
	site analytics.SiteID
	pid  *actor.PID // the one that failed
}

// passivate: partition → site. The last message before the parent hears siteAsleep; behind it nothing is sent.
type passivate struct{}

// siteAsleep: site → partition. The state is durable up to its position.
type siteAsleep struct {
	site analytics.SiteID
	pid  *actor.PID
}

// checkpointNow: coverage → partition → site.
type checkpointNow struct{ site analytics.SiteID }

// checkpointDone: the site's encoder goroutine → site.
type checkpointDone struct {
	checkpoint *analytics.Checkpoint
	err        error
}

// rested: timer → site. It may try to store again.
type rested struct{}

// tick: system → partition, every few seconds.
type tick struct{ now int64 } // uptime, ms

// credit is one block's token of a follower; it goes back when all of its sections are folded or kept without credit.
type credit struct {
	left   atomic.Int32
	tokens chan struct{}
}

func (c *credit) release() {
	if c != nil && c.left.Add(-1) == 0 {
		c.tokens <- struct{}{}
	}
}
