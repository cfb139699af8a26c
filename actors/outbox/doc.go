// Package outbox tells the world outside what happened on a site: webhooks, mail, Slack. At least once, with ids that stay.
//
// The way of an effect:
//
//  1. A site's shell derives effects from the records it folds and hands them over with their block's position (Put).
//  2. The writer turns them into messages, one for each webhook that subscribes and each channel of an alert, and makes them durable in one
//     transaction with the site's cursor: the position up to which nothing has to be derived again. When it takes several, the cursor is in the
//     last one, and what was made durable before is known when it comes again.
//  3. The queue in memory holds ids and times; Run sends what is due and writes down how it went.
//
// Promises:
//
//	O1  Nothing is lost: a site's checkpoint waits for Flush, so what is not durable here is folded from the log again.
//	O2  A message keeps its id over replays, restarts and redeliveries: a hash of the webhook's id and the cause. Receivers know by it what
//	    they have had. A crash between an answer and its record sends a message twice, never under two ids.
//	O3  Put never waits for a disk or a network.
//	O4  A webhook holds up nobody else: it has at most MaxPerHook requests in flight, and takes turns with the others.
//	O5  No connection is made to an address that is not public (guard.go).
//
// What is kept in the metadata, as JSON:
//
//	outbox/cursor/<site>            the position up to which effects are durable
//	outbox/queue/<lane>/<message>   when a message is due; only while it is pending
//	outbox/message/<lane>/<message> the message with its body and its attempts: the delivery log
//	outbox/status/<webhook>         last attempt, failures in a row
//
// A lane is a webhook's id, or "email@<site>" or "slack@<site>" for what a site's people are told.
package outbox
