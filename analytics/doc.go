// Package analytics is the domain: the words of web analytics and the pure fold of a site's records into its state.
//
// A site's history is a sequence of records: events, counts of ignored hits, definitions. They come in blocks, whose positions are dense. The
// fold turns them into a State: open local days, closed days, and a live window of the last minutes. A day is a sum over its visitors: every
// visitor has sessions and pages, and each adds its share to the day's counters. A View answers questions, a Checkpoint stores a state.
//
// The rules of the fold:
//
//	F1 Blocks are folded in the order of their positions; the state's position is that of the last one.
//	F2 The same records give the same state. There is no clock, no random, no I/O and no limit that depends on memory; time comes with the
//	   block and never falls.
//	F3 A closed day is attached before a record touches it: Needs names it, Attach opens it.
//	F4 A definition in the log is valid, and a revision that is not newer is ignored.
//	F5 Every counter is a sum over visitors. An event that comes late takes a session's old share out of it and puts the new one in.
//	F6 An event is given to a session in the order of the log. Sessions are never merged or split later.
//	F7 An id is stored once: it is remembered for 48 h after its arrival, and for its own day for as long as that is kept.
//	F8 The id of a value in a capped dimension is given on arrival and never changes. A value that is let in later counts from there.
//	F9 A page that a frozen copy shares is never written; it is copied first.
//
// Names of rules stand in panics and tests. Nothing here is safe for concurrent use unless it says so; views, rollups and zones do.
package analytics
