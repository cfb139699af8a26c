package analytics

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
)

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
