package effects

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ztas-io/ztas/actors/outbox"
	"github.com/ztas-io/ztas/analytics"
	"github.com/ztas-io/ztas/analytics/report"
)

const (
	sessionGap = 30 * 60_000 // ms after its last event, a session has ended
	foldTime   = 60_000      // ms from when an event is received until it lands, at most: one that lands after somebody asked may have come before
)

// endings knows which sessions were told to have ended: all that were over at upTo. It is guarded by its site.
type endings struct {
	UpTo      int64              `json:"upTo"`      // UTC ms
	Since     int64              `json:"since"`     // UTC ms: what arrived before is of no concern
	Heard     analytics.Pos      `json:"heard"`     // the last block that is in here: one that comes again after a restart came before upTo
	Prolonged map[string]int64   `json:"prolonged"` // told, but a late event moved their end beyond the stored upTo: session → that end, UTC ms
	Opened    map[string]opening `json:"opened"`    // not told, though over: its first core event came late: session → that event
	stored    int64              // upTo when it was last handed to the outbox: a restart goes on there
	changed   bool               // since then
	looking   bool               // ended sessions are being read, as of a moment that is not known
	meanwhile []late             // what landed since; what was read may have it or not
}

// opening is an event that came so late that its session was over.
type opening struct {
	TS       int64 `json:"ts"`       // UTC ms
	Received int64 `json:"received"` // UTC ms
}

// late is what an event did to a session while ended sessions were read.
type late struct {
	session  string
	opening  opening // what the event is when nothing was told of the session
	end      int64   // of the session, UTC ms
	told     bool    // before
	imported bool
}

const endingsPrefix = "ended/"

func endingsKey(site analytics.SiteID) string { return endingsPrefix + string(site) }

// forgetEndings drops the record when nobody wants to hear of ended sessions: who asks later must not hear of all that ended before. s.mu is held.
func (e *Effects) forgetEndings(s *site) {
	s.ended = nil
	if s.unasked {
		return
	}
	_, ok, err := e.deps.Meta.Get(endingsKey(s.id))
	if err != nil {
		e.deps.Logger.Error("what was told of ended sessions could not be read", "site", s.id, "error", err)
		return
	}
	if ok {
		e.deps.Outbox.Put(s.id, 0, []outbox.Effect{{Cause: "ended", Writes: []outbox.Op{{Key: endingsKey(s.id)}}}})
	}
	s.unasked = true
}

// readEndings goes on where the last run ended. Without a record nothing that was over before now is told.
func (e *Effects) readEndings(s *site) *endings {
	site, now := s.id, e.deps.Now().UnixMilli()
	if s.unasked { // a record that is just being dropped says nothing
		s.unasked = false
		return &endings{UpTo: now, Since: now - foldTime, stored: now, changed: true, Prolonged: make(map[string]int64), Opened: make(map[string]opening)}
	}
	n := &endings{Prolonged: make(map[string]int64), Opened: make(map[string]opening)}
	val, ok, err := e.deps.Meta.Get(endingsKey(site))
	if err == nil && ok {
		err = json.Unmarshal(val, n)
	}
	if err != nil {
		e.deps.Logger.Error("what was told of ended sessions could not be read; it begins anew", "site", site, "error", err)
	}
	if !ok || err != nil {
		n.UpTo, n.Since, n.changed = now, now-foldTime, true
	}
	n.stored = n.UpTo
	return n
}

// maxEndings is how many late sessions a site's record takes: about 75 bytes each, and what the store takes at once is 256 KiB. It is emptied every
// second of those that are over. Beyond it a late session's end is not told, and one that went on may be told twice, under the same id.
const maxEndings = 2000

