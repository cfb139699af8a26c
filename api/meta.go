package api

import "github.com/ztas-io/ztas/api/auth"

// Meta is the durable key-value store of small records. This package keeps there, as JSON:
//
//	site/<id>                              a site with its mark
//	member/<site>/<user>                   a Membership
//	invite/<site>/<id>                     an Invitation
//	alert/<site>/<id>                      an analytics.Alert; goal, funnel, segment and webhook likewise
//	ann/<site>/<id>, share/<site>/<id>     an Annotation, a Share
//	trigger/<site>/<alert>/<time>/<id>     an analytics.Trigger, written by whoever sends the alert's messages
//	import/<site>/<id>                     a DailyImport; importdays/<site>/<id>/<year> are its days
//	acknowledged/<site>/<alert>/<trigger>  who has seen a trigger first, and when
//	picture/<site>/<id>                    a Picture; its bytes are under picturedata/ and, until all are there, pictureupload/
//	activity/…                             the activity log: see activityentry.go
//	purge/<site>                           a purge under way
//
// Package auth documents its own keys, and left/.
type Meta = auth.Meta

// MetaOp is one change of a transaction.
type MetaOp = auth.MetaOp
