package ws

import (
	"errors"
	"fmt"
	"time"
)

// Config holds the limits and times of live delivery. Counts of 0 mean "no limit" where that is said.
type Config struct {
	AllowedOrigins []string // scheme://host[:port] of pages that may connect; "*" allows all; the server's own host always may

	MaxPerUser     int // connections of one user; 0: no limit
	MaxPerIP       int // connections from one address; 0: no limit
	MaxConnections int // of the whole server, beyond it 503; 0: no limit

	MaxSubscriptions int   // of a connection, at least 1
	MaxFrameBytes    int64 // of a client's message
	FramesPerMinute  int   // of a client, further ones are refused; 0: no limit
	MaxRefused       int   // refused frames within that minute: the last closes the connection
	MaxBadMessages   int   // of a connection: the last closes it

	AuthTimeout    time.Duration // from hello to auth
	PingInterval   time.Duration // between the server's pings
	ReadTimeout    time.Duration // without any frame of the client
	WriteTimeout   time.Duration // of one frame
	FullTimeout    time.Duration // that a queue may be full without a break
	CloseGrace     time.Duration // that a client has to answer a close frame
	MaxAge         time.Duration // of a connection between two auths
	ExpiringNotice time.Duration // before a connection expires
	Recheck        time.Duration // between two checks of sessions and rights; the contract allows 5 s
	Tick           time.Duration // between two looks at all connections: how late a ping or an expiry may be

	QueueFrames int // waiting frames of a connection
	QueueBytes  int // waiting bytes of a connection

	RealtimeInterval time.Duration // between two deltas of topic realtime
	RealtimeTick     time.Duration // between two looks at a realtime window that is not empty; the contract allows 250 ms
	StatsInterval    time.Duration // between two deltas of topic stats
	QueryInterval    time.Duration // between two deltas of topic query
	ListInterval     time.Duration // between two changes of topics goals, alerts and activity
	FeedInterval     time.Duration // between two changes of topic feed; each may be two frames, and it may have ten a second

	KeepStream     time.Duration // of a stream that nobody watches
	MaxIdleStreams int           // streams that are kept though nobody watches them
	KeepRemoved    time.Duration // that a removed member is remembered, at least
	KeepChanges    uint64        // changes that a removed member is remembered, at least
	MaxRemoved     int           // removed members that a stream remembers, at most

	Loads       int           // states that are computed at a time
	LoadTimeout time.Duration // of one of them
	RetryLoad   time.Duration // after one failed
}

// DefaultConfig gives the values of the contract.
func DefaultConfig() Config {
	return Config{
		AllowedOrigins:   []string{"*"},
		MaxPerUser:       10,
		MaxPerIP:         50,
		MaxConnections:   20_000,
		MaxSubscriptions: 50,
		MaxFrameBytes:    16 << 10,
		FramesPerMinute:  120,
		MaxRefused:       20,
		MaxBadMessages:   10,
		AuthTimeout:      10 * time.Second,
		PingInterval:     25 * time.Second,
		ReadTimeout:      60 * time.Second,
		WriteTimeout:     10 * time.Second,
		FullTimeout:      10 * time.Second,
		CloseGrace:       2 * time.Second,
		MaxAge:           24 * time.Hour,
		ExpiringNotice:   60 * time.Second,
		Recheck:          3 * time.Second,
		Tick:             time.Second,
		QueueFrames:      256,
		QueueBytes:       1 << 20,
		RealtimeInterval: 100 * time.Millisecond,
		RealtimeTick:     200 * time.Millisecond,
		StatsInterval:    250 * time.Millisecond,
		QueryInterval:    time.Second,
		ListInterval:     100 * time.Millisecond,
		FeedInterval:     200 * time.Millisecond,
		KeepStream:       5 * time.Minute,
		MaxIdleStreams:   1000,
		KeepRemoved:      5 * time.Minute,
		KeepChanges:      1000,
		MaxRemoved:       10_000,
		Loads:            16,
		LoadTimeout:      10 * time.Second,
		RetryLoad:        time.Second,
	}
}

// Validate reports the first value that cannot work.
func (c *Config) Validate() error {
	for _, d := range []struct {
		name  string
		value time.Duration
	}{
		{"AuthTimeout", c.AuthTimeout}, {"PingInterval", c.PingInterval}, {"ReadTimeout", c.ReadTimeout}, {"WriteTimeout", c.WriteTimeout},
		{"FullTimeout", c.FullTimeout}, {"CloseGrace", c.CloseGrace}, {"MaxAge", c.MaxAge}, {"ExpiringNotice", c.ExpiringNotice},
		{"Recheck", c.Recheck}, {"Tick", c.Tick}, {"RealtimeInterval", c.RealtimeInterval}, {"RealtimeTick", c.RealtimeTick},
		{"StatsInterval", c.StatsInterval}, {"QueryInterval", c.QueryInterval}, {"ListInterval", c.ListInterval}, {"FeedInterval", c.FeedInterval},
		{"KeepStream", c.KeepStream}, {"KeepRemoved", c.KeepRemoved}, {"LoadTimeout", c.LoadTimeout}, {"RetryLoad", c.RetryLoad},
	} {
		if d.value <= 0 {
			return fmt.Errorf("ws: %s must be positive", d.name)
		}
	}
	for _, n := range []struct {
		name       string
		value, min int
	}{
		{"MaxPerUser", c.MaxPerUser, 0}, {"MaxPerIP", c.MaxPerIP, 0}, {"MaxConnections", c.MaxConnections, 0},
		{"MaxSubscriptions", c.MaxSubscriptions, 1}, {"MaxFrameBytes", int(c.MaxFrameBytes), 256}, {"FramesPerMinute", c.FramesPerMinute, 0},
		{"MaxRefused", c.MaxRefused, 1}, {"MaxBadMessages", c.MaxBadMessages, 1}, {"QueueFrames", c.QueueFrames, 1},
		{"QueueBytes", c.QueueBytes, 1}, {"MaxIdleStreams", c.MaxIdleStreams, 0}, {"MaxRemoved", c.MaxRemoved, 0}, {"Loads", c.Loads, 1},
	} {
		if n.value < n.min {
			return fmt.Errorf("ws: %s must be at least %d", n.name, n.min)
		}
	}
	switch {
	case c.Recheck > 5*time.Second:
		return errors.New("ws: Recheck must not exceed 5s")
	case c.PingInterval >= c.ReadTimeout:
		return errors.New("ws: PingInterval must be below ReadTimeout, or idle clients are cut")
	case c.MaxAge <= c.ExpiringNotice:
		return errors.New("ws: MaxAge must exceed ExpiringNotice")
	case len(c.AllowedOrigins) == 0:
		return errors.New("ws: AllowedOrigins must name an origin or \"*\"")
	}
	return nil
}
