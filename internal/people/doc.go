// Package people makes visitors up that behave like people: they come from somewhere at their hour of the day, read some pages along the
// links of a site, stay a while, sometimes sign up, and come back another day. It is pure and deterministic: the same configuration gives
// the same events, whatever part of time is asked for and however often.
//
// Each minute of time has its own random numbers, so nothing before it needs to be computed. A visit begins in one minute and lasts
// MaxVisit at most, so a stream that starts somewhere looks back that far and no further.
package people
