// Package ws is live delivery over WebSocket: GET /ws of the contract.
//
// A stream is what one or more clients watch: a topic of a site with its params. Its state is what the REST endpoint would answer, pulled from
// the same Reader, and kept as a document whose members know the change at which they got their value. Reading goes one way:
//
//	fold → Hub.Changed → stream: load, compare, number → round → client: queue → writer → socket
//
// What is promised, and where it is kept:
//
//	W1  One stream, one goroutine: loads of a stream never overlap, so its changes are numbered in the order of its states (stream.go).
//	W2  A client at seq n that is told everything younger than n has the state of the newest seq. There is no buffer of deltas: deltas,
//	    resumes and merged deltas are all document.since(n) (document.go, list.go).
//	W3  A subscription has at most one entry in its client's queue. What it stands for is decided when it is written, so waiting deltas are
//	    merged by waiting, and a client that does not read costs one entry a subscription (queue.go).
//	W4  Changed and spread never wait: not for a load, not for a socket.
//	W5  Locks are taken in the order Hub.mu, stream.mu, client.mu, then pumps.mu or wire.mu.
package ws
