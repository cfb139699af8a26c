// Package persist holds what the stores below it share: the layout of the keys and the vocabulary of the metadata store. Bytes go in and come
// out; nothing here knows what they mean.
//
//	persist/log    the event log: the truth
//	persist/store  Badger and immutable files: checkpoints of the fold, and metadata
//	persist/salts  the salts of visitor ids, outside log, checkpoints and backups
package persist
