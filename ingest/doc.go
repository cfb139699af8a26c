// Package ingest turns raw hits into events, or drops them for a reason from a closed set. It is pure: time, addresses and headers come in with
// the request, salts and lookup files through small interfaces; it starts no goroutine, reads no clock and writes nothing. Everything that
// depends on the outside happens here, before the log, so that a replay never depends on it, and the raw IP and user agent end here.
//
// The whole pipeline is the list of steps in pipeline.go; each step has a file of its own.
package ingest

//go:generate go run ./internal/genbots -isbot ${ISBOT_DIR} -crawlers ${CRAWLERS_DIR} -out botpatterns.go