// landed notes an event that concerns sessions which were over, or which may be among those that are being read. An imported one prolongs a
// session like any other, but none that it begins is told.
func (n *endings) landed(l *analytics.Landed) {
	if l.DurationAfter < 0 || l.Event.ReceivedAt < n.Since { // no core event yet, so nothing to tell; or a block comes again
		return
	}
	id, end := l.Session.String(), max(l.LastBefore, l.Event.TS)+sessionGap
	event := opening{l.Event.TS, l.Event.ReceivedAt}
	_, opened := n.Opened[id]
	prolonged, told := n.Prolonged[id] // and goes on
	told = told || l.DurationBefore >= 0 && l.LastBefore+sessionGap <= n.UpTo && !opened
	end = max(end, prolonged)
	if n.looking {
		n.meanwhile = append(n.meanwhile, late{id, event, end, told, l.Event.Imported})
	}
	switch {
	case len(n.Opened)+len(n.Prolonged) >= maxEndings:
	case l.DurationBefore < 0 && end <= max(n.UpTo, event.Received) && !l.Event.Imported:
		n.Opened[id] = event
		n.changed = true
	case told && end > n.stored:
		n.Prolonged[id] = end
		n.changed = true
	}
}

// looked moves on to now, when the sessions that were read are told. What landed meanwhile is in what was read or not, nobody knows: a session
// that was read is told, and one that should have been and was not is left for the next look.
func (n *endings) looked(now int64, read []sessionData) {
	ended := make(map[string]bool, len(read))
	for i := range read {
		ended[read[i].SessionID] = true
		delete(n.Opened, read[i].SessionID)
	}
	for _, x := range n.meanwhile {
		told := x.told || ended[x.session]
		switch {
		case len(n.Opened)+len(n.Prolonged) >= maxEndings:
		case told && x.end > now:
			n.Prolonged[x.session] = x.end
		case !told && x.end <= now && !x.imported:
			n.Opened[x.session] = x.opening
		}
	}
	for id, end := range n.Prolonged {
		if end <= now {
			delete(n.Prolonged, id)
		}
	}
	n.UpTo, n.looking, n.meanwhile = now, false, nil
}

// write is an effect for nobody that stores the record.
func (n *endings) write(site analytics.SiteID) outbox.Effect {
	n.changed, n.stored = false, n.UpTo
	return outbox.Effect{Cause: "ended", Writes: []outbox.Op{{Key: endingsKey(site), Value: encode(n)}}}
}

