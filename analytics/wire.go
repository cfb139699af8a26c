package analytics

import (
	"fmt"
	"unsafe"

	"google.golang.org/protobuf/encoding/protowire"
)

// Field numbers of an event (docs/formats.md). Strings "" and numbers 0 are left out.
const (
	evID, evTS, evReceived, evKind, evVisitor, evSession, evPath                             = 1, 2, 3, 4, 5, 6, 7
	evCountry, evRegion, evDevice, evBrowser, evBrowserVersion, evOS, evOSVersion            = 8, 9, 10, 11, 12, 13, 14
	evReferrer, evChannel, evSource, evUTMSource, evUTMMedium, evUTMCampaign, evUTMTerm      = 15, 16, 17, 18, 19, 20, 21
	evUTMContent, evAction, evCategory, evLabel, evValue, evPropKey, evPropText              = 22, 23, 24, 25, 26, 27, 28
	evTimeOnPage, evSeq, evBounce, evX, evY, evVW, evVH, evDH, evSelector, evElement, evText = 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39
	evSinceLoad, evDead, evRage, evDepth, evDwell, evPoints, evImported                      = 40, 41, 42, 43, 44, 45, 46
	evClient, evOrigin                                                                       = 47, 48 // messages of the fields 8 to 14, and 15 to 22
)

func appendString(b []byte, num protowire.Number, s string) []byte {
	if s == "" {
		return b
	}
	return protowire.AppendString(protowire.AppendTag(b, num, protowire.BytesType), s)
}

func appendUint(b []byte, num protowire.Number, v uint64) []byte {
	if v == 0 {
		return b
	}
	return protowire.AppendVarint(protowire.AppendTag(b, num, protowire.VarintType), v)
}

func appendInt(b []byte, num protowire.Number, v int64) []byte {
	return appendUint(b, num, protowire.EncodeZigZag(v))
}

func appendFlag(b []byte, num protowire.Number, v bool) []byte {
	if v {
		return appendUint(b, num, 1)
	}
	return b
}

func appendPairs(b []byte, num protowire.Number, pairs []Pair) []byte {
	var buf [512]byte
	body := buf[:0]
	for _, p := range pairs {
		body = protowire.AppendVarint(body, protowire.EncodeZigZag(int64(p[0])))
		body = protowire.AppendVarint(body, protowire.EncodeZigZag(int64(p[1])))
	}
	return appendMessage(b, num, body)
}

func appendMessage(b []byte, num protowire.Number, body []byte) []byte {
	if len(body) == 0 {
		return b
	}
	return protowire.AppendBytes(protowire.AppendTag(b, num, protowire.BytesType), body)
}

func (e *Event) appendClient(b []byte) []byte {
	b = appendString(b, evCountry, e.Country)
	b = appendString(b, evRegion, e.Region)
	b = appendString(b, evDevice, e.Device)
	b = appendString(b, evBrowser, e.Browser)
	b = appendString(b, evBrowserVersion, e.BrowserVersion)
	b = appendString(b, evOS, e.OS)
	return appendString(b, evOSVersion, e.OSVersion)
}

func (e *Event) appendOrigin(b []byte) []byte {
	b = appendString(b, evReferrer, e.ReferrerDomain)
	b = appendString(b, evChannel, e.Channel)
	b = appendString(b, evSource, e.Source)
	b = appendString(b, evUTMSource, e.UTM.Source)
	b = appendString(b, evUTMMedium, e.UTM.Medium)
	b = appendString(b, evUTMCampaign, e.UTM.Campaign)
	b = appendString(b, evUTMTerm, e.UTM.Term)
	return appendString(b, evUTMContent, e.UTM.Content)
}

func (e *Event) encode(b []byte) []byte {
	b = appendString(b, evID, string(e.ID))
	b = appendInt(b, evTS, e.TS)
	b = appendInt(b, evReceived, e.ReceivedAt-e.TS)
	b = appendUint(b, evKind, uint64(e.Kind))
	b = protowire.AppendBytes(protowire.AppendTag(b, evVisitor, protowire.BytesType), e.Visitor[:])
	b = appendString(b, evSession, e.SessionKey)
	b = appendString(b, evPath, e.Path)
	var buf [512]byte
	b = appendMessage(b, evClient, e.appendClient(buf[:0]))
	b = appendMessage(b, evOrigin, e.appendOrigin(buf[:0]))
	b = appendFlag(b, evImported, e.Imported)
	switch e.Kind {
	case Custom:
		b = e.encodeCustom(b)
	case Engagement:
		b = appendUint(b, evTimeOnPage, uint64(e.TimeOnPage))
		b = appendUint(b, evSeq, uint64(e.Seq))
		b = appendUint(b, evBounce, uint64(e.IsBounce))
	case Click, Scroll, Move:
		b = e.encodeInteraction(b)
	}
	return b
}

