package analytics

import (
	"encoding/json"
	"fmt"
	"slices"
)

// Times that decide how long a local day stays open, ms. An event is at most 24 h late and its id is known for 48 h after its arrival, so a
// day that ended 73 h ago can only be touched by an import.
const (
	openAfterEnd = 73 * 3_600_000
	idleToClose  = 10 * 60_000
	maxStep      = 3_600_000 // how much ids and days age by a block whose time is not trusted: a clock that jumps must not make the site forget them
	maxReopened  = 2         // days that are open beyond their time; a third makes the least recently touched one close
)

// defaultLimit is MAX_DIMENSION_VALUES of a site without definition.
const defaultLimit = 10_000

// State is what one site's records add up to. It is a machine: the same records give the same state, whatever the clock says. It belongs to
// one goroutine; views of it are immutable.
type State struct {
	site        SiteID
	partition   Partition
	zone        Zone
	recut       bool // the zone was changed when there were days already
	limit       int  // values per day and dimension
	dedupKey    uint64
	revision    int64 // of the site's definition
	pos         Pos   // of the last block that was folded
	logical     int64 // the time by which ids and days age, UTC ms: the blocks', as far as it is trusted; it never falls
	blockTime   int64 // of the block that was begun last, UTC ms; not stored
	lastView    int64 // latest pageview, UTC ms
	quarantined int64 // records that were skipped
	days        []*day
	closed      []closedDay // ascending by day; never changed in place, so that views share it
	forgotten   []forgottenDay
	live        *live
	blobs       map[uint64]uint64 // what the last checkpoint names → bytes
	nextBlob    uint64
}

// NewState is the state of a site before its first record.
func NewState(site SiteID) *State {
	return &State{
		site: site, partition: site.Partition(), zone: UTCZone(), limit: defaultLimit, live: newLive(),
		blobs: make(map[uint64]uint64), nextBlob: 1,
	}
}

// Site returns the site's id.
func (s *State) Site() SiteID { return s.site }

// Pos returns the position of the last block that was folded.
func (s *State) Pos() Pos { return s.pos }

// Zone returns the site's time zone.
func (s *State) Zone() Zone { return s.zone }

// Result is what folding a block did.
type Result struct {
	Stored     int   // events
	Duplicates []int // indexes of events whose id was known
	Changed    bool  // a reader may see a difference
	Dropped    bool  // a day was dropped: what comes for it from now on are other rows
	Landing    bool  // set by the caller: Landed is wanted
	Landed     []Landed
	Fired      []*Firing // alerts, whose firing was decided when it was appended
}

// Landed is a stored event and where it landed: what those who are told of events want to know. The event's strings may share memory with
// its block.
type Landed struct {
	Event           *Event
	ID              EventID // the client's or the server's
	Index           int     // among the site's records of the block
	Session         SessionID
	Source, Country string // of the session's entry; "(direct)" and the event's country without one
	EntryPath       string // of the session; "" without core event
	DurationBefore  int64  // the session's, ms; -1: there was no core event yet
	DurationAfter   int64
	LastBefore      int64 // the session's last event before this one, UTC ms; 0: this one opened it
}

// Needs returns the closed days that the records touch. Each must be attached before the records are applied.
func (s *State) Needs(records []Record) []Day {
	if len(s.closed) == 0 {
		return nil
	}
	var need []Day
	add := func(d Day) {
		if s.openNumber(d) == nil && !slices.Contains(need, d) {
			need = append(need, d)
		}
	}
	zone, revision, recut := s.zone, s.revision, s.recut
	for i := range records {
		if d := records[i].Define; d != nil { // what stands behind it is cut by its zone
			if def, newer, err := d.site(revision); newer && err == nil {
				revision = d.Revision
				if moved, err := LoadZone(def.Timezone); err == nil && moved.Name() != zone.Name() {
					zone, recut = moved, true
				}
			}
		}
		ts, ok := records[i].dayTime()
		switch {
		case !ok:
		case recut:
			s.closedAround(ts, add)
			s.addClosed(zone.DayAt(ts), add)
		case s.openDay(ts) == nil:
			s.addClosed(zone.DayAt(ts), add)
		}
	}
	return need
}

// addClosed calls add for a day that is closed.
func (s *State) addClosed(d Day, add func(Day)) {
	if _, closed := s.findClosed(d); closed {
		add(d)
	}
}

// dayTime is the time that decides to which day a record belongs.
func (r *Record) dayTime() (int64, bool) {
	switch {
	case r.Event != nil:
		return r.Event.TS, true
	case r.Filtered != nil:
		return r.Filtered.ReceivedAt, true
	}
	return 0, false
}

// Trust lets ids and days age up to the time of the block that begins next (UTC ms), however long the site had none: the producer's clock is steady.
func (s *State) Trust(logical int64) { s.logical = max(s.logical, logical) }

// Begin starts the block at pos, whose time is logical (UTC ms).
func (s *State) Begin(pos Pos, logical int64) {
	s.pos, s.blockTime = pos, logical
	switch {
	case s.logical == 0:
		s.logical = logical
	case logical > s.logical:
		s.logical = min(logical, s.logical+maxStep)
	}
}

