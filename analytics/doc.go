// Package analytics is the domain: the words of web analytics and the pure fold of a site's records into its state.
//
// # Words
//
// A site's history is a sequence of Records: events, counts of ignored hits, definitions, skips. They come in Blocks of one Partition, whose
// positions are dense; a site's part of a block is a Section. The fold turns them into a State:
//
//   - open local days: hourly totals, one dimension each for pages and for every attribute of sessions, the visitors with their sessions, and
//     the ids of the day's events
//   - closed days: a Rollup for reports, and a blob with the whole day, so that it can be opened again
//   - the live window: who was there in the last minutes
//
// A day is a sum over its visitors: each session has a share in the day's counters. A View is the counters alone, frozen; it answers questions
// in any goroutine. A Frozen state is everything, the way back after a record that panics. A Checkpoint stores a state: a root that is small,
// and pages that changed.
//
// # Rules
//
//	F1 Blocks are folded in the order of their positions; the state's position is that of the last one. Whoever folds skips a block that is
//	   not beyond it.
//	F2 The same records give the same state. There is no clock, no random, no I/O and no limit that depends on memory; time comes with the
//	   block. The state's own time follows it by at most an hour a block and never falls.
//	F3 A closed day is attached before a record touches it: Needs names it, Attach opens it.
//	F4 A definition in the log is valid, and a revision that is not newer is ignored.
//	F5 Every counter is a sum over visitors. An event that comes late takes a session's old share out of it and puts the new one in.
//	F6 An event is given to a session in the order of the log. Sessions are never merged or split later.
//	F7 An id is stored once: it is remembered for 48 h after its arrival, by the time of the blocks, and on its own day for good.
//	F8 The id of a value in a capped dimension is given on arrival and never changes. A value that is let in later counts from there.
//	F9 A page that a frozen copy shares is never written; it is copied first.
//
// Names of rules stand in panics and tests. Nothing here is safe for concurrent use unless it says so; views, rollups and zones do.
package analytics
