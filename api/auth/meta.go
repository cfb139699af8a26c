package auth

// Meta is the durable key-value store of small records. Safe for concurrent use.
type Meta interface {
	// Scan calls fn for every key with the prefix, ascending. val is only good until fn returns. An error of fn ends the scan.
	Scan(prefix string, fn func(key string, val []byte) error) error
	// Txn makes all changes durable together, or none.
	Txn(ops ...MetaOp) error
}

// MetaOp is one change of a transaction.
type MetaOp struct {
	Key   string
	Value []byte // nil: the key is removed
}