func (e *Event) encodeCustom(b []byte) []byte {
	b = appendString(b, evAction, e.Action)
	b = appendString(b, evCategory, e.Category)
	b = appendString(b, evLabel, e.Label)
	if e.HasValue {
		b = protowire.AppendTag(b, evValue, protowire.VarintType)
		b = protowire.AppendVarint(b, protowire.EncodeZigZag(int64(e.Value)))
	}
	for _, p := range e.Properties {
		b = protowire.AppendString(protowire.AppendTag(b, evPropKey, protowire.BytesType), p.Key)
		b = protowire.AppendTag(b, evPropText, protowire.BytesType)
		b = protowire.AppendVarint(b, uint64(len(p.Text)+1))
		b = append(append(b, byte(p.Type)), p.Text...)
	}
	return b
}

func (e *Event) encodeInteraction(b []byte) []byte {
	b = appendUint(b, evX, uint64(e.X))
	b = appendUint(b, evY, uint64(e.Y))
	b = appendUint(b, evVW, uint64(e.ViewportW))
	b = appendUint(b, evVH, uint64(e.ViewportH))
	b = appendUint(b, evDH, uint64(e.DocumentH))
	b = appendString(b, evSelector, e.Selector)
	b = appendString(b, evElement, e.Element)
	b = appendString(b, evText, e.Text)
	if e.HasSinceLoad {
		b = protowire.AppendVarint(protowire.AppendTag(b, evSinceLoad, protowire.VarintType), uint64(e.SinceLoad))
	}
	b = appendFlag(b, evDead, e.Dead)
	b = appendUint(b, evRage, uint64(e.Rage))
	b = appendUint(b, evDepth, uint64(e.Depth))
	b = appendPairs(b, evDwell, e.Dwell)
	return appendPairs(b, evPoints, e.Points)
}

