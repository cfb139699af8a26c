// Package load is a closed-loop generator of track requests: a fixed number of keep-alive connections, each of which sends its next request
// when the answer to the last one is there. Requests are built before the clock starts; what is left to do for one is to write its ids into
// place, one write, one read and a comparison, so that the generator takes little of a machine that it shares with the server it measures.
//
// Every event gets an id of its own, and every answer is compared with the only right one: a run either counts durable, new events or fails.
package load
