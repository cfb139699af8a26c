// Package backup copies the data of a running or stopped server and makes a data directory of the copy.
//
// A backup is a folder with one copy or several, each of one moment. What never changes once it is written, the large files of the store, is shared
// by them, so a copy costs what is new. What a copy shares with an earlier one is read and checked when it is made: a copy that was made is whole.
//
//	files/<number>-<crc>.blob    immutable files of the store
//	20260115T100000.000Z/        a copy, named by its time (UTC), or 1 ms behind the newest where the clock was set back
//	    store.zst                every key and value of the store
//	    log.zst                  the blocks that no checkpoint covers
//	    jwt.key                  the key of the access tokens, when the server made it itself
//	    manifest.json            what belongs to the copy, with checksums; it is written last: without it there is no copy
//
// A folder belongs to one server, see Identity. The moment of a copy is one at which no block is being appended: metadata, checkpoints and log fit
// together, and what is restored is the history up to there, without gap. The salts of visitor ids are never copied.
package backup
