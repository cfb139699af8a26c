// Package actors runs the sites: it orders, folds, publishes and recovers. The shells are thin: an actor receives, calls the pure fold of
// package analytics and hands the result on.
//
//	System
//	├── batcher          one goroutine: many requests, at most one block a partition, one sync
//	├── follower × 64    one goroutine a partition: reads the log in order, live and replayed alike
//	└── partition × 64   an actor: cuts blocks into sections, one message per (block, site); parent of the sites
//	    └── site         an actor: folds its sections, answers who waits, publishes, checkpoints
//
// What is promised:
//
//	A1 A site's sections are folded in the order of the log, each exactly once: a section at or below the state's position is skipped.
//	A2 A request is answered after its section was folded; what is asked afterwards is asked behind it in the same mailboxes.
//	A3 No site waits for another: a partition never blocks, and a site that is being loaded or put to sleep has its messages kept by the
//	   parent, without credit.
//	A4 A site that fails is stopped and rebuilt by its parent from its checkpoint and the log. The supervisor never restarts it.
//	A5 The log is cut only below what a durable checkpoint of every site covers. One that an erasure writes anew lacks, beside the erased site,
//	   only what a checkpoint covers.
package actors