// ApplyAll folds the records of the site's section of the block at pos.
func (s *State) ApplyAll(pos Pos, logical int64, records []Record, res *Result) {
	s.Begin(pos, logical)
	var hashes [touchAhead]uint64
	for i := range records {
		at := i % touchAhead
		if at == 0 || records[i-1].Define != nil { // which may have brought another key
			s.touchIDs(records[i:min(i-at+touchAhead, len(records))], hashes[at:])
		}
		s.apply(i, &records[i], hashes[at], res)
	}
}

// touchAhead is for how many records at once what is known of their ids comes from memory.
const touchAhead = 32

// touchIDs gives the hashes of the records' ids, and reads where they will be looked for. The set of a busy day is larger than the processor's
// caches, and these reads wait for memory together; the look-ups of one event after the other would wait one by one.
func (s *State) touchIDs(records []Record, hashes []uint64) {
	for i := range records {
		if e := records[i].Event; e != nil && e.ID != "" {
			hashes[i] = hashEventID(s.dedupKey, e.ID)
			if d := s.openDay(e.TS); d != nil {
				d.ids.set.touch(hashes[i])
			}
		}
	}
}

// Apply folds the record with the index i of the block that was begun last.
func (s *State) Apply(i int, r *Record, res *Result) {
	var hash uint64
	if r.Event != nil && r.Event.ID != "" {
		hash = hashEventID(s.dedupKey, r.Event.ID)
	}
	s.apply(i, r, hash, res)
}

// apply is Apply with the hash of the event's id, if it has one.
func (s *State) apply(i int, r *Record, hash uint64, res *Result) {
	switch {
	case r.Event != nil:
		s.applyEvent(i, r.Event, hash, res)
	case r.Filtered != nil:
		d := s.dayFor(r.Filtered.ReceivedAt)
		d.countFiltered(r.Filtered)
		res.Changed = true
	case r.Define != nil:
		s.applyDefinition(r.Define)
		res.Changed = true // another zone cuts other days
	case r.Skip != nil:
		s.quarantined++
	case r.Forget != nil:
		s.forget(r.Forget)
		res.Changed, res.Dropped = true, true
	case r.Fire != nil:
		res.Fired = append(res.Fired, r.Fire)
		res.Changed = true
	}
}

func (s *State) applyEvent(i int, e *Event, hash uint64, res *Result) {
	d := s.dayFor(e.TS)
	id := e.ID
	if id == "" {
		id = ServerEventID(s.partition, s.pos, i)
	} else if s.known(hash, d, e.TS) || d.ids.add(hash) {
		res.Duplicates = append(res.Duplicates, i)
		return
	}
	v := d.apply(s.site, e, id)
	d.record(e, s.pos, i, &v)
	if res.Landing {
		res.Landed = append(res.Landed, Landed{
			Event: e, ID: id, Index: i, Session: v.session, Source: v.source, Country: v.country, EntryPath: v.entryPath,
			DurationBefore: v.lasted, DurationAfter: v.lasts, LastBefore: v.lastBefore,
		})
	}
	s.live.apply(e, id, v, s.blockTime)
	if e.Kind == Pageview {
		s.lastView = max(s.lastView, e.TS)
	}
	res.Stored++
	res.Changed = true
}

// known tells whether an id was stored on another day than the event's own: on one that is not yet over for 73 h, or, after a change of zone, on
// what was its own then. Its own day knows it however old it is.
func (s *State) known(hash uint64, own *day, ts int64) bool {
	for i := len(s.days) - 1; i >= 0; i-- {
		d := s.days[i]
		if d == own {
			continue
		}
		if s.logical < d.end+openAfterEnd && d.ids.has(hash) {
			return true
		}
		if s.recut && d.ids.has(hash) && d.around(ts) {
			return true
		}
	}
	return false
}

// applyDefinition takes a setting. A revision that is not newer is ignored, so that one may be sent again.
func (s *State) applyDefinition(d *Definition) {
	def, newer, err := d.site(s.revision)
	if err != nil {
		panic(fmt.Sprintf("analytics: F4: definition of %s: %v", s.site, err))
	}
	if !newer {
		return
	}
	s.revision = d.Revision
	s.dedupKey = def.DedupKey
	s.limit = max(1, def.MaxDimensionValues)
	if zone, err := LoadZone(def.Timezone); err == nil && zone.Name() != s.zone.Name() {
		s.zone = zone
		s.recut = s.recut || len(s.days) > 0 || len(s.closed) > 0
	}
}

// site reads the definition of a site whose revision is the given one; newer is false when it is of another kind or says nothing new.
func (d *Definition) site(revision int64) (def SiteDefinition, newer bool, err error) {
	if d.Kind != "site" || d.Revision <= revision {
		return def, false, nil
	}
	err = json.Unmarshal(d.Body, &def)
	return def, true, err
}

// Realtime answers for the time now, UTC ms. For that all of the live window comes into memory, where it stays until nobody asked for a minute;
// recalled is how many pages came. Errors: ErrCorrupt, those of blobs.
func (s *State) Realtime(now int64, detail bool, blobs Blobs) (r *RealtimeReport, recalled int, err error) {
	if s.live.visitors.away > 0 {
		if recalled, err = s.recall(s.live.visitors.allAway(nil), newPageReader(s.site, blobs, readAhead)); err != nil {
			return nil, 0, err
		}
	}
	return s.live.report(now, s.zone, detail), recalled, nil
}
