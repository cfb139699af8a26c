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

// closedDay names what a checkpoint keeps of a day that is closed.
type closedDay struct {
	day    Day
	rollup uint64 // blob: what reports are made of
	state  uint64 // blob: the whole day, for an import that opens it again
	parts  []PartRef
	kept   int64 // UTC ms: the later of the day's end and the latest arrival of its rows
	zone   string
	span   [2]int64 // UTC ms: from the earlier of the day's start and its first row to the later of its end and its last row
}

// forgottenDay was dropped by the block at pos. A checkpoint of an earlier position that is being stored still has it.
type forgottenDay struct {
	day Day
	pos Pos
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

func (s *State) openDay(ts int64) *day {
	if s.recut {
		return s.openNumber(s.zone.DayAt(ts))
	}
	for i := len(s.days) - 1; i >= 0; i-- {
		if d := s.days[i]; ts >= d.start && ts < d.end {
			return d
		}
	}
	return nil
}

// dayFor returns the open day that holds ts, a new one if there is none.
func (s *State) dayFor(ts int64) *day {
	d := s.openDay(ts)
	if d == nil {
		number := s.zone.DayAt(ts)
		if _, ok := s.findClosed(number); ok {
			panic(fmt.Sprintf("analytics: F3: %s of %s is closed and was not attached", number, s.site))
		}
		if d = s.openNumber(number); d != nil { // its bounds are those of another tz database: reports go by its rows
			d.zone = ""
		} else {
			d = newDay(number, s.zone, s.limit)
			s.insertDay(d)
		}
	}
	d.touched = s.logical
	if d.zone != s.zone.Name() {
		d.zone = ""
	}
	return d
}

func (s *State) insertDay(d *day) {
	at, _ := slices.BinarySearchFunc(s.days, d.day, func(x *day, n Day) int { return int(x.day - n) })
	s.days = slices.Insert(s.days, at, d)
}

// forget drops a day with everything that is known of it. Whether it is open or closed depends on when checkpoints were made, which a replay
// does not repeat; so it must not matter. Nor does the time of the fold, which is behind where few blocks come: Expired went by a steady clock.
func (s *State) forget(f *Forget) {
	if d := s.openNumber(f.Day); d != nil {
		if d.kept() > f.Before {
			return
		}
		s.days = slices.DeleteFunc(s.days, func(x *day) bool { return x == d })
	} else if c, ok := s.findClosed(f.Day); !ok || c.kept > f.Before {
		return
	}
	s.closed = slices.DeleteFunc(slices.Clone(s.closed), func(c closedDay) bool { return c.day == f.Day })
	s.forgotten = append(s.forgotten, forgottenDay{f.Day, s.pos})
}

func (s *State) findClosed(d Day) (closedDay, bool) {
	at, ok := slices.BinarySearchFunc(s.closed, d, func(c closedDay, n Day) int { return int(c.day - n) })
	if !ok {
		return closedDay{}, false
	}
	return s.closed[at], true
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

// overdue returns the open days whose time is over, the least recently touched first.
func (s *State) overdue() []*day {
	var out []*day
	for _, d := range s.days {
		if s.logical >= d.end+openAfterEnd {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(a, b *day) int { return int(a.touched - b.touched) })
	return out
}

// WantsCheckpoint tells that more days are open than should be: a checkpoint closes them.
func (s *State) WantsCheckpoint() bool {
	return len(s.days) > maxReopened+6 && len(s.overdue()) > maxReopened
}

// toClose returns the days that the next checkpoint closes.
func (s *State) toClose() []*day {
	over := s.overdue()
	n := max(0, len(over)-maxReopened)
	for n < len(over) && s.logical-over[n].touched >= idleToClose {
		n++
	}
	return over[:n]
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

// Frozen is a full copy-on-write copy of a state: the way back after a record that panics, and what a checkpoint stores.
type Frozen struct{ s State }

// Freeze copies pointers, not records; afterwards both go their own ways.
func (s *State) Freeze() *Frozen {
	f := &Frozen{s: *s}
	f.s.days = make([]*day, len(s.days))
	for i, d := range s.days {
		f.s.days[i] = d.freeze(true)
	}
	f.s.live = s.live.freeze()
	return f
}

// Restore goes back to a frozen state, which stays as it is.
func (s *State) Restore(f *Frozen) {
	*s = f.s
	s.days = make([]*day, len(f.s.days))
	for i, d := range f.s.days {
		s.days[i] = d.thaw()
		d.from = s.days[i]
	}
	s.live = f.s.live.thaw()
}

// thaw makes a writable day of a frozen one. What is derived is that of the day it was frozen from, which is not used any more, less what was added
// since.
func (d *day) thaw() *day {
	t, was := *d, d.from
	t.from = nil
	t.filtered = slices.Clone(d.filtered)
	t.visitors = d.visitors.thaw()
	t.head, t.headRef = headOf(&d.head.rows), Ref{}
	t.ids = idSet{pages: d.ids.pages.thaw(), count: d.ids.count}
	for i, dim := range d.dims {
		t.dims[i] = dim.thaw(was.dims[i])
	}
	t.index, t.manyViews, t.manySessions = was.index, make(map[int]map[uint32]uint32), make(map[int]map[uint64][]uint32)
	for at := t.count; at < was.count; at++ {
		p := was.visitors.read(at / visitorsPerPage)
		if at%visitorsPerPage < len(p.visitors) {
			t.index.remove(visitorHash(p.visitors[at%visitorsPerPage].id), uint32(at))
		}
	}
	t.ids.set = was.ids.set
	for at := t.ids.count; at < was.ids.count; at++ {
		t.ids.set.remove(was.ids.pages.read(at / idsPerPage).hashes[at%idsPerPage])
	}
	return &t
}
