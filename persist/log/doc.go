// Package log keeps the durable history: the actors.EventLog on one machine's disk (WAL) and in memory (Memory).
//
// All 64 partitions share one physical log of hashicorp/raft-wal, whose entries are numbered by a physical index. Nobody outside this package
// sees that index; a block is known by its partition and its position, and positions are dense per partition from 1.
//
// What is promised, with the names that tests and reviews use:
//
//	L1  Append returns without an error only after its blocks, and all blocks before them, are synced.
//	L2  After a storage error nothing is acknowledged until the physical log was closed, read again from the disk and opened again.
//	L3  A reader gets a partition's blocks in order, without gap, and never one that is not synced.
//	L4  A frame that fails its checks is never handed out as data. Open refuses a log with damage in it and names the place; only a last
//	    commit that nobody can have been told about is cut.
//	L5  A log that became shorter than, or different from, what its mark remembers is refused.
//	L6  A position is never given twice, also not after the log was emptied.
//	L7  Nothing that a partition still needs is cut.
//	L8  A rewritten log has every kept block at its position, and no byte of the old files. A crash leaves all of the old blocks or all of the new,
//	    and what was appended meanwhile.
//
// In one sentence: what was acknowledged is there, in order, or Open says what is missing.
//
// Files of a log's directory: *.wal (raft-wal's segments), segments (which of them count), mark (the high-water mark), reserve (bytes to give
// back when the disk is full), lock.
package log
