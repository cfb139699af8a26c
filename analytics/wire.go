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
