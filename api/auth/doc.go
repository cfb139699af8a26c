// Package auth knows who calls: users and their passwords, login sessions with their tokens, API keys, and the words for what a caller may do.
//
// Everything is kept twice: durably through Meta, as JSON under the keys below, and in memory, where every request is answered. A change is
// written first and seen afterwards, so an answer of success is durable, and a revocation holds from the next request on.
//
//	user/<id>     a User
//	session/<id>  a Session
//	key/<id>      a Key
//	reset/<user>  a link to set a password
//	leaving/<id>  a Departure: a deleted account of which something is still kept elsewhere
package auth
