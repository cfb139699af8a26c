package api

import "github.com/ztas-io/ztas/api/auth"

// Meta is the durable key-value store of small records. This package keeps there, as JSON:
//
//	site/<id>              a site with its mark
//	member/<site>/<user>   a Membership
//
// Package auth documents its own keys.
type Meta = auth.Meta

// MetaOp is one change of a transaction.
type MetaOp = auth.MetaOp
