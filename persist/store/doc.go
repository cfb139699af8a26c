// Package store keeps what the fold leaves behind: the checkpoints of sites (actors.StateStore) and metadata (persist.MetaStore), in one Badger
// and, for what is large, in immutable files. Memory does the same without a disk.
//
// # Promises
//
//	T1  What was acknowledged is on the disk: a commit returns after the files, their directory and Badger's log are synced.
//	T2  A checkpoint shows whole or not at all, whenever the process dies. A root flips in the same transaction as the end of its freed blobs.
//	T3  A value is given back as it was written or not at all: everything carries a CRC32C that includes its key.
//	T4  A file is synced before a transaction names it and unlinked after a transaction took its name; a file without a name is deleted at Open.
//	T5  A store that lost acknowledged transactions does not open: a mark beside Badger knows the newest one.
//	T6  After a storage error nothing is acknowledged until Badger was closed and opened again; the next write does that by itself.
//	T7  After Drop and Erase no byte of what they name is left in the data directory.
//
// One goroutine writes. It takes what concurrent callers bring, packs it into transactions of at most 0.5 MiB and 4,000 entries and commits one
// after the other, so many callers share one sync. Readers never wait for a commit: Badger runs with our own timestamps, a transaction's number
// is the version of what it writes, and a reader reads at the newest number that is durable.
//
// # Directory
//
//	LOCK, MANIFEST, *.mem, *.sst, …  Badger
//	mark                             the newest acknowledged transaction
//	blobs/<16 hex digits>.blob       values of 64 KiB and more
//	blobs/<16 hex digits>.tmp        one that was not finished
//
// # Byte layouts (the keys are in package persist)
//
// A value in Badger; checksums are CRC32C, little-endian, as all integers here that are not in keys:
//
//	0    kind u8: 0 = the value itself, 1 = a reference to a file, 2 = no value: the key is being erased
//	1    kind 0: the bytes of the value
//	     kind 1: file number u64, value length u64, CRC32C of the file u32
//	end  CRC32C u32 over the key, then kind and body
//
// A blob file. The key says which value it is, so that a file can be told apart without Badger and a file under a wrong name is found:
//
//	0    "ztF1"
//	4    key length u16
//	6    key of the root or blob
//	…    value length u64
//	…    value
//	end  CRC32C u32 over all before
//
// The list of an unfinished commit (a checkpoint that needs more than one transaction):
//
//	0    kind u8: 0 = undo, the blobs were written and the root has not flipped; 1 = redo, the root has flipped and the blobs are to be freed
//	1    count uvarint, then the ids ascending as differences, uvarint
//
// The mark:
//
//	0    transaction u64
//	8    CRC32C u32 over it
package store
