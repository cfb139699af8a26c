package persist

import "errors"

// MetaStore keeps small named values: sites, users, settings, all that is not an event. Safe for concurrent use.
//
// Promises: (1) a transaction is durable when Txn returns nil, and all of it or nothing is there after a crash; (2) revisions rise with every
// transaction and are never given twice, not even to a key that was deleted and made again; (3) a change is sent to watchers after it is
// durable, in the order of revisions. So who watches first and scans then misses nothing.
type MetaStore interface {
	// Get returns a value, a copy, and the revision of the transaction that wrote it. ErrNotFound when the key does not exist.
	Get(key string) (val []byte, rev uint64, err error)
	// Scan calls fn for every key with the prefix, in ascending order, as of one moment. It ends at fn's first error and returns it. The
	// value belongs to fn. fn must not write to the store.
	Scan(prefix string, fn func(key string, val []byte) error) error
	// Txn applies all operations or none. ErrConflict when one of them expected another revision; ErrTooBig beyond MaxTxn. Any other error
	// leaves it unknown whether the transaction happened: read before trying again.
	Txn(ops ...Op) error
	// Watch sends the changes of keys with the prefix from now on. A reader that lags gets only the newest change of a key, so it holds up
	// nobody. The channel is closed by cancel and by the store's Close.
	Watch(prefix string) (changes <-chan Change, cancel func())
	// Erase deletes every key with one of the prefixes for good: no byte of them or of their older values stays in the data directory.
	// It costs a rewrite of the tables they are in; for everything else there is Delete.
	Erase(prefixes ...string) error
}

// MaxTxn bounds the keys and values of one metadata transaction, in bytes; MaxOps bounds their number.
const (
	MaxTxn = 256 << 10
	MaxOps = 2000
)

// Op is one operation of a transaction: made by Put, PutIf, Create, Delete or DeleteIf. A key may occur once in a transaction.
type Op struct {
	Key    string
	Value  []byte // not for a deletion; must not be changed until Txn returns
	Delete bool
	Expect *uint64 // nil: any revision; 0: the key must not exist
}

// Put writes a value whatever was there before.
func Put(key string, val []byte) Op { return Op{Key: key, Value: val} }

// PutIf writes a value if the key's revision is rev. 0 means that the key must not exist.
func PutIf(key string, val []byte, rev uint64) Op { return Op{Key: key, Value: val, Expect: &rev} }

// Create writes a value if the key does not exist.
func Create(key string, val []byte) Op { return PutIf(key, val, 0) }

// Delete removes a key; it is no error if there is none.
func Delete(key string) Op { return Op{Key: key, Delete: true} }

// DeleteIf removes a key if its revision is rev.
func DeleteIf(key string, rev uint64) Op { return Op{Key: key, Delete: true, Expect: &rev} }

// Change is what a transaction did to a key.
type Change struct {
	Key     string
	Value   []byte // nil when deleted; shared, must not be changed
	Rev     uint64 // of the transaction
	Deleted bool
}

// Errors of the stores.
var (
	ErrNotFound = errors.New("no such key")
	ErrConflict = errors.New("the key was changed meanwhile")
	ErrTooBig   = errors.New("too much for one transaction")
	ErrClosed   = errors.New("store is closed")
	ErrCorrupt  = errors.New("stored data is damaged")
)