// endSessions tells of the sessions that are over by now.
func (e *Effects) endSessions(ctx context.Context, s *site) {
	s.mu.Lock()
	e.refresh(s)
	n, reader := s.ended, e.reader.Load()
	if n == nil || reader == nil || !s.looks(e.deps.Now()) {
		s.mu.Unlock()
		return
	}
	zone, ok := e.deps.Sites.Zone(s.id)
	now := e.deps.Now().UnixMilli()
	q := endedQuestion{after: n.UpTo - sessionGap, until: now - sessionGap, opened: make(map[string]int64, len(n.Opened))}
	for id, event := range n.Opened {
		q.opened[id] = event.TS
	}
	n.looking, n.meanwhile = ok && q.until > q.after, nil
	s.mu.Unlock()
	if !ok || q.until <= q.after {
		return
	}
	from := q.after + 1
	for _, ts := range q.opened {
		from = min(from, ts)
	}
	sums, err := (*reader).Sums(ctx, s.id, report.Within(q, zone, from, q.until+1))
	if err != nil {
		e.deps.Logger.Debug("ended sessions could not be read", "site", s.id, "error", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended != n {
		return
	}
	var out []outbox.Effect
	for _, x := range sums[0].(*endedSum).sessions {
		if _, told := n.Prolonged[x.SessionID]; !told {
			out = append(out, sessionEffect(s.id, &x, n.Opened[x.SessionID].Received))
		}
	}
	for id := range q.opened {
		delete(n.Opened, id)
	}
	n.looked(now, sums[0].(*endedSum).sessions)
	if len(out) > 0 || n.changed {
		out = append(out, n.write(s.id))
		e.deps.Outbox.Put(s.id, 0, out)
	}
}

// looks tells whether ended sessions are to be looked for at the time now: of a quiet site that is rarely, as its state may have to be read for it.
// s.mu is held.
func (s *site) looks(now time.Time) bool {
	if s.heard.IsZero() {
		s.heard = now
	}
	if since := now.Sub(s.looked); now.Sub(s.heard) > quietAfter && since >= 0 && since < quietEvery {
		return false
	}
	s.looked = now
	return true
}

// sessionData is the data of a session_end message (webhooks.md).
type sessionData struct {
	Site            analytics.SiteID `json:"siteId"`
	SessionID       string           `json:"sessionId"`
	VisitorID       string           `json:"visitorId"`
	StartedAt       string           `json:"startedAt"`
	EndedAt         string           `json:"endedAt"`
	DurationSeconds int64            `json:"durationSeconds"`
	Pageviews       int32            `json:"pageviews"`
	Events          int32            `json:"events"`
	IsBounce        bool             `json:"isBounce"`
	EntryPath       string           `json:"entryPath"`
	ExitPath        string           `json:"exitPath"`
	Channel         string           `json:"channel"`
	Source          string           `json:"source"`
	Country         string           `json:"country"`
	Device          string           `json:"device"`
	Browser         string           `json:"browser"`
	OS              string           `json:"os"`
	last            int64            // UTC ms
}

// sessionEffect tells of a session's end, which arrives when the session is over, or with the event that opened it after that. opened is when
// this one was received, UTC ms; 0: there was none.
func sessionEffect(site analytics.SiteID, d *sessionData, opened int64) outbox.Effect {
	d.Site = site
	return outbox.Effect{
		Cause: "session_end\n" + d.SessionID, Type: analytics.WebhookSessionEnd, At: d.last, Arrived: max(d.last+sessionGap, opened), Data: encode(d),
	}
}

// endedQuestion asks for the sessions whose last event is in (after, until], and for those that a late event opened before.
type endedQuestion struct {
	after, until int64 // UTC ms
	opened       map[string]int64
}

// Key is of no use: the question is selective.
func (q endedQuestion) Key() string { return fmt.Sprintf("ended %d %d", q.after, q.until) }

// New makes an empty list.
func (q endedQuestion) New(*report.Table, report.Window) report.Sum { return &endedSum{q: q} }

// Select lists the visitors with events in the window.
func (q endedQuestion) Select(t *report.Table, w report.Window) []uint32 {
	return report.Moving(q).(report.Selective).Select(t, w)
}

type endedSum struct {
	q        endedQuestion
	sessions []sessionData
}

// Add appends the visitor's sessions that have ended; they are never taken away.
func (s *endedSum) Add(v *report.Visitor, _ int64) {
	t := v.T
	t.Name()
	for i := range v.Sessions {
		x := &v.Sessions[i]
		last := t.Start + int64(x.Last)
		id := t.SessionIDs[x.Ordinal].String()
		_, late := s.q.opened[id]
		if !x.HasCore() || last > s.q.until || last <= s.q.after && !late || t.Rows[x.Entry].Imported {
			continue
		}
		c, o := x.Client(t), x.Origin(t)
		s.sessions = append(s.sessions, sessionData{
			SessionID: id, VisitorID: t.VisitorIDs[v.Ordinal].String(), StartedAt: instant(t.Start + int64(x.Start)), EndedAt: instant(last),
			DurationSeconds: analytics.MeanSeconds(int64(x.Duration()), 1), Pageviews: x.Pageviews, Events: x.Customs, IsBounce: x.Bounced(),
			EntryPath: t.Texts[t.Rows[x.Entry].Path], ExitPath: t.Texts[t.Rows[x.Exit].Path], Channel: o.Channel, Source: o.Source,
			Country: c.Country, Device: c.Device, Browser: c.Browser, OS: c.OS, last: last,
		})
	}
}

// Merge appends another day's sessions.
func (s *endedSum) Merge(day report.Sum) {
	s.sessions = append(s.sessions, day.(*endedSum).sessions...)
}

// Seal has nothing to drop.
func (s *endedSum) Seal() {}

// Size is not asked: nothing is kept.
func (s *endedSum) Size() int { return 1 }

func instant(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }
