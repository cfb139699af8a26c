package analytics

import (
	"bytes"
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

// Decoder reads the records of one site, block after block. What many events have in common, their clients and origins, it keeps once, so that the
// fold knows them again by their place. It belongs to one goroutine.
type Decoder struct {
	clients     map[string]common[Client]
	origins     map[string]common[Origin]
	clientsKept keeping
	originsKept keeping
}

// common is a value that a Decoder keeps. The zero value is none.
type common[T any] struct {
	value *T
	place uint16 // among those that are kept, from 0, below maxCommon
}

// keeping decides how many of the values that events have are kept. A site has about a hundred clients and origins at a time; where every visitor
// comes from elsewhere, it is not worth the memory. The zero value is ready.
type keeping struct {
	found int // values that were found again since all were forgotten
	room  int
	tries int // how often few were kept since
}

const (
	maxCommon = 256
	fewCommon = 16 // when fewer were found again than were kept
	fewTries  = 64 // after so many times it may have become worth it
	// firstTries is so many times at first: a site that wakes for a hundred visitors from a hundred campaigns keeps few of them.
	firstTries = 4
)

// full tells that all of so many values are to be forgotten before another is kept.
func (k *keeping) full(values int) bool {
	if values < k.room {
		return false
	}
	switch {
	case k.room == 0: // the first value
		k.room, k.tries = fewCommon, fewTries-firstTries
	case k.found >= values || k.tries == fewTries:
		k.room, k.tries = maxCommon, 0
	default:
		k.room = fewCommon
		k.tries++
	}
	k.found = 0
	return true
}

// Room is memory for decoded records that is used again.
type Room struct {
	records []Record
	events  []Event
}

// DecodeRecords reads all records of one site's section. The strings of events share memory with b.
func DecodeRecords(b []byte, sizeHint int) ([]Record, error) {
	return (*Decoder)(nil).Records(b, sizeHint, new(Room))
}

// Records reads all records of one site's section. Some strings of events share memory with b. The records and events lie in room and are good
// until that is used again. Errors wrap ErrCorrupt.
func (d *Decoder) Records(b []byte, sizeHint int, room *Room) ([]Record, error) {
	if cap(room.records) < sizeHint {
		room.records, room.events = make([]Record, 0, sizeHint), make([]Event, 0, sizeHint)
	}
	out, events := room.records[:0], room.events[:0]
	for len(b) > 0 {
		num, typ, n := protowire.ConsumeTag(b)
		if n < 0 || typ != protowire.BytesType {
			return nil, fmt.Errorf("record tag: %w", ErrCorrupt)
		}
		body, m := protowire.ConsumeBytes(b[n:])
		if m < 0 {
			return nil, fmt.Errorf("record length: %w", ErrCorrupt)
		}
		b = b[n+m:]
		var rec Record
		var err error
		if num == fEvent {
			if len(events) == cap(events) { // more than the hint: those before stay where they are
				events = make([]Event, 0, max(16, sizeHint))
			}
			events = append(events, Event{})
			rec.Event = &events[len(events)-1]
			err = rec.Event.decode(body, d)
		} else {
			err = rec.decode(num, body)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, rec)
	}
	room.records, room.events = out, events
	return out, nil
}

// decode reads a record of any kind but an event.
func (r *Record) decode(num protowire.Number, body []byte) error {
	switch num {
	case fFiltered:
		r.Filtered = new(Filtered)
		return r.Filtered.decode(body)
	case fDefine:
		r.Define = new(Definition)
		return r.Define.decode(body)
	case fSkip:
		r.Skip = new(Skip)
		return r.Skip.decode(body)
	case fFire:
		r.Fire = new(Firing)
		return r.Fire.decode(body)
	case fForget:
		r.Forget = new(Forget)
		return r.Forget.decode(body)
	}
	return fmt.Errorf("record of unknown kind %d: %w", num, ErrCorrupt)
}

// client reads the event's client.
func (d *Decoder) client(e *Event, text []byte) error {
	if d == nil {
		return fields(text, func(num protowire.Number, _ uint64, text []byte) error { e.setClientField(num, text); return nil })
	}
	c, ok := d.clients[string(text)]
	if ok {
		d.clientsKept.found++
	} else {
		var of Event
		key := shared(bytes.Clone(text))
		if err := (*Decoder)(nil).client(&of, []byte(key)); err != nil {
			return err
		}
		if d.clientsKept.full(len(d.clients)) {
			d.clients = make(map[string]common[Client])
		}
		c = common[Client]{of.client(), uint16(len(d.clients))}
		d.clients[key] = c
	}
	e.setClient(c.value)
	e.commonClient = c
	return nil
}

// origin reads the event's origin.
func (d *Decoder) origin(e *Event, text []byte) error {
	if d == nil {
		return fields(text, func(num protowire.Number, _ uint64, text []byte) error { e.setOriginField(num, text); return nil })
	}
	o, ok := d.origins[string(text)]
	if ok {
		d.originsKept.found++
	} else {
		var of Event
		key := shared(bytes.Clone(text))
		if err := (*Decoder)(nil).origin(&of, []byte(key)); err != nil {
			return err
		}
		if d.originsKept.full(len(d.origins)) {
			d.origins = make(map[string]common[Origin])
		}
		o = common[Origin]{of.origin(), uint16(len(d.origins))}
		d.origins[key] = o
	}
	e.setOrigin(o.value)
	e.commonOrigin = o
	return nil
}

func (e *Event) setClientField(num protowire.Number, text []byte) {
	switch num {
	case evCountry:
		e.Country = shared(text)
	case evRegion:
		e.Region = shared(text)
	case evDevice:
		e.Device = shared(text)
	case evBrowser:
		e.Browser = shared(text)
	case evBrowserVersion:
		e.BrowserVersion = shared(text)
	case evOS:
		e.OS = shared(text)
	case evOSVersion:
		e.OSVersion = shared(text)
	}
}

func (e *Event) setOriginField(num protowire.Number, text []byte) {
	switch num {
	case evReferrer:
		e.ReferrerDomain = shared(text)
	case evChannel:
		e.Channel = shared(text)
	case evSource:
		e.Source = shared(text)
	case evUTMSource:
		e.UTM.Source = shared(text)
	case evUTMMedium:
		e.UTM.Medium = shared(text)
	case evUTMCampaign:
		e.UTM.Campaign = shared(text)
	case evUTMTerm:
		e.UTM.Term = shared(text)
	case evUTMContent:
		e.UTM.Content = shared(text)
	}
}