// shared returns b's bytes as a string without copying; b must never change afterwards.
func shared(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

// field reads the next field of a message: a number in v or bytes in text. n is its length, negative when it is damaged. Numbers of one byte are
// read here: nearly all are, and three calls a field cost a third of reading an event.
func field(b []byte) (num protowire.Number, v uint64, text []byte, n int) {
	tag, n := uint64(b[0]), 1
	if tag >= 0x80 {
		if tag, n = protowire.ConsumeVarint(b); n < 0 {
			return 0, 0, nil, n
		}
	}
	num, typ := protowire.DecodeTag(tag)
	if num < protowire.MinValidNumber {
		return 0, 0, nil, -1
	}
	if typ != protowire.VarintType && typ != protowire.BytesType {
		m := protowire.ConsumeFieldValue(num, typ, b[n:])
		return num, 0, nil, ends(n, m)
	}
	m := 1
	if n < len(b) && b[n] < 0x80 {
		v = uint64(b[n])
	} else if v, m = protowire.ConsumeVarint(b[n:]); m < 0 {
		return 0, 0, nil, m
	}
	n += m
	if typ == protowire.VarintType {
		return num, v, nil, n
	}
	if v > uint64(len(b)-n) {
		return 0, 0, nil, -1
	}
	return num, 0, b[n : n+int(v)], n + int(v)
}

func ends(start, length int) int {
	if length < 0 {
		return length
	}
	return start + length
}

// fields calls set for every field of a message. Unknown numbers are the caller's to ignore, so that an older program reads newer records.
func fields(b []byte, set func(num protowire.Number, v uint64, text []byte) error) error {
	for len(b) > 0 {
		num, v, text, n := field(b)
		if n < 0 {
			return fmt.Errorf("field: %w", ErrCorrupt)
		}
		if err := set(num, v, text); err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// decode reads an event. d keeps what it has in common with others; nil: its strings share memory with b.
func (e *Event) decode(b []byte, d *Decoder) error {
	var lag int64
	var err error
	for len(b) > 0 && err == nil {
		num, v, text, n := field(b)
		if n < 0 {
			return fmt.Errorf("field of an event: %w", ErrCorrupt)
		}
		b = b[n:]
		switch num {
		case evID:
			e.ID = EventID(shared(text))
		case evTS:
			e.TS = protowire.DecodeZigZag(v)
		case evReceived:
			lag = protowire.DecodeZigZag(v)
		case evKind:
			e.Kind = Kind(v)
		case evVisitor:
			if len(text) != len(e.Visitor) {
				return fmt.Errorf("visitor id of %d bytes: %w", len(text), ErrCorrupt)
			}
			copy(e.Visitor[:], text)
		case evSession:
			e.SessionKey = shared(text)
		case evPath:
			e.Path = shared(text)
		case evClient:
			err = d.client(e, text)
		case evOrigin:
			err = d.origin(e, text)
		case evImported:
			e.Imported = v != 0
		default:
			err = e.decodeByKind(num, v, text)
		}
	}
	e.ReceivedAt = e.TS + lag
	if err == nil && (e.Kind < Pageview || e.Kind > Move) {
		err = fmt.Errorf("event of kind %d: %w", e.Kind, ErrCorrupt)
	}
	return err
}

// decodeByKind reads the fields that only some kinds of events have.
func (e *Event) decodeByKind(num protowire.Number, v uint64, text []byte) error {
	switch num {
	case evAction:
		e.Action = shared(text)
	case evCategory:
		e.Category = shared(text)
	case evLabel:
		e.Label = shared(text)
	case evValue:
		e.Value, e.HasValue = Fixed(protowire.DecodeZigZag(v)), true
	case evPropKey:
		e.Properties = append(e.Properties, Property{Key: shared(text)})
	case evPropText:
		if len(e.Properties) == 0 || len(text) == 0 {
			return fmt.Errorf("property: %w", ErrCorrupt)
		}
		p := &e.Properties[len(e.Properties)-1]
		p.Type, p.Text = PropertyType(text[0]), shared(text[1:])
	case evTimeOnPage:
		e.TimeOnPage = int32(v)
	case evSeq:
		e.Seq = int32(v)
	case evBounce:
		e.IsBounce = Tri(v)
	case evX:
		e.X = int32(v)
	case evY:
		e.Y = int32(v)
	case evVW:
		e.ViewportW = int32(v)
	case evVH:
		e.ViewportH = int32(v)
	case evDH:
		e.DocumentH = int32(v)
	case evSelector:
		e.Selector = shared(text)
	case evElement:
		e.Element = shared(text)
	case evText:
		e.Text = shared(text)
	case evSinceLoad:
		e.SinceLoad, e.HasSinceLoad = int32(v), true
	case evDead:
		e.Dead = v != 0
	case evRage:
		e.Rage = int32(v)
	case evDepth:
		e.Depth = int32(v)
	case evDwell:
		return decodePairs(text, &e.Dwell)
	case evPoints:
		return decodePairs(text, &e.Points)
	default:
		e.setClientField(num, text) // as the first logs have them
		e.setOriginField(num, text)
	}
	return nil
}

func decodePairs(b []byte, into *[]Pair) error {
	for len(b) > 0 {
		var p Pair
		for i := range p {
			v, n := protowire.ConsumeVarint(b)
			if n < 0 {
				return fmt.Errorf("pairs: %w", ErrCorrupt)
			}
			p[i] = int32(protowire.DecodeZigZag(v))
			b = b[n:]
		}
		*into = append(*into, p)
	}
	return nil
}

func (f *Filtered) encode(b []byte) []byte {
	b = appendUint(b, 1, uint64(f.Reason))
	b = appendUint(b, 2, uint64(f.Count))
	return appendInt(b, 3, f.ReceivedAt)
}

func (f *Filtered) decode(b []byte) error {
	err := fields(b, func(num protowire.Number, v uint64, _ []byte) error {
		switch num {
		case 1:
			f.Reason = DropReason(v)
		case 2:
			f.Count = int64(v)
		case 3:
			f.ReceivedAt = protowire.DecodeZigZag(v)
		}
		return nil
	})
	if err == nil && (f.Reason == 0 || f.Reason >= dropReasons) {
		err = fmt.Errorf("drop reason %d: %w", f.Reason, ErrCorrupt)
	}
	return err
}

func (d *Definition) encode(b []byte) []byte {
	b = appendString(b, 1, d.Kind)
	b = appendString(b, 2, d.ID)
	b = appendInt(b, 3, d.Revision)
	return appendString(b, 4, string(d.Body))
}

func (d *Definition) decode(b []byte) error {
	return fields(b, func(num protowire.Number, v uint64, text []byte) error {
		switch num {
		case 1:
			d.Kind = string(text)
		case 2:
			d.ID = string(text)
		case 3:
			d.Revision = protowire.DecodeZigZag(v)
		case 4:
			d.Body = append([]byte(nil), text...)
		}
		return nil
	})
}

func (s *Skip) encode(b []byte) []byte {
	b = appendUint(b, 1, uint64(s.Pos))
	return appendUint(b, 2, uint64(s.Index))
}

func (f *Forget) encode(b []byte) []byte {
	b = appendInt(b, 1, int64(f.Day))
	return appendInt(b, 2, f.Before)
}

func (f *Forget) decode(b []byte) error {
	return fields(b, func(num protowire.Number, v uint64, _ []byte) error {
		switch num {
		case 1:
			f.Day = Day(protowire.DecodeZigZag(v))
		case 2:
			f.Before = protowire.DecodeZigZag(v)
		}
		return nil
	})
}

func (s *Skip) decode(b []byte) error {
	return fields(b, func(num protowire.Number, v uint64, _ []byte) error {
		switch num {
		case 1:
			s.Pos = Pos(v)
		case 2:
			s.Index = int(v)
		}
		return nil
	})
}
