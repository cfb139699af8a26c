package analytics

import (
	"errors"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Record is one entry of a site's history: exactly one member is set.
type Record struct {
	Event    *Event      // a stored event
	Filtered *Filtered   // hits that were ignored and are only counted
	Define   *Definition // a setting of the fold
	Skip     *Skip       // a record that is never folded
	Forget   *Forget     // a day whose retention is over
	Fire     *Firing     // an alert fires: decided once by the live site, so a replay decides nothing
}

// DropReason says why a hit was ignored (track.md, Silently ignored).
type DropReason uint8

// The reasons. Values are part of the stored format.
const (
	DropBotSearch   DropReason = 1
	DropBotAI       DropReason = 2
	DropBotOther    DropReason = 3
	DropOptOut      DropReason = 4
	DropPath        DropReason = 5
	DropHeatmapsOff DropReason = 6
	DropPrefetch    DropReason = 7
	dropReasons                = 8
)

var dropNames = [dropReasons]string{"", "bot_search", "bot_ai", "bot_other", "opt_out", "path", "heatmaps_off", "prefetch"}

// String returns the reason's name as metrics label it.
func (r DropReason) String() string {
	if r > 0 && r < dropReasons {
		return dropNames[r]
	}
	return fmt.Sprintf("reason(%d)", uint8(r))
}

// DropReasons lists every reason.
func DropReasons() []DropReason {
	return []DropReason{DropBotSearch, DropBotAI, DropBotOther, DropOptOut, DropPath, DropHeatmapsOff, DropPrefetch}
}

// Filtered counts hits of one reason that arrived at one time.
type Filtered struct {
	Reason     DropReason
	Count      int64
	ReceivedAt int64 // UTC ms
}

// Definition is a setting that the fold depends on. A revision that is not above the known one is ignored.
type Definition struct {
	Kind     string // "site"
	ID       string
	Revision int64 // >= 1
	Body     []byte
}

// Skip names a record that panicked the fold and was quarantined.
type Skip struct {
	Pos   Pos
	Index int // among the site's records of that block
}

// Forget drops a local day (data-model.md, Retention): decided once by the live site.
type Forget struct {
	Day    Day
	Before int64 // UTC ms: the day stays when it, or the arrival of one of its rows, is younger
}

// ErrCorrupt is wrapped by every decoding error of records and blocks.
var ErrCorrupt = errors.New("corrupt bytes")

// Field numbers of the record, in protobuf's wire format; docs/formats.md has the schema. A number is never used again for another meaning.
const (
	fEvent, fFiltered, fDefine, fSkip, fFire, fForget = 1, 2, 3, 4, 5, 6
)

// Encode appends the record, framed with its length, to dst.
func (r *Record) Encode(dst []byte) []byte {
	var body [1024]byte
	b := body[:0]
	var num protowire.Number
	switch {
	case r.Event != nil:
		num, b = fEvent, r.Event.encode(b)
	case r.Filtered != nil:
		num, b = fFiltered, r.Filtered.encode(b)
	case r.Define != nil:
		num, b = fDefine, r.Define.encode(b)
	case r.Skip != nil:
		num, b = fSkip, r.Skip.encode(b)
	case r.Fire != nil:
		num, b = fFire, r.Fire.encode(b)
	case r.Forget != nil:
		num, b = fForget, r.Forget.encode(b)
	default:
		panic("analytics: an empty record")
	}
	dst = protowire.AppendTag(dst, num, protowire.BytesType)
	return protowire.AppendBytes(dst, b)
}

// Receipt is the fold's answer to the records of one request.
type Receipt struct {
	Duplicates int // events whose id was known already; they changed nothing
}
