// Package effects finds out what others are told of a site: completions of goals, the bodies of webhooks, sessions that have ended, the latest
// events. It hears where live events landed (Landed), in the order of the log, and hands what follows to the outbox.
//
// What is promised:
//
//	E1 Nothing is told twice under two names, and nothing is lost: causes are made of the ids of events, sessions and firings; a site's
//	   checkpoint waits for Flush; positions that the outbox has are skipped in a replay.
//	E2 Imported events tell nobody.
//	E3 A definition hears of what arrives after it was made or its matching was changed, never of what was there before.
//	E4 A session is told once: 30 minutes after its last event. A late event that prolongs it tells nothing more.
package effects
