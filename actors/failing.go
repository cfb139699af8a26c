package actors

import "time"

// Times between a failure of a site and the next try.
const (
	firstRetry = 10 * time.Millisecond
	lastRetry  = 30 * time.Second
)

// logFailureEvery is how often a failure that goes on is logged.
const logFailureEvery = 10 * time.Minute

// manyFailures in a row, the pauses after which are 310 ms: who asks now does not wait for the next try.
const manyFailures = 6

// failing counts the failures in a row of one thing that is tried again. The zero value is good; it belongs to one actor.
type failing struct {
	row    int
	logged time.Time // the latest line in the log
}

// add notes a failure, and tells whether it is worth a line in the log: the first is, and one now and then.
func (f *failing) add() (tell bool) {
	f.row++
	now := time.Now()
	if f.row > 1 && now.Sub(f.logged) < logFailureEvery {
		return false
	}
	f.logged = now
	return true
}

// pause is the time until the next try.
func (f *failing) pause() time.Duration { return min(firstRetry<<min(f.row-1, 20), lastRetry) }
